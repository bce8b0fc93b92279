"""The rules of order changes as tables: no engine, no clock, the shipped policy."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import policies
from domain.answers import MoneyMove
from domain.assurance import Assurance
from domain.calls import Actor, ActorKind
from domain.customers import Customer, Instrument, InstrumentKind, NewAddress
from domain.money import Money
from domain.order_address import CustomerAddressRequest, DeliveryAddressRequest, plan_delivery_address
from domain.order_address import rule_customer_address as rule_address
from domain.order_cancel import CancelRequest, plan_cancel
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import ChangeFacts, ChangePlan, rule_order_change
from domain.order_payment import ChangePaymentRequest, plan_payment
from domain.order_return import ReturnRequest, plan_return
from domain.order_swap import ChangeItemsRequest, ExchangeRequest, Swap, plan_exchange, plan_items
from domain.orders import AfterSales, Order, OrderChange, OrderLine, OrderStatus
from domain.payments import Payment
from domain.products import Product, Variant
from domain.standing import Standing
from domain.verdicts import Allow, AskApproval, AskConfirmation, AskInput, AskVerification

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RETAIL = OrderChangePolicy.model_validate(
    yaml.safe_load((Path(policies.__path__[0]) / "order_change.yaml").read_text())
)


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


CARD = Instrument(id="card", customer_id="c1", kind=InstrumentKind.CARD, label="card ending 4242")
WALLET = Instrument(id="wallet", customer_id="c1", kind=InstrumentKind.WALLET, label="wallet")
GIFT = Instrument(id="gift", customer_id="c1", kind=InstrumentKind.STORED_VALUE, label="gift card", balance=eur(700))
FOREIGN = Instrument(id="foreign", customer_id="c2", kind=InstrumentKind.CARD)
SHIRT = Product(
    id="p",
    name="T-shirt",
    variants=[
        Variant(id="s", price=eur(2_000)),
        Variant(id="m", price=eur(2_700)),
        Variant(id="l", price=eur(1_500)),
        Variant(id="xl", price=eur(2_000), available=False),
        Variant(id="red", price=eur(2_000)),
    ],
)


def order(status: str = "open", *, lines: int = 2, **more: Any) -> Order:
    units = [
        OrderLine(id=f"o-{n}", product_id="p", variant_id="s", name="T-shirt", price=eur(2_000)) for n in range(lines)
    ]
    delivered = NOW - timedelta(days=3) if status == "delivered" else None
    return Order(
        id="o", customer_id="c1", status=OrderStatus(status), currency="EUR", placed_at=NOW - timedelta(days=5),
        delivered_at=delivered, lines=units, **more,
    )  # fmt: skip


def paid(*parts: tuple[Instrument, int]) -> list[Payment]:
    return [Payment(id=f"pay-{i.id}", order_id="o", instrument=i, captured=eur(minor)) for i, minor in parts]


def facts(seen: Order | None, payments: list[Payment] | None = None) -> ChangeFacts:
    return ChangeFacts(
        order=seen,
        payments=paid((CARD, 4_000)) if payments is None else payments,
        instruments=[CARD, WALLET, GIFT, FOREIGN],
        products=[SHIRT],
        customer=Customer(id="c1", first_name="Ada", last_name="Lind", email="ada@example.com"),
    )


ADDRESS = NewAddress(line1="Marktplatz 7", city="Hamburg", postal_code="20095", country="DE")


def cancel(seen: ChangeFacts, policy: OrderChangePolicy = RETAIL, reason: str = "no_longer_needed") -> Any:
    assert seen.order
    return plan_cancel(CancelRequest(order_id="o", reason=reason), seen.order, seen, policy, NOW)


def give_back(
    seen: ChangeFacts, policy: OrderChangePolicy = RETAIL, to: str = "", lines: tuple[str, ...] = ("o-0",)
) -> Any:
    assert seen.order
    return plan_return(ReturnRequest(order_id="o", lines=list(lines), instrument_id=to), seen.order, seen, policy, NOW)


def exchange(seen: ChangeFacts, policy: OrderChangePolicy = RETAIL, variant: str = "red", by: str = "") -> Any:
    assert seen.order
    swaps = [Swap(line_id="o-0", variant_id=variant)]
    return plan_exchange(ExchangeRequest(order_id="o", items=swaps, instrument_id=by), seen.order, seen, policy, NOW)


def items(seen: ChangeFacts, policy: OrderChangePolicy = RETAIL, variant: str = "red", by: str = "") -> Any:
    assert seen.order
    swaps = [Swap(line_id="o-0", variant_id=variant)]
    return plan_items(ChangeItemsRequest(order_id="o", items=swaps, instrument_id=by), seen.order, seen, policy, NOW)


def re_address(seen: ChangeFacts, policy: OrderChangePolicy = RETAIL) -> Any:
    assert seen.order
    return plan_delivery_address(DeliveryAddressRequest(order_id="o", address=ADDRESS), seen.order, seen, policy, NOW)


def pay(seen: ChangeFacts, policy: OrderChangePolicy = RETAIL, by: str = "wallet") -> Any:
    assert seen.order
    return plan_payment(ChangePaymentRequest(order_id="o", instrument_id=by), seen.order, seen, policy, NOW)


OPEN_ONLY = [cancel, items, re_address, pay]
DELIVERED_ONLY = [give_back, exchange]


def outcome(planned: Any) -> str:
    return "plan" if isinstance(planned, ChangePlan) else str(planned.rule).removeprefix("order_change.")


@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize(
    ("plan", "wanted"), [*((p, "open") for p in OPEN_ONLY), *((p, "delivered") for p in DELIVERED_ONLY)]
)
def test_each_change_has_its_status(plan: Callable[..., Any], wanted: str, status: str) -> None:
    assert outcome(plan(facts(order(status)))) == ("plan" if status == wanted else "status")


@pytest.mark.parametrize("plan", OPEN_ONLY)
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (("items", "applied"), "changed_once"),
        (("items", "reverted"), "plan"),
        (("address", "applied"), "plan"),
        (("payment", "applied"), "plan"),
    ],
)
def test_only_changed_items_end_all_changes(plan: Callable[..., Any], made: tuple[str, str], expected: str) -> None:
    before = OrderChange(reference="r", kind=made[0], status=made[1])

    assert outcome(plan(facts(order(changes=[before])))) == expected


@pytest.mark.parametrize("plan", DELIVERED_ONLY)
@pytest.mark.parametrize(
    ("status", "expected"), [("open", "one_request"), ("closed", "one_request"), ("withdrawn", "plan")]
)
def test_an_order_has_one_request(plan: Callable[..., Any], status: str, expected: str) -> None:
    seen = facts(order("delivered", requests=[AfterSales(id="RMA-1", kind="return", status=status)]))

    assert outcome(plan(seen)) == expected
    assert outcome(plan(seen, RETAIL.model_copy(update={"one_request_per_order": False}))) == "plan"


@pytest.mark.parametrize("plan", DELIVERED_ONLY)
@pytest.mark.parametrize(("days", "expected"), [(None, "plan"), (3, "plan"), (2, "window")])
def test_a_window_counts_from_delivery(plan: Callable[..., Any], days: int | None, expected: str) -> None:
    policy = RETAIL.model_copy(update={"window_days": days})

    assert outcome(plan(facts(order("delivered")), policy)) == expected


@pytest.mark.parametrize(
    ("variant", "like_for_like", "expected"),
    [
        ("red", False, "plan"),
        ("s", False, "same_variant"),
        ("s", True, "plan"),
        ("xl", False, "not_available"),
        ("blue", False, "other_product"),
    ],
)
def test_a_unit_is_exchanged_for_another_available_variant(variant: str, like_for_like: bool, expected: str) -> None:
    policy = RETAIL.model_copy(update={"like_for_like": like_for_like})

    assert outcome(exchange(facts(order("delivered")), policy, variant)) == expected
    assert outcome(items(facts(order()), policy, variant)) == expected


@pytest.mark.parametrize(
    ("variant", "by", "expected"),
    [
        ("m", "", "which_instrument"),
        ("m", "foreign", "which_instrument"),
        ("m", "card", ("charge", "card", 700)),
        ("m", "wallet", ("charge", "wallet", 700)),
        ("m", "gift", ("charge", "gift", 700)),
        ("l", "", "which_instrument"),
        ("l", "card", ("back", "card", 500)),
        ("l", "gift", ("back", "gift", 500)),
        ("l", "wallet", "did_not_pay"),
        ("red", "", None),
    ],
)
def test_a_difference_is_settled_with_one_instrument(variant: str, by: str, expected: Any) -> None:
    planned = exchange(facts(order("delivered")), variant=variant, by=by)

    if isinstance(expected, str):
        assert outcome(planned) == expected
    else:
        assert isinstance(planned, ChangePlan)
        charged = ("charge", planned.charge.instrument_id, planned.charge.amount.minor) if planned.charge else None
        moved = [("back", move.target, move.amount.minor) for move in planned.effect.moves]
        assert [charged, *moved] == (
            [expected] if expected and expected[0] == "charge" else [None, expected] if expected else [None]
        )


@pytest.mark.parametrize(("balance", "expected"), [(699, "balance"), (700, "plan")])
def test_stored_value_must_cover_what_it_pays(balance: int, expected: str) -> None:
    gift = GIFT.model_copy(update={"balance": eur(balance)})
    seen = facts(order()).model_copy(update={"instruments": [CARD, gift]})

    assert outcome(items(seen, variant="m", by="gift")) == expected


@pytest.mark.parametrize(
    ("payments", "by", "expected"),
    [
        ([(CARD, 4_000)], "wallet", "plan"),
        ([(CARD, 4_000)], "card", "which_instrument"),
        ([(CARD, 4_000)], "foreign", "which_instrument"),
        ([(CARD, 4_000)], "gift", "balance"),
        ([(CARD, 700)], "gift", "plan"),
        ([(CARD, 2_000), (GIFT, 2_000)], "wallet", "one_instrument"),
        ([], "wallet", "one_instrument"),
    ],
)
def test_payment_moves_from_one_instrument_to_another_that_covers_it(payments: Any, by: str, expected: str) -> None:
    assert outcome(pay(facts(order(), paid(*payments)), by=by)) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("", [("card", 1_500), ("gift", 500)]),
        ("gift", [("gift", 1_500), ("gift", 500)]),
        ("wallet", None),
        ("foreign", None),
    ],
)
def test_a_return_goes_to_what_paid_or_to_stored_value(to: str, expected: list[tuple[str, int]] | None) -> None:
    planned = give_back(facts(order("delivered"), paid((CARD, 1_500), (GIFT, 2_500))), to=to)

    if expected is None:
        assert isinstance(planned, AskInput)
    else:
        assert targets(planned.effect.moves) == expected


def test_cancelling_pays_each_capture_back_to_its_instrument_and_tells_when() -> None:
    planned = cancel(facts(order(), paid((GIFT, 1_000), (CARD, 3_000))))

    assert targets(planned.effect.moves) == [("card", 3_000), ("gift", 1_000)]
    assert "30.00 EUR to card ending 4242 within 7 business days" in planned.effect.summary
    assert "10.00 EUR to gift card at once" in planned.effect.summary


@pytest.mark.parametrize("kind", list(ActorKind))
def test_every_change_is_confirmed_whoever_asks_and_however_little_moves(kind: ActorKind) -> None:
    seen, request = facts(order()), DeliveryAddressRequest(order_id="o", address=ADDRESS)
    first = rule_order_change(request, plan_delivery_address, seen, RETAIL, standing(kind), NOW)
    assert first.plan
    said_yes = standing(kind).model_copy(update={"confirmed": [first.plan.effect.digest]})

    assert isinstance(first.verdict, AskConfirmation)
    assert isinstance(rule_order_change(request, plan_delivery_address, seen, RETAIL, said_yes, NOW).verdict, Allow)


def test_only_a_verified_owner_is_told_anything() -> None:
    request = CancelRequest(order_id="o", reason="no_longer_needed")

    def ruled(seen: Order | None, caller: str) -> Any:
        who = standing(ActorKind.AI, caller)
        return rule_order_change(request, plan_cancel, facts(seen), RETAIL, who, NOW).verdict

    assert isinstance(ruled(order(), ""), AskVerification)
    assert isinstance(ruled(order(), "c2"), AskInput)  # as if there were none: whose it is, is not told
    assert isinstance(ruled(None, "c1"), AskInput)
    assert isinstance(ruled(order(), "c1"), AskConfirmation)


def test_above_the_limit_people_decide_and_an_approval_counts_for_these_facts_only() -> None:
    policy = RETAIL.model_copy(update={"auto_up_to": {"ai": 3_999}})
    request = CancelRequest(order_id="o", reason="no_longer_needed")
    first = rule_order_change(request, plan_cancel, facts(order()), policy, standing(), NOW)
    assert first.plan
    yes = standing().model_copy(update={"confirmed": [first.plan.effect.digest]})
    asked = rule_order_change(request, plan_cancel, facts(order()), policy, yes, NOW)
    approved = yes.model_copy(update={"approved": [asked.basis]})

    assert isinstance(asked.verdict, AskApproval)
    assert isinstance(rule_order_change(request, plan_cancel, facts(order()), policy, approved, NOW).verdict, Allow)
    moved = facts(order(lines=3))
    assert isinstance(rule_order_change(request, plan_cancel, moved, policy, approved, NOW).verdict, AskApproval)


def test_the_address_on_record_is_the_verified_callers_own() -> None:
    request = CustomerAddressRequest(address=ADDRESS)
    ruled = rule_address(request, facts(None), RETAIL, standing(), NOW)

    assert isinstance(ruled.verdict, AskConfirmation)
    assert ruled.plan
    assert ruled.plan.customer_id == "c1"
    assert isinstance(rule_address(request, facts(None), RETAIL, standing(caller=""), NOW).verdict, AskVerification)


def targets(moves: list[MoneyMove]) -> list[tuple[str, int]]:
    return [(move.target, move.amount.minor) for move in moves]


def standing(kind: ActorKind = ActorKind.AI, caller: str = "c1") -> Standing:
    seen = Assurance(tenant="t", call_id="c", customer_id=caller, level=1, expires_at=NOW + timedelta(minutes=30))
    return Standing(actor=Actor(id="a", kind=kind), assurance=seen if caller else None)
