"""A conversation that takes too long with an agent becomes a person's: by its time, its calls, its failures."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.answers import Answer
from handrail.interactions import CALL, InteractionBook, Said
from tests.desk.desk import Desk
from tests.desk.doors import HttpDoor
from tests.desk.goods import Sold
from tests.desk.house import open_house
from tests.desk.people import Conversation
from tests.desk.shop import Shop


def book(desk: Desk) -> InteractionBook:
    return InteractionBook(desk.house.settings.database)


async def handed_off(desk: Desk, answer: Answer) -> str:
    """What the person who gets it is told was too much."""
    packet = await desk.person("agent").packet(answer)
    assert (packet["status"], packet["reason"]["code"]) == ("handed_off", "timeout")
    [too_much] = packet["repeated"]
    return str(too_much["what"])


async def begun(desk: Desk, order: Sold, ago: timedelta, calls: int = 1) -> Conversation:
    """A conversation that goes on for so long already."""
    caller = desk.agent(order=order)
    said = [Said("default", caller.call_id, CALL, f"get_order:{n}", f"{n}") for n in range(calls)]
    await book(desk).hear(said, datetime.now(UTC) - ago)
    await caller.verify(order)
    return caller


async def test_after_three_quarters_of_an_hour_on_the_line_a_person_takes_it(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await begun(desk, order, timedelta(minutes=44))
    asked = await caller.refund(4_000)
    late = await begun(desk, order, timedelta(minutes=46))

    answer = await late.refund(4_000)

    assert asked.status == "needs_confirmation"
    assert await handed_off(desk, answer) == "time"
    assert await shop.writes() == []
    [item] = await desk.person("agent").inbox(queue="handoffs", call=late.call_id)
    assert item["reference"] == answer.reference


@pytest.mark.full
async def test_in_writing_it_may_take_a_day(desk: Desk, order: Sold) -> None:
    caller = desk.agent(order=order, door="rail")  # its channel is no spoken one
    said = Said("default", caller.call_id, CALL, "get_order:1", "1")
    await book(desk).hear([said], datetime.now(UTC) - timedelta(hours=23))
    await caller.verify(order)

    assert (await caller.refund(4_000)).status == "needs_confirmation"


@pytest.mark.full
async def test_the_hundredth_call_is_a_persons_and_looking_still_is_not(desk: Desk, order: Sold) -> None:
    caller = await begun(desk, order, timedelta(minutes=5), calls=98)

    answer = await caller.refund(4_000)

    assert await handed_off(desk, answer) == "calls"
    assert (await caller.call("list_work_for_call")).status == "done"
    assert (await caller.refund(1_200)).reference == answer.reference


@pytest.mark.full
async def test_a_person_on_the_line_is_never_too_long(desk: Desk, order: Sold) -> None:
    late = await begun(desk, order, timedelta(hours=2))
    person = desk.agent(kind="human", order=order)
    person.call_id = late.call_id
    await person.verify(order)

    assert (await person.refund(5_000)).status == "done"


async def test_what_was_repeated_is_counted_across_a_restart_of_the_gateway(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await caller.refund(4_000)
    before = [first, await caller.again(), await caller.again()]

    async with (
        open_house(desk.house.client.service_client.config.target_host, desk.house.settings, working=False) as next_one,
        httpx.AsyncClient(base_url=next_one.url, timeout=20, trust_env=False) as http,
    ):
        caller.door = HttpDoor(http)
        after = [await caller.again(), await caller.again()]

    assert [answer.status for answer in before + after] == ["needs_confirmation"] * 4 + ["handed_off"]
    assert {answer.reference for answer in before + after} == {first.reference}
