"""Whoever looks at a run leaves nothing in it."""

import asyncio
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from activities.looking import LOOK
from domain.answers import Answer
from tests.case.caseload import late, opened
from tests.desk.desk import Desk
from tests.desk.goods import Sold

DOORS = ["http", "rail", "cli"]


async def test_an_open_run_is_read_without_a_query_and_nothing_of_it_is_in_its_history(
    desk: Desk, order: Sold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query would bring its worker to a state that a replay does not reach: `activities.looking`."""

    async def query(*args: Any, **more: Any) -> None:
        raise AssertionError(f"asked by a query: {args[1:]}")

    caller, ana = await desk.caller(order), desk.person("agent", name="ana")
    case = await opened(caller, late(order))
    before = await _updates(desk, case)
    monkeypatch.setattr(WorkflowHandle, "query", query)

    told = [await desk.door(door).answer(ana.token, case.reference) for door in DOORS]
    packet = await ana.packet(case)
    work = (await caller.call("list_work_for_call")).result

    assert {answer.say for answer in told} == {case.say}
    assert packet["title"].startswith("A case is opened for logistics")
    assert work
    assert [item["reference"] for item in work["work"] if item["status"] == "accepted"] == [case.reference]
    assert await _updates(desk, case) == before


async def test_many_who_look_at_once_ask_the_run_by_one_and_learn_what_was_said_before_they_asked(
    desk: Desk, order: Sold, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, ana = await desk.caller(order), desk.person("agent", name="ana")
    case = await opened(caller, late(order))
    looks, update = [], WorkflowHandle.execute_update

    async def counted(handle: Any, name: Any, *args: Any, **more: Any) -> Any:
        looks.append(name)
        return await update(handle, name, *args, **more)

    monkeypatch.setattr(WorkflowHandle, "execute_update", counted)
    rail = desk.door("rail")

    early = asyncio.gather(*(rail.answer(ana.token, case.reference) for _ in range(30)))
    noted = await ana.say(case, "note", text="The parcel is on its way.")
    late_ones = await asyncio.gather(*(rail.answer(ana.token, case.reference) for _ in range(30)))

    assert {answer.reference for answer in await early} == {case.reference}
    assert {answer.revision for answer in late_ones} == {noted.revision}
    assert looks.count(LOOK) <= 6


async def _updates(desk: Desk, case: Answer) -> int:
    """What was said to it, by its history."""
    events = (await desk.handle(case).fetch_history()).events
    return sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED for event in events)
