"""The refund's rules as a table: one line per case, the rule that speaks first."""

from datetime import timedelta
from typing import Any

import pytest

from domain.refunds import RefundFacts, RefundPlan, RefundRequest, rule_refund
from domain.standing import Standing
from domain.verdicts import Ruled
from tests.domain.refund_facts import NOW, SHIPPED, ask, eur, instrument, payment, seen, standing


def ruled(request: RefundRequest, facts: RefundFacts, who: Standing, **policy: Any) -> Ruled[RefundPlan]:
    return rule_refund(request, facts, SHIPPED.model_copy(update=policy), who, NOW)


def rule_of(outcome: Ruled) -> str:
    return str(getattr(outcome.verdict, "rule", "allow"))


LATE: dict[str, Any] = {"placed_at": NOW - timedelta(days=100), "delivered_at": NOW - timedelta(days=91)}
GIFT = [instrument("gift", "stored_value")]
BIG = seen(payment("card-1", 600_000))

TABLE: list[tuple[str, RefundRequest, RefundFacts, Standing, str]] = [
    ("nobody is verified", ask(1), seen(), standing(level=0), "caller.unknown"),
    ("the order is another's", ask(1), seen(), standing(customer="C-2"), "refund.owner"),
    ("there is no such order", ask(1), RefundFacts(), standing(), "refund.order_unknown"),
    ("the amount is in another currency", ask(currency="USD", amount=1), seen(),
     standing(), "refund.currency_of_order"),
    ("a line is unknown", ask(lines=["1-9"]), seen(), standing(), "refund.line_unknown"),
    ("nothing is left", ask(1), seen(payment("c", 100, 100)), standing(), "refund.nothing_left"),
    ("too little is left", ask(61), seen(payment("c", 100, 40)), standing(), "refund.above_captured"),
    ("all that is left", ask(60), seen(payment("c", 100, 40)), standing(), "allow"),
    ("the reason is unknown", ask(1, reason="because"), seen(), standing(), "refund.reason"),
    ("it is not delivered", ask(1), seen(status="shipped"), standing(), "refund.status"),
    ("the window is over", ask(1), seen(**LATE), standing(), "refund.window"),
    ("an AI asks above its cap", ask(100_001), BIG, standing(), "refund.per_action"),
    ("a person asks above his cap", ask(500_001), BIG, standing("human"), "refund.per_action"),
    ("a large one at level 1", ask(50_001), BIG, standing(), "refund.assurance"),
    ("a large one at level 2", ask(50_001), BIG, standing(level=2), "refund.confirmation"),
    ("to another payee, level 1", ask(1, to="stored_value"), seen(instruments=GIFT), standing(), "refund.payee_change"),
    ("to another payee, level 2", ask(1, to="stored_value"), seen(instruments=GIFT), standing(level=2), "allow"),
    ("to the stored value that paid", ask(1, to="stored_value"),
     seen(payment("gift", 100, kind="stored_value"), instruments=GIFT), standing(), "allow"),
    ("there is no stored value", ask(1, to="stored_value"), seen(), standing(level=2), "refund.which_stored_value"),
    ("an AI up to its limit", ask(2_500), seen(), standing(), "allow"),
    ("an AI above it", ask(2_501), seen(), standing(), "refund.confirmation"),
    ("a person up to his limit", ask(10_000), seen(), standing("human"), "allow"),
    ("all of it by a machine", ask(1), seen(), standing("system"), "refund.confirmation"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "facts", "who", "rule"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_first_rule_that_speaks(request_: RefundRequest, facts: RefundFacts, who: Standing, rule: str) -> None:
    assert rule_of(ruled(request_, facts, who)) == rule


def test_a_confirmed_effect_goes_on_to_the_approval_rule() -> None:
    asked = ruled(ask(6_000), seen(), standing())
    assert asked.plan

    after = ruled(ask(6_000), seen(), standing(confirmed=[asked.plan.effect.digest]))

    assert rule_of(after) == "refund.approval"


def test_an_approval_counts_for_the_facts_it_was_given_for_only() -> None:
    asked = ruled(ask(6_000), seen(), standing())
    assert asked.plan
    who = standing(confirmed=[asked.plan.effect.digest], approved=[asked.basis])

    assert rule_of(ruled(ask(6_000), seen(), who)) == "allow"
    assert rule_of(ruled(ask(6_000), seen(payment("card-1", 10_000, 1)), who)) == "refund.approval"
    assert rule_of(ruled(ask(6_000), seen(), who, version="another")) == "refund.approval"


@pytest.mark.parametrize(("amount", "approvers"), [(20_001, 1), (100_000, 1), (100_001, 2)])
def test_more_money_needs_more_people(amount: int, approvers: int) -> None:
    who = standing("human", level=2)
    plan = ruled(ask(amount), BIG, who).plan
    assert plan

    outcome = ruled(ask(amount), BIG, who.model_copy(update={"confirmed": [plan.effect.digest]}))

    assert getattr(outcome.verdict, "approvers", None) == approvers


def test_stored_value_can_be_forbidden_by_the_policy() -> None:
    outcome = ruled(ask(1, to="stored_value"), seen(instruments=GIFT), standing(level=2), to_stored_value=False)

    assert rule_of(outcome) == "refund.to_stored_value"


def test_the_window_counts_from_placing_when_no_delivery_is_known() -> None:
    facts = seen(placed_at=NOW - timedelta(days=91), delivered_at=None)

    assert rule_of(ruled(ask(1), facts, standing())) == "refund.window"


def test_lines_are_worth_what_they_cost() -> None:
    plan = ruled(ask(lines=["1-1", "1-3"]), seen(), standing("human")).plan

    assert plan
    assert plan.amount == eur(5_000)


def test_a_verification_that_has_run_out_is_none() -> None:
    outcome = rule_refund(ask(1), seen(), SHIPPED, standing(), NOW + timedelta(minutes=30))

    assert rule_of(outcome) == "caller.unknown"
