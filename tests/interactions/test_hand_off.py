"""The caller wants a person: he gets one who knows everything, and the agent only looks from then on."""

import pytest

from domain.answers import Answer
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal
from tests.desk.shop import Shop


async def handed(caller: Conversation, reason: str = "customer_request", **more: str) -> Answer:
    return await caller.call("hand_off", {"reason": reason, **more})


@pytest.mark.parametrize("door", DOORS)
async def test_a_person_gets_the_conversation_with_all_that_is_known(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)
    done, waiting = await caller.refund(1_200), await caller.refund(4_000)

    answer = await handed(caller, text="He is upset about the delay.")

    assert (answer.status, answer.terminal) == ("handed_off", False)
    packet = await desk.person("agent").packet(answer)
    assert (packet["reason"]["code"], packet["reason"]["text"]) == ("customer_request", "He is upset about the delay.")
    assert (packet["caller"]["customer_ref"], packet["assurance"]["level"]) == (order.customer, 1)
    told = {work["reference"]: work for work in packet["work"]}
    assert (told[done.reference]["status"], told[done.reference]["waits_for"]) == ("done", "")
    assert told[waiting.reference]["waits_for"] == "the caller's yes"
    assert told[waiting.reference]["promises"] == [waiting.say]
    [item] = await desk.person("agent").inbox(queue="handoffs", call=caller.call_id)
    assert item["reference"] == answer.reference
    assert item["due_at"]


@pytest.mark.parametrize("reason", ["low_confidence", "judgment", "risk"])
async def test_the_agent_says_why_it_gives_up(desk: Desk, order: Sold, reason: str) -> None:
    caller = await desk.caller(order)

    answer = await handed(caller, reason)

    assert (await desk.person("agent").packet(answer))["reason"]["code"] == reason


async def test_asked_twice_it_is_one_handoff(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)

    first, second = await handed(caller), await handed(caller, "risk")

    assert first.reference == second.reference


async def test_while_a_person_has_it_an_agent_only_looks(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    answer = await handed(caller)

    refused = await caller.refund(1_200)
    confirmed = await caller.refund(4_000, confirm=asked.digest)

    assert {refused.reference, confirmed.reference} == {answer.reference}
    assert (await refusal(caller.say(asked, "confirm", digest=asked.digest))).rule == "owner.person"
    assert (await caller.call("get_order", {"order_id": order.id})).status == "done"
    assert (await caller.call("list_work_for_call")).status == "done"
    assert await shop.writes() == []


async def test_a_person_on_the_same_call_goes_on(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    answer = await handed(caller)
    person = desk.person("agent", name="ana")

    await person.say(answer, "take_over")
    await person.say(asked, "confirm", digest=asked.digest)
    await desk.end(asked)
    closed = await person.say(answer, "resolve", comment="Refunded; he is content.")

    assert await shop.refunded(order) == [(order.instruments[0], 4_000)]
    assert (await desk.end(closed)).status == "done"


async def test_handed_back_the_agent_goes_on(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    answer = await handed(caller)
    person = desk.person("agent", name="ana")
    await person.say(answer, "take_over")

    await person.say(answer, "hand_back", message_for_caller="Thank you for waiting.")
    ended = await desk.end(answer)

    assert ended.status == "done"
    assert ended.result
    assert ended.result["returned"]["message_for_caller"] == "Thank you for waiting."
    assert (await caller.refund(1_200)).status == "done"


async def test_the_caller_may_change_his_mind(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    answer = await handed(caller)

    await caller.say(answer, "withdraw")
    await desk.end(answer)

    assert (await caller.refund(1_200)).status == "done"
    again = await handed(caller)
    assert again.status == "handed_off"
    assert again.reference != answer.reference


async def test_an_agent_does_not_take_back_what_protects_the_caller(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(4_000, delivered_days_ago=200)
    caller = await desk.caller(order)
    await caller.refund(4_000)
    last = [await caller.again() for _ in range(4)][-1]

    refused = await refusal(caller.say(last, "withdraw"))

    assert (last.status, refused.rule) == ("handed_off", "hand_off.not_yours")


async def test_one_run_alone_can_be_handed_off(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked, other = await caller.refund(4_000), await caller.refund(1_200)

    answer = await caller.say(asked, "hand_off", reason="low_confidence", text="He may mean another order.")

    assert (answer.status, other.status) == ("handed_off", "done")
    packet = await desk.person("agent").packet(asked)
    assert (packet["reason"]["code"], packet["reason"]["text"]) == ("low_confidence", "He may mean another order.")
    assert "take_over" in packet["next"]
    assert (await caller.refund(1_300)).status == "done"  # the rest of the conversation is the agent's


async def test_what_is_done_or_with_people_is_not_handed_off_again(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    gated = await caller.refund_confirmed(12_000)

    assert gated.status == "needs_approval"
    assert (await refusal(caller.say(gated, "hand_off"))).rule == "hand_off.not_waiting"


async def test_an_item_that_an_operator_ended_does_not_silence_the_agent_for_ever(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    answer = await handed(caller)
    await desk.handle(answer).terminate("by hand")

    assert (await caller.refund(1_200)).status == "done"


async def test_without_a_conversation_there_is_nothing_to_hand_off(desk: Desk) -> None:
    caller = desk.agent()
    caller.call_id = ""

    assert (await handed(caller)).status == "needs_input"
