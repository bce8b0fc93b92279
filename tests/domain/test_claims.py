"""Claims as tables: what is paid of a loss, what is one loss, who looks at it, and who may say yes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.answers import Effect
from domain.assurance import Assurance
from domain.calls import Actor, ActorKind
from domain.claim_adjusting import ClaimFacts, RuledClaim, Settling, investigated, rule_notice, rule_reopening
from domain.claim_notices import NoticeOfLoss, ReopenRequest, completed, lacking
from domain.claim_policy import ClaimPolicy
from domain.claim_settlement import Share, share_of
from domain.claims import Claim, ClaimPayment, Coverage
from domain.customers import Instrument
from domain.money import Money
from domain.standing import Standing
from domain.verdicts import Deny
from handrail.policies import Shelf

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = ClaimPolicy.model_validate(Shelf().read("claim"))
CARD = Instrument.model_validate({"id": "card", "customer_id": "C", "kind": "card", "label": "card ending 1"})
GIFT = Instrument.model_validate({"id": "gift", "customer_id": "C", "kind": "stored_value", "label": "gift card"})


ANYTHING = Effect(action="open_claim", subject="warranty W")


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


def coverage(**terms: Any) -> Coverage:
    given = {
        "id": "W", "kind": "warranty", "customer_id": "C", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
        "covers": ["defect", "theft"], "limit": eur(100_000), "deductible": eur(0), "instrument_id": "card",
    }  # fmt: skip
    return Coverage.model_validate(given | terms)


def claim(id: str = "claim-1", paid: int = 0, taken: int = 0, **more: Any) -> Claim:
    payments = [ClaimPayment(id="p", amount=eur(paid), deductible=eur(taken), payout_id="o")] if paid else []
    given = {
        "id": id, "coverage_id": "W", "customer_id": "C", "kind": "defect", "loss_on": "2026-10-01",
        "description": "The lid broke off", "amount": eur(paid + taken), "state": "closed", "outcome": "paid",
        "reserve": eur(0), "payments": payments, "reported_at": NOW - timedelta(days=30),
        "closed_at": NOW - timedelta(days=20),
    }  # fmt: skip
    return Claim.model_validate(given | more)


def notice(minor: int = 10_000, **changes: Any) -> NoticeOfLoss:
    given = {
        "kind": "defect", "loss_on": "2026-11-15", "description": "The motor is silent", "amount": eur(minor),
        "coverage_id": "W", "facts": {"symptom": "silent"},
        "evidence": [{"kind": "proof_of_purchase", "ref": "r", "sha256": "a" * 64}],
    }  # fmt: skip
    return NoticeOfLoss.model_validate(given | changes)


def standing(kind: str = "ai", level: int = 2, **more: Any) -> Standing:
    assurance = Assurance(
        tenant="default", call_id="call", customer_id="C", level=level, method="email", verified_at=NOW,
        expires_at=NOW + timedelta(1),
    )  # fmt: skip
    return Standing(actor=Actor(id="a", kind=ActorKind(kind)), assurance=assurance, **more)


def ruled(ask: NoticeOfLoss, *claims: Claim, terms: dict[str, Any] | None = None, **more: Any) -> RuledClaim:
    """To its end: the caller has said yes to whatever it is."""
    seen = ClaimFacts(coverages=[coverage(**(terms or {}))], claims=list(claims), instruments=[CARD, GIFT])
    first = rule_notice(ask, seen, POLICY, standing(**more), NOW)
    if first.plan is None or first.plan.effect is None:
        return first
    agreed = standing(**more, confirmed=[first.plan.effect.digest])
    return rule_notice(ask, seen, POLICY, agreed, NOW, settling=Settling(agreed=first.plan.effect))


def settled(ask: NoticeOfLoss, seen: ClaimFacts, who: Standing, own: str = "") -> RuledClaim:
    """Of an open claim whose caller agreed to what the rules say now."""
    first = rule_notice(ask, seen, POLICY, who, NOW, own=own)
    if first.plan is None or first.plan.effect is None:
        return rule_notice(ask, seen, POLICY, who, NOW, own=own, settling=Settling(agreed=ANYTHING))
    return rule_notice(ask, seen, POLICY, who, NOW, own=own, settling=Settling(agreed=first.plan.effect))


def rule_of(ruled: RuledClaim) -> str:
    return getattr(ruled.verdict, "rule", "allow")


@pytest.mark.parametrize(
    ("loss", "terms", "others", "paid", "taken"),
    [
        (10_000, {}, [], 10_000, 0),
        (10_000, {"deductible": eur(2_500)}, [], 7_500, 2_500),
        (10_000, {"limit": eur(6_000)}, [], 6_000, 0),
        (10_000, {"limit": eur(12_000)}, [claim(paid=5_000)], 7_000, 0),
        (10_000, {"limit": eur(12_000)}, [claim(state="open", reserve=eur(9_000))], 3_000, 0),
        (10_000, {"limit": eur(12_000)}, [claim(state="withdrawn", reserve=eur(0))], 10_000, 0),
        (10_000, {"deductible": eur(2_500)}, [claim(paid=1_000, taken=2_500)], 7_500, 2_500),
        (10_000, {"deductible": eur(2_500), "deductible_per": "period"}, [claim(paid=1, taken=2_500)], 10_000, 0),
        (10_000, {"deductible": eur(2_500), "deductible_per": "period"}, [claim(paid=1, taken=500)], 8_000, 2_000),
    ],
)
def test_what_is_paid_of_a_loss(loss: int, terms: dict[str, Any], others: list[Claim], paid: int, taken: int) -> None:
    share = share_of(eur(loss), coverage(**terms), None, others)

    assert isinstance(share, Share)
    assert (share.paid.minor, share.deductible.minor) == (paid, taken)
    assert share.paid <= share.reserve


def test_a_claim_that_is_paid_on_again_owes_no_second_deductible() -> None:
    own = claim(paid=7_500, taken=2_500)

    share = share_of(eur(4_000), coverage(deductible=eur(2_500)), own, [])

    assert isinstance(share, Share)
    assert (share.paid.minor, share.deductible.minor) == (4_000, 0)


@pytest.mark.parametrize(
    ("loss", "terms", "others", "rule"),
    [
        (2_500, {"deductible": eur(2_500)}, [], "claim.below_deductible"),
        (5_000, {"limit": eur(5_000)}, [claim(paid=5_000)], "claim.limit"),
        (5_000, {"limit": eur(5_000)}, [claim(state="open", reserve=eur(5_000))], "claim.limit"),
    ],
)
def test_of_what_is_nothing_left_nothing_is_paid(
    loss: int, terms: dict[str, Any], others: list[Claim], rule: str
) -> None:
    share = share_of(eur(loss), coverage(**terms), None, others)

    assert isinstance(share, Deny)
    assert share.rule == rule


@pytest.mark.parametrize(
    ("changes", "terms", "rule"),
    [
        ({}, {}, "allow"),
        ({"loss_on": "2025-12-31"}, {}, "claim.period"),
        ({"loss_on": "2026-11-21"}, {}, "claim.loss_on"),
        ({"loss_on": "2026-11-15"}, {"ends_on": "2026-11-15"}, "allow"),
        ({"loss_on": "2026-11-15"}, {"ends_on": "2026-11-14"}, "claim.period"),
        ({"kind": "water_damage"}, {}, "claim.kind"),
        ({"kind": "bad_luck"}, {}, "claim.kind"),
        ({}, {"state": "cancelled"}, "claim.coverage_state"),
        ({"coverage_id": "other"}, {}, "claim.coverage"),
        ({"amount": {"minor": 100, "currency": "USD"}}, {}, "claim.amount"),
        ({"amount": eur(0)}, {}, "claim.amount"),
        ({"facts": {}}, {}, "claim.information"),
        ({"facts": {"symptom": " "}}, {}, "claim.information"),
        ({"evidence": []}, {}, "claim.information"),
        ({"instrument_id": "stolen"}, {}, "claim.payee"),
        ({}, {"instrument_id": ""}, "claim.payee"),
        ({"amount": eur(20_000)}, {}, "claim.authority"),
        ({"loss_on": "2026-01-03"}, {}, "claim.special_investigation"),
        ({"amount": eur(600_000)}, {"limit": eur(900_000)}, "claim.per_action"),
    ],
)
def test_which_rule_speaks(changes: dict[str, Any], terms: dict[str, Any], rule: str) -> None:
    assert rule_of(ruled(notice(**changes), terms=terms)) == rule


def test_money_to_another_instrument_needs_more_assurance() -> None:
    assert rule_of(ruled(notice(instrument_id="gift"), level=1)) == "claim.payee_change"
    assert rule_of(ruled(notice(instrument_id="gift"), level=2)) == "allow"


def test_a_large_claim_needs_more_assurance() -> None:
    assert rule_of(ruled(notice(50_001), level=1)) == "claim.assurance"


@pytest.mark.parametrize(
    ("told", "before", "rule"),
    [
        ("The motor is silent", {"description": "motor silent"}, "claim.duplicate"),
        ("The motor is silent", {"description": "The motr is silent!"}, "claim.duplicate"),
        ("The motor is silent", {"description": "A cable smells burnt"}, "claim.authority"),
        ("The motor is silent", {"description": "The motor is silent", "loss_on": "2026-11-14"}, "allow"),
        ("The motor is silent", {"description": "The motor is silent", "kind": "theft"}, "allow"),
        ("The motor is silent", {"description": "The motor is silent", "coverage_id": "V"}, "allow"),
        ("The motor is silent", {"description": "The motor is silent", "state": "withdrawn"}, "allow"),
    ],
)
def test_what_is_one_loss(told: str, before: dict[str, Any], rule: str) -> None:
    earlier = claim(paid=1_000, **({"loss_on": "2026-11-15"} | before))

    assert rule_of(ruled(notice(description=told), earlier)) == rule


def test_a_notice_of_an_open_claim_joins_it() -> None:
    there = claim(state="open", loss_on="2026-11-15", description="The motor is silent")

    found = ruled(notice(), there)

    assert found.plan
    assert (rule_of(found), found.plan.joins, found.plan.effect) == ("allow", "claim-1", None)


def test_a_later_notice_of_the_same_loss_does_not_hold_up_the_earlier_one() -> None:
    mine = claim("mine", state="open", loss_on="2026-11-15", description="The motor is silent")
    later = mine.model_copy(update={"id": "later"})
    seen = ClaimFacts(coverages=[coverage()], claims=[mine, later], instruments=[CARD])

    ours = settled(notice(), seen, standing("human"), own="mine")
    theirs = settled(notice(), seen, standing("human"), own="later")

    assert (rule_of(ours), rule_of(theirs)) == ("allow", "claim.duplicate")


def test_a_proof_is_used_for_one_claim_unless_it_is_of_a_kind_that_all_share() -> None:
    photo = {"kind": "photo", "ref": "r", "sha256": "b" * 64}
    bought = {"kind": "proof_of_purchase", "ref": "r", "sha256": "a" * 64}

    assert rule_of(ruled(notice(), claim(paid=1, evidence=[bought]))) == "allow"
    again = ruled(notice(evidence=[bought, photo]), claim(paid=1, evidence=[photo]))
    assert rule_of(again) == "claim.special_investigation"


def test_an_investigators_yes_is_no_authority_to_pay() -> None:
    seen = ClaimFacts(coverages=[coverage()], instruments=[CARD])
    ask = notice(loss_on="2026-01-03")
    odd = settled(ask, seen, standing("human"))
    plain = standing("human", approved=[odd.basis])

    cleared = settled(ask, seen, plain)

    assert (rule_of(odd), rule_of(cleared)) == ("claim.special_investigation", "claim.authority")
    assert odd.basis == investigated(cleared.basis)


@pytest.mark.parametrize(
    ("minor", "roles"),
    [
        (50_000, ["adjuster", "senior_adjuster", "claims_manager"]),
        (50_001, ["senior_adjuster", "claims_manager"]),
        (200_000, ["senior_adjuster", "claims_manager"]),
        (200_001, ["claims_manager"]),
    ],
)
def test_an_adjusters_authority_ends_at_its_amount(minor: int, roles: list[str]) -> None:
    found = ruled(notice(minor), terms={"limit": eur(900_000)}, kind="human")

    assert getattr(found.verdict, "roles", []) == roles


def test_an_approval_is_void_when_another_claim_used_the_limit_meanwhile() -> None:
    before = ruled(notice(40_000))
    after = ruled(notice(40_000), claim(paid=1_000))

    assert before.basis != after.basis


@pytest.mark.parametrize(
    ("changes", "own", "rule"),
    [
        ({}, {}, "claim.confirmation"),
        ({"loss_on": date(2026, 10, 1)}, {}, "claim.confirmation"),
        ({"loss_on": date(2026, 10, 2)}, {}, "claim.new_event"),
        ({"reason": "because"}, {}, "claim.reopen_reason"),
        ({"claim_id": "other"}, {}, "claim.unknown"),
        ({}, {"closed_at": NOW - timedelta(days=30)}, "claim.confirmation"),
        ({}, {"closed_at": NOW - timedelta(days=30, seconds=1)}, "claim.reopen_window"),
        ({}, {"state": "open", "closed_at": None}, "claim.not_closed"),
        ({}, {"state": "withdrawn"}, "claim.not_closed"),
    ],
)
def test_when_a_claim_is_reopened(changes: dict[str, Any], own: dict[str, Any], rule: str) -> None:
    given: dict[str, Any] = {"claim_id": "claim-1", "reason": "additional_cost", "amount": eur(1_000)}
    seen = ClaimFacts(coverages=[coverage()], claims=[claim(paid=5_000, **own)], instruments=[CARD])

    found = rule_reopening(ReopenRequest.model_validate(given | changes), seen, POLICY, standing(), NOW)

    assert rule_of(found) == rule


def test_what_is_brought_is_put_where_it_was_asked_for() -> None:
    ask = notice(facts={}, evidence=[])
    proof = {"ref": "upload:1", "sha256": "c" * 64}

    done = completed(ask, {"facts.symptom": "silent", "evidence.proof_of_purchase": proof})

    assert [missing.field for missing in lacking(ask, POLICY)] == ["facts.symptom", "evidence.proof_of_purchase"]
    assert lacking(done, POLICY) == []


@pytest.mark.parametrize("given", [{"evidence.photo": "x"}, {"evidence.photo": {"ref": "r"}}, {"amount.minor": 1}])
def test_what_cannot_be_read_is_not_taken(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        completed(notice(), given)
