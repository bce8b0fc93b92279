"""How a loss is made good, as tables: which kinds are open, what each costs whom, and why one is not offered."""

from typing import Any

import pytest

from domain.claim_adjustments import Adjustment, adjusted, editable_of, edited
from domain.claim_policy import ClaimPolicy, DeductibleBy
from domain.claim_remedies import Choice, CoveredItem, Loss, Remedy, offers_for, remedy_for
from domain.claims import Claim, SettlementKind
from domain.customers import Address, Customer, Instrument
from domain.money import Money
from domain.verdicts import AskInput, Deny
from tests.domain.test_claims import CARD, GIFT, POLICY, claim, coverage, eur, notice

PAYMENT, REPLACEMENT, VOUCHER = SettlementKind.PAYMENT, SettlementKind.REPLACEMENT, SettlementKind.REPAIR_VOUCHER
EVERY = [PAYMENT, REPLACEMENT, VOUCHER]
HOME = Address(line1="Gartenstrasse 1", city="Berlin", postal_code="10117", country="DE")
ADA = Customer(id="C", first_name="Ada", last_name="Berg", email="ada@example.com", address=HOME)


def item(price: int | Money | None = 4_000, **more: Any) -> CoveredItem:
    given = {
        "coverage_id": "W", "order_id": "o", "line_id": "l1", "product_id": "p", "variant_id": "v", "name": "Kettle",
        "price": eur(price) if isinstance(price, int) else price, "available": price is not None,
    }  # fmt: skip
    return CoveredItem.model_validate(given | more)


def loss(minor: int = 5_000, *, choice: str | Choice = "", terms: dict[str, Any] | None = None, **more: Any) -> Loss:
    given: dict[str, Any] = {
        "kind": "defect", "amount": eur(minor), "own": None,
        "coverage": coverage(**({"settles_by": EVERY} | (terms or {}))),
        "others": [], "items": [item()], "instruments": [CARD, GIFT], "customer": ADA, "able": EVERY,
        "choice": choice if isinstance(choice, Choice) else Choice(kind=choice),
    }  # fmt: skip
    return Loss.model_validate(given | more)


def policy(**settling: Any) -> ClaimPolicy:
    terms = POLICY.settling.model_copy(update=settling)
    return POLICY.model_copy(update={"settling": terms})


@pytest.mark.parametrize(
    ("of", "kinds"),
    [
        (loss(), [VOUCHER, REPLACEMENT, PAYMENT]),
        (loss(kind="theft"), [REPLACEMENT, PAYMENT]),
        (loss(kind="water_damage"), [PAYMENT]),
        (loss(kind="nobody_knows_it"), [PAYMENT]),
        (loss(terms={"settles_by": [PAYMENT]}), [PAYMENT]),
        (loss(able=[PAYMENT, VOUCHER]), [VOUCHER, PAYMENT]),
        (loss(terms={"settles_by": [VOUCHER]}, kind="theft"), []),
    ],
)
def test_a_kind_is_open_when_policy_coverage_and_systems_have_it(of: Loss, kinds: list[SettlementKind]) -> None:
    assert list(offers_for(of, POLICY)) == kinds


@pytest.mark.parametrize(
    ("kind", "minor", "deductible", "paid", "charged"),
    [
        (PAYMENT, 5_000, 0, 5_000, None),
        (PAYMENT, 5_000, 1_000, 4_000, None),
        (REPLACEMENT, 5_000, 0, 4_000, None),  # its price, not the loss
        (REPLACEMENT, 4_000, 0, 4_000, None),
        (REPLACEMENT, 5_000, 1_000, 3_000, 1_000),  # nothing can be taken off goods
        (VOUCHER, 5_000, 0, 5_000, None),
        (VOUCHER, 5_000, 1_000, 4_000, None),
    ],
)
def test_what_a_settlement_costs_whom(kind: str, minor: int, deductible: int, paid: int, charged: int | None) -> None:
    remedy = remedy_for(loss(minor, choice=kind, terms={"deductible": eur(deductible)}), POLICY)

    assert isinstance(remedy, Remedy)
    assert (remedy.kind, remedy.share.paid.minor, remedy.share.deductible.minor) == (kind, paid, deductible)
    assert (remedy.charge.minor if remedy.charge else None) == charged


def exclusive(kind: SettlementKind) -> ClaimPolicy:
    return policy(deductible=POLICY.settling.deductible | {kind: DeductibleBy.EXCLUDES})


USD = Money(minor=1, currency="USD")
DUE = {"deductible": eur(1_000)}


@pytest.mark.parametrize(
    ("kind", "of", "terms", "rule"),
    [
        (REPLACEMENT, loss(items=[]), POLICY, "claim.no_item"),
        (REPLACEMENT, loss(items=[item(coverage_id="another")]), POLICY, "claim.no_item"),
        (REPLACEMENT, loss(items=[item(None)]), POLICY, "claim.unavailable"),
        (REPLACEMENT, loss(items=[item(available=False)]), POLICY, "claim.unavailable"),
        (REPLACEMENT, loss(items=[item(price=USD)]), POLICY, "claim.unavailable"),
        (REPLACEMENT, loss(3_999), POLICY, "claim.above_loss"),
        (REPLACEMENT, loss(terms={"limit": eur(3_999)}), POLICY, "claim.limit"),
        (REPLACEMENT, loss(others=[claim(paid=97_000)]), POLICY, "claim.limit"),
        (REPLACEMENT, loss(customer=None), POLICY, "claim.no_address"),
        (REPLACEMENT, loss(customer=ADA.model_copy(update={"address": None})), POLICY, "claim.no_address"),
        (REPLACEMENT, loss(terms=DUE), exclusive(REPLACEMENT), "claim.deductible"),
        (VOUCHER, loss(terms=DUE), exclusive(VOUCHER), "claim.deductible"),
        (VOUCHER, loss(), policy(repairers=[]), "claim.no_repairer"),
        (VOUCHER, loss(1_000, terms=DUE), POLICY, "claim.below_deductible"),
        (PAYMENT, loss(1_000, terms=DUE), POLICY, "claim.below_deductible"),
        (PAYMENT, loss(terms={"limit": eur(10)}, others=[claim(paid=10)]), POLICY, "claim.limit"),
    ],
)
def test_why_a_kind_is_not_offered(kind: SettlementKind, of: Loss, terms: ClaimPolicy, rule: str) -> None:
    offer = offers_for(of, terms)[kind]

    assert isinstance(offer, Deny)
    assert offer.rule == rule


