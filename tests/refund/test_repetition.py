"""The same request again: the same answer, and one effect; whoever repeats it, and whenever."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal
from tests.desk.shop import A_REFUND, Shop


@pytest.mark.parametrize("door", DOORS)
async def test_the_same_request_while_it_waits_joins_it(desk: Desk, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)

    first, second = await caller.refund(4_000), await caller.again()

    assert first.reference == second.reference
    assert first.digest == second.digest


@pytest.mark.parametrize("door", DOORS)
async def test_the_same_request_after_its_end_has_the_same_answer(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)

    first, second = await caller.refund(1_200), await caller.again()

    assert (first.status, first) == ("done", second)
    assert await shop.writes() == A_REFUND


async def test_a_request_is_the_same_through_another_door(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await caller.refund(1_200)

    caller.door = desk.door("cli")

    assert await caller.again() == first
    assert await shop.writes() == A_REFUND


async def test_twenty_at_once_are_one_refund(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answers = await asyncio.gather(*(caller.refund(1_200) for _ in range(20)))

    assert {answer.reference for answer in answers} == {answers[0].reference}
    ended = await desk.end(answers[0])
    assert ended.status == "done"
    assert all(answer == ended for answer in answers if answer.terminal)
    assert {str(answer.status) for answer in answers} <= {"done", "accepted"}
    assert await caller.again() == ended
    assert await shop.writes() == A_REFUND


async def test_a_dozen_different_requests_never_exceed_what_was_captured(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(5_000)
    callers = [await desk.caller(order) for _ in range(3)]  # in one conversation the fifth would be a person's

    asked = (callers[n % 3].refund(1_000, request_id=f"{order.id}-{n}") for n in range(12))
    answers = await asyncio.gather(*asked)
    ended = [await desk.end(answer) for answer in answers]

    assert sorted(str(answer.status) for answer in ended) == ["denied"] * 7 + ["done"] * 5
    assert await shop.refunded(order) == [(order.instruments[0], 1_000)] * 5
    assert await shop.balanced()


@pytest.mark.parametrize("door", DOORS)
async def test_the_same_request_id_with_other_arguments_is_a_conflict(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)
    waits, ended = f"waits-{order.id}", f"ended-{order.id}"
    await caller.refund(4_000, request_id=waits)
    await caller.refund(1_200, request_id=ended)

    while_open = await refusal(caller.refund(1_300, request_id=waits))
    after_close = await refusal(caller.refund(1_300, request_id=ended))

    assert (while_open.status, after_close.status) == (409, 409)
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


async def test_a_model_that_lost_its_memory_is_told_what_was_done_and_promised(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    done = await caller.refund(1_200)
    waits = await caller.refund(4_000)

    answer = await caller.call("list_work_for_call")

    assert answer.result
    told = {item["reference"]: item for item in answer.result["work"]}
    assert told[done.reference]["status"] == "done"
    assert told[waits.reference]["status"] == "needs_confirmation"
    assert done.say in answer.say


async def test_a_caller_who_hangs_up_loses_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    await shop.fault("open_case", "slow", delay_ms=300)
    arguments = {"order_id": order.id, "reason": "damaged", "amount": {"minor": 1_200, "currency": "EUR"}}

    line = await send(desk, caller, arguments)
    begun = await desk.appears("refund_order", arguments, caller)
    line.transport.abort()

    assert (await desk.end(begun)).status == "done"
    assert await shop.writes() == A_REFUND


async def test_a_request_whose_run_an_operator_ended_is_a_persons_work(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    waiting = await caller.refund(4_000)
    await desk.handle(waiting).terminate("by hand")

    answer = await caller.confirm(waiting)

    assert (answer.status, answer.reference, answer.terminal) == ("handed_off", waiting.reference, True)


async def send(desk: Desk, caller: Conversation, arguments: dict[str, Any]) -> asyncio.StreamWriter:
    """Sends a tool call and leaves its answer unread."""
    body = json.dumps({"arguments": arguments}).encode()
    head = (
        f"POST /v1/tools/refund_order HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {caller.token}\r\n"
        f"X-Call-Id: {caller.call_id}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(desk.house.url).port)
    writer.write(head.encode() + body)
    await writer.drain()
    return writer
