"""The service clock, in days that pass at once: reminders, escalation, and what stops it."""

import time
from datetime import datetime, timedelta

import pytest

from domain.answers import Answer
from tests.case.caseload import id_of, in_the_case_system, late, on_record, opened, texts
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop

A_MOMENT = timedelta(minutes=1)


@pytest.fixture
async def case(desk: Desk, order: Sold) -> Answer:
    return await opened(await desk.caller(order), late(order))


def due(case: Answer, goal: str) -> datetime:
    assert case.result
    return datetime.fromisoformat(case.result[f"{goal}_due"])


async def pass_until(desk: Desk, case: Answer, at: datetime, *, since: datetime | None = None) -> None:
    """The run's clock goes on until a moment after `at`, from its opening or from where it was left."""
    since = since or (await desk.handle(case).describe()).start_time
    await desk.skip(case, seconds=(at - since + A_MOMENT).total_seconds())


async def test_a_case_that_nobody_answers_is_reminded_of_and_escalated(desk: Desk, shop: Shop, case: Answer) -> None:
    began = time.monotonic()

    await pass_until(desk, case, due(case, "first_response"))
    escalated = await desk.until(case, lambda now: "late" in now.say)

    record = await on_record(shop)
    assert (record["queue"], record["priority"], record["state"]) == ("team_leads", "high", "open")
    said = await texts(shop)
    assert [text.split(" is ")[0].split(" was ")[0] for text in said] == [
        "Reminder: the first response", "Reminder: the first response", "The first response",
    ]  # fmt: skip
    assert "team leads" in escalated.say
    await desk.person("agent").say(case, "note", text="Sorry.", to_caller=True)
    answered = await desk.until(case, lambda now: bool(now.result and now.result["first_response_at"]))
    assert "to be solved by" in answered.say
    assert time.monotonic() - began < 20  # a business half-day


async def test_what_is_answered_is_escalated_only_when_it_is_not_solved(desk: Desk, shop: Shop, case: Answer) -> None:
    await desk.person("agent").say(case, "note", text="We search.", to_caller=True)
    await desk.until(case, lambda now: bool(now.result and now.result["first_response_at"]))

    await pass_until(desk, case, due(case, "first_response"))
    before = await texts(shop)
    await pass_until(desk, case, due(case, "resolution"), since=due(case, "first_response"))
    await desk.until(case, lambda now: "late" in now.say)

    assert len(before) == 1
    record = await on_record(shop)
    assert (record["queue"], record["priority"]) == ("duty_manager", "high")
    assert [text.startswith("Reminder: the resolution") for text in await texts(shop)] == [False, True, True, False]


async def test_while_the_customer_is_waited_for_the_clock_stands_still(desk: Desk, shop: Shop, case: Answer) -> None:
    await desk.person("agent").say(case, "note", text="Which door?", to_caller=True)
    await desk.until(case, lambda now: bool(now.result and now.result["first_response_at"]))
    await in_the_case_system(shop, id_of(case), state="pending")
    await desk.skip(case, minutes=5)
    await desk.until(case, lambda now: bool(now.result and now.result["state"] == "pending"))

    await desk.skip(case, days=30)
    asleep = await texts(shop)
    await in_the_case_system(shop, id_of(case), state="open")
    await desk.skip(case, hours=5)
    awake = await desk.until(case, lambda now: bool(now.result and now.result["state"] == "open"))

    assert len(asleep) == 1
    assert "to be solved by" in awake.say
    assert (await on_record(shop))["queue"] == "logistics"
    await desk.skip(case, days=14)
    await desk.until(case, lambda now: "late" in now.say)


async def test_a_solved_case_has_no_clock(desk: Desk, shop: Shop, case: Answer) -> None:
    await desk.person("agent").say(case, "resolve", comment="Found.")

    answer = await desk.end(case)

    assert answer.terminal
    assert await texts(shop) == ["human Agent-1: Found."]


async def test_the_clock_is_on_the_record(desk: Desk, case: Answer) -> None:
    await pass_until(desk, case, due(case, "first_response"))
    await desk.until(case, lambda now: "late" in now.say)
    await desk.person("agent").say(case, "resolve")
    await desk.end(case)

    history = await desk.person("agent").history(case)
    waited = [event["body"] for event in history["events"] if event["type"] == "waiting"]

    assert [("reminded" in body, body.get("escalated_to", "")) for body in waited] == [
        (True, ""), (True, ""), (False, "team_leads"),
    ]  # fmt: skip
    assert history["verified"]["ok"]