TWO = [item(), item(line_id="l2", name="Lamp")]
POOR = Instrument.model_validate(
    {"id": "gift", "customer_id": "C", "kind": "stored_value", "label": "gift card", "balance": eur(999)}
)


@pytest.mark.parametrize(
    ("of", "rule", "field", "options"),
    [
        (loss(), "claim.settlement", "settle_by", ["repair_voucher", "replacement", "payment"]),
        (loss(items=[]), "claim.settlement", "settle_by", ["repair_voucher", "payment"]),
        (loss(choice="a_castle"), "claim.settlement", "settle_by", ["repair_voucher", "replacement", "payment"]),
        (loss(items=[], choice="replacement"), "claim.settlement", "settle_by", ["repair_voucher", "payment"]),
        (loss(items=TWO, choice="replacement"), "claim.settlement", "line_id", ["l1", "l2"]),
        (
            loss(choice=Choice(kind="repair_voucher", provider="Bob")), "claim.settlement", "provider",
            ["FixIt", "Werkstatt Nord"],
        ),
        (loss(choice="payment", terms={"instrument_id": ""}), "claim.payee", "instrument_id", ["card", "gift"]),
        (
            loss(choice=Choice(kind="replacement", instrument_id="gift"), terms=DUE, instruments=[CARD, POOR]),
            "claim.payee", "instrument_id", ["card"],
        ),
    ],
)  # fmt: skip
def test_what_the_caller_has_to_say_is_asked_and_never_guessed(
    of: Loss, rule: str, field: str, options: list[str]
) -> None:
    asked = remedy_for(of, POLICY)

    assert isinstance(asked, AskInput)
    assert (asked.rule, asked.missing[0].field, asked.missing[0].options) == (rule, field, options)


def test_the_only_kind_that_is_possible_is_not_asked_for() -> None:
    remedy = remedy_for(loss(items=[], terms={"settles_by": [REPLACEMENT, PAYMENT]}), POLICY)

    assert isinstance(remedy, Remedy)
    assert remedy.kind is PAYMENT


def test_when_nothing_is_possible_the_first_reason_is_told() -> None:
    refused = remedy_for(loss(items=[item(None)], terms={"settles_by": [REPLACEMENT]}), POLICY)
    nothing = remedy_for(loss(kind="theft", terms={"settles_by": [VOUCHER]}), POLICY)

    assert isinstance(refused, Deny)
    assert isinstance(nothing, Deny)
    assert (refused.rule, nothing.rule) == ("claim.unavailable", "claim.settlement")


def bounds(of: Loss, cap: int = 500_000) -> tuple[int, int]:
    remedy = remedy_for(of, POLICY)
    assert isinstance(remedy, Remedy)
    amount = editable_of(of, remedy, POLICY, eur(cap))[0]
    assert amount.more_than is not None
    assert amount.at_most is not None
    return amount.more_than.minor, amount.at_most.minor


@pytest.mark.parametrize(
    ("others", "terms", "cap", "expected"),
    [
        ([], {}, 500_000, (0, 100_000)),
        ([], DUE, 500_000, (1_000, 101_000)),
        ([claim(paid=60_000)], DUE, 500_000, (1_000, 41_000)),
        ([], DUE, 50_000, (1_000, 51_000)),
    ],
)
def test_a_loss_is_assessed_above_the_deductible_and_up_to_what_limit_and_cap_leave(
    others: list[Claim], terms: dict[str, Any], cap: int, expected: tuple[int, int]
) -> None:
    assert bounds(loss(choice="payment", others=others, terms=terms), cap) == expected


def test_what_an_adjuster_changes_stands_beside_what_he_changed_before() -> None:
    of = loss(choice="payment")
    remedy = remedy_for(of, POLICY)
    assert isinstance(remedy, Remedy)
    editable = editable_of(of, remedy, POLICY, eur(500_000))

    first = edited(None, {"amount": eur(3_000).model_dump()}, editable)
    assert isinstance(first, Adjustment)
    second = edited(first, {"settle_by": "repair_voucher"}, editable)
    assert isinstance(second, Adjustment)
    asked = adjusted(notice(5_000, settle_by="payment", provider="FixIt"), second)

    assert (asked.amount, asked.settle_by, asked.provider) == (eur(3_000), "repair_voucher", "FixIt")
    assert adjusted(notice(5_000, settle_by="payment"), second.of_amount).settle_by == "payment"


def test_a_coverage_of_several_units_lets_the_adjuster_say_which() -> None:
    of = loss(choice="payment", items=TWO)
    remedy = remedy_for(of, POLICY)
    assert isinstance(remedy, Remedy)

    named = {one.name: one.options for one in editable_of(of, remedy, POLICY, eur(500_000))}

    assert named["line_id"] == ["l1", "l2"]
