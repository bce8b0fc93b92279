"""A gate's clock, in days that pass at once: reminders, escalation, expiry; and what a late yes is worth."""

import time

import pytest

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import A_REFUND, Shop


@pytest.fixture
async def waiting(desk: Desk, order: Sold) -> Answer:
    """A refund of 248.00 EUR that waits for a supervisor."""
    return await (await desk.caller(order)).refund_confirmed(24_800)


async def test_nobody_decides_for_two_days_and_it_ends_saying_so(desk: Desk, shop: Shop, waiting: Answer) -> None:
    began = time.monotonic()

    await desk.skip(waiting, hours=48, minutes=1)
    answer = await desk.end(waiting)

    assert rule(answer) == "gate.expired"
    assert "Nobody decided" in answer.say
    assert await shop.writes() == []
    assert time.monotonic() - began < 5  # two days


async def test_a_decision_after_the_expiry_is_refused(desk: Desk, shop: Shop, waiting: Answer) -> None:
    supervisor = desk.person("supervisor")
    digest = (await supervisor.gate(waiting))["digest"]
    await desk.skip(waiting, hours=48, minutes=1)
    await desk.end(waiting)

    refused = await refusal(supervisor.decide(waiting, digest=digest))

    assert (refused.status, refused.rule) == (409, "run.closed")
    assert await shop.writes() == []


async def test_an_escalated_gate_may_be_decided_by_the_next_role(desk: Desk, shop: Shop, waiting: Answer) -> None:
    finance = desk.person("finance")
    too_early = await refusal(finance.decide(waiting))

    await desk.skip(waiting, hours=12, minutes=1)
    await finance.decide(waiting)

    assert too_early.rule == "gate.role"
    assert (await desk.end(waiting)).status == "done"
    assert await shop.writes() == A_REFUND


async def test_reminders_and_escalation_are_on_the_record(desk: Desk, waiting: Answer) -> None:
    await desk.skip(waiting, hours=13)
    await desk.person("supervisor").decide(waiting, "reject")
    await desk.end(waiting)

    history = await desk.person("supervisor").history(waiting)

    waits = [event["body"] for event in history["events"] if event["type"] == "waiting"]
    assert sum("reminded" in body for body in waits) >= 2  # after 4 and 8 hours
    assert [body["escalated_to"] for body in waits if "escalated_to" in body] == [["finance"]]


@pytest.mark.parametrize("hours", [1, 47])
async def test_a_late_approval_still_counts_for_the_caller_who_was_verified_then(
    desk: Desk, shop: Shop, waiting: Answer, hours: int
) -> None:
    await desk.skip(waiting, hours=hours)

    await desk.person("supervisor").decide(waiting)
    answer = await desk.until(waiting, lambda now: now.status not in ("accepted", "needs_approval"))

    assert answer.status == "done", answer.say
    assert await shop.writes() == A_REFUND
