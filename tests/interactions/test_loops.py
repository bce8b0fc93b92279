"""An agent that goes round in circles: the caller gets a person, and the person is told what was repeated."""

import asyncio
from datetime import UTC, datetime

import pytest

from domain.answers import Answer
from handrail.interactions import InteractionBook
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.shop import Shop

LIMIT = 5
"""`same_call` and `same_question` of the shipped policy: the fifth time is a person's."""


async def repeated(caller: Conversation, times: int, **changes: object) -> list[Answer]:
    return [await caller.again(**changes) for _ in range(times)]


@pytest.mark.parametrize("door", DOORS)
async def test_a_question_that_is_asked_again_and_again_becomes_a_persons(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)
    first = await caller.refund(4_000)

    answers = [first, *await repeated(caller, LIMIT - 1)]

    assert [answer.status for answer in answers] == ["needs_confirmation"] * (LIMIT - 1) + ["handed_off"]
    assert {answer.reference for answer in answers} == {first.reference}
    assert "colleague" in answers[-1].say
    packet = await desk.person("agent").packet(first)
    assert packet["reason"]["code"] == "loop"
    [what] = packet["repeated"]
    assert (what["what"], what["times"], what["tool"]) == ("call", LIMIT, "refund_order")
    assert [item["reference"] for item in await desk.person("agent").inbox(queue="handoffs", call=caller.call_id)] == [
        first.reference
    ]
    assert await shop.writes() == []


async def test_the_person_goes_on_where_the_agent_turned_in_circles(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    await caller.refund(4_000)
    handed = (await repeated(caller, LIMIT - 1))[-1]
    person = desk.person("agent", name="ana")

    await person.say(handed, "take_over")
    await person.say(handed, "hand_back", message_for_caller="I explained it to him.")
    asked = await desk.until(handed, lambda now: now.status == "needs_confirmation")

    assert (await person.say(asked, "confirm", digest=asked.digest)).status in ("accepted", "done")
    assert (await desk.end(asked)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 4_000)]


async def test_fresh_request_ids_do_not_hide_a_loop(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answers = [await caller.refund(1_200, request_id=f"{order.id}-{n}") for n in range(LIMIT)]

    assert [answer.status for answer in answers] == ["done"] * (LIMIT - 1) + ["handed_off"]
    assert answers[-1].reference.startswith("hand-off-")
    assert len(await shop.refunded(order)) == LIMIT - 1


async def test_a_no_that_is_asked_for_again_and_again_becomes_a_persons(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(4_000, delivered_days_ago=200)
    caller = await desk.caller(order)
    first = await caller.refund(4_000)

    last = (await repeated(caller, LIMIT - 1))[-1]

    assert (first.status, last.status) == ("denied", "handed_off")
    packet = await desk.person("agent").packet(last)
    assert packet["reason"]["code"] == "loop"
    assert packet["repeated"][0]["arguments"]["order_id"] == order.id
    assert [work["reference"] for work in packet["work"]][-1] == first.reference
    assert packet["assurance"]["level"] == 1
    assert packet["caller"]["customer_ref"] == order.customer


async def test_the_same_question_with_other_words_each_time_becomes_a_persons(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)

    answers = [await caller.call("get_order", {"order_id": f"A-{n}"}) for n in range(LIMIT)]

    assert [answer.status for answer in answers] == ["needs_input"] * (LIMIT - 1) + ["handed_off"]
    packet = await desk.person("agent").packet(answers[-1])
    assert (packet["reason"]["code"], packet["repeated"][0]["what"]) == ("loop", "question")


async def test_a_confirmation_of_something_else_is_no_answer(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    wrong = [f"sha256:{n:064x}" for n in range(LIMIT - 1)]

    answers = [await caller.again(confirm=digest) for digest in wrong]

    assert answers[-1].status == "handed_off"
    assert answers[-1].reference == asked.reference


async def test_ten_at_once_count_ten(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    answers = await asyncio.gather(*(caller.again() for _ in range(10)))

    heard = await InteractionBook(desk.house.settings.database).current("default", caller.call_id, datetime.now(UTC))
    assert heard.calls == 1 + 1 + 10  # the verification, the first time, ten at once
    assert [str(answer.status) for answer in answers].count("handed_off") >= 10 - (LIMIT - 2)
    assert {answer.reference for answer in answers} == {asked.reference}


async def test_a_retry_of_the_transport_is_no_new_asking(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    await caller.refund(4_000, request_id=f"once-{order.id}")

    answers = await repeated(caller, 3 * LIMIT)

    assert {str(answer.status) for answer in answers} == {"needs_confirmation"}


async def test_looking_counts_nothing(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    for _ in range(3 * LIMIT):
        assert (await caller.door.answer(caller.token, asked.reference)).status == "needs_confirmation"

    assert (await caller.again()).status == "needs_confirmation"


async def test_what_is_done_stays_done_however_often_it_is_asked_for(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    done = await caller.refund(1_200)

    answers = await repeated(caller, 2 * LIMIT)

    assert all(answer == done for answer in answers)
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


async def test_a_person_who_repeats_himself_is_not_handed_off(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order, kind="human")
    await caller.refund(30_000 - 24_800, order=order.id)

    answers = await repeated(caller, LIMIT)

    assert "handed_off" not in {str(answer.status) for answer in answers}


async def test_another_conversation_begins_at_nought(desk: Desk, order: Sold) -> None:
    first = await desk.caller(order)
    await first.refund(4_000)
    await repeated(first, LIMIT - 1)

    second = await desk.caller(order)

    assert (await second.refund(4_000)).status == "needs_confirmation"
