"""What is told of the limits is what the rules do: asked amount by amount, and compared with the whole judgement."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.boundaries import NEVER, Say, ask, spans
from domain.calls import ActorKind
from domain.policies import RefundPolicy
from domain.refunds import rule_refund
from domain.verdicts import AskApproval
from handrail.boundaries import outline
from tests.domain.refund_facts import NOW, SHIPPED, payment, seen, standing
from tests.domain.refund_facts import ask as refund_of


def changed(**changes: Any) -> RefundPolicy:
    return RefundPolicy.model_validate(SHIPPED.model_dump() | changes)


def say(kind: ActorKind, minor: int, policy: RefundPolicy = SHIPPED) -> Say:
    """From the spans, as a person reads them."""
    return next(s.say for s in spans(policy, kind) if s.above < minor and (s.up_to is None or minor <= s.up_to))


def test_the_shipped_refund_policy_in_spans() -> None:
    found = [(span.above, span.up_to, span.say.confirm, span.say.approvers) for span in spans(SHIPPED, ActorKind.AI)]

    assert found == [
        (-1, 2_500, False, 0), (2_500, 5_000, True, 0), (5_000, 50_000, True, 1), (50_000, 100_000, True, 1),
        (100_000, None, False, 0),
    ]  # fmt: skip
    assert spans(SHIPPED, ActorKind.AI)[-1].say.refused == "refund.per_action"


@pytest.mark.parametrize("kind", list(ActorKind))
def test_spans_leave_no_gap_and_neighbours_differ(kind: ActorKind) -> None:
    found = spans(SHIPPED, kind)

    assert (found[0].above, found[-1].up_to) == (-1, None)
    for one, next_ in pairwise(found):
        assert one.up_to == next_.above
        assert one.say != next_.say


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(list(ActorKind)), minor=st.integers(1, 600_000))
def test_no_amount_is_judged_otherwise_than_it_is_told(kind: ActorKind, minor: int) -> None:
    told, facts = say(kind, minor), seen(payment("card-1", 1_000_000))
    assert told == ask(SHIPPED, kind, minor)
    asked = refund_of(minor)

    if told.refused:
        verdict = rule_refund(asked, facts, SHIPPED, standing(kind, level=4), NOW).verdict
        assert getattr(verdict, "rule", "") == told.refused
        return
    assert told.level < NEVER
    sure = standing(kind, level=told.level)
    first = rule_refund(asked, facts, SHIPPED, sure, NOW)
    assert (getattr(first.verdict, "rule", "") == "refund.confirmation") == told.confirm
    assert first.plan
    confirmed = sure.model_copy(update={"confirmed": [first.plan.effect.digest]})
    then = rule_refund(asked, facts, SHIPPED, confirmed, NOW).verdict
    roles = then.roles if isinstance(then, AskApproval) else []
    assert roles == told.roles
    if told.level:
        less = standing(kind, level=told.level - 1)
        assert getattr(rule_refund(asked, facts, SHIPPED, less, NOW).verdict, "rule", "") in (
            "refund.assurance", "caller.unknown",
        )  # fmt: skip


def test_autonomy_and_the_kill_switch_show_in_the_boundaries() -> None:
    suggested = say(ActorKind.AI, 100, changed(autonomy={"ai": "suggest"}))
    off = say(ActorKind.AI, 100, changed(switched={"ai": "off"}))

    assert (suggested.suggests, suggested.roles) == (True, ["supervisor"])
    assert off.refused == "refund.switched_off"


def test_an_outline_tells_limits_over_time_and_segments_of_their_own() -> None:
    told = outline(changed(autonomy_in={"goodwill": {"ai": "approve_each"}}))

    assert "per customer, within 1 day: at most 1500.00 EUR" in told["limits"]
    assert "per agent, within 1 hour, by ai: at most 200 times" in told["limits"]
    assert {row["who"] for row in told["rows"]} == {"ai", "ai (goodwill)", "human", "system"}
