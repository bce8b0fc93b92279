"""Once a person has taken a run over, nothing of the agent's is sent any more: no next step, no next try."""

from typing import Any

import pytest

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Person
from tests.desk.refusals import refusal
from tests.desk.shop import A_REFUND, Shop


async def seen_failing(shop: Shop, operation: str) -> None:
    """Until the system has seen, and failed, such a call."""
    while not any(seen["operation"] == operation and seen["status"] == 503 for seen in await shop.log()):
        pass


async def taken(desk: Desk, answer: Answer, person: Person) -> Answer:
    await person.say(answer, "take_over")
    return await desk.until(answer, lambda now: now.status == "handed_off" and "hand_back" in now.next)


async def a_refund_in_repair(desk: Desk) -> tuple[Sold, Answer]:
    """Its order cannot be marked, as long as nobody mends that."""
    order = await desk.shop.sell(2_000)
    await desk.shop.fault("set_mark", "error_before", None)
    caller = await desk.caller(order)
    return order, await desk.until(await caller.refund(), lambda now: "retry" in now.next)


async def events(person: Person, answer: Answer) -> list[dict[str, Any]]:
    """What happened from the take-over on."""
    history = (await person.history(answer))["events"]
    [start] = [n for n, event in enumerate(history) if event["body"].get("command") == "take_over"]
    return list(history[start:])


async def test_a_write_that_is_being_tried_again_is_not_tried_once_more(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "error_before", None)
    begun = await caller.refund(wait_s=0.1)
    await seen_failing(shop, "set_mark")
    ana = desk.person("agent", name="ana")

    await taken(desk, begun, ana)
    await shop.mend()
    await shop.admin("DELETE", "log")
    packet = await ana.packet(begun)
    assert await shop.log() == []
    await ana.say(begun, "retry")
    answer = await desk.end(begun)

    assert [(s["name"], s["status"]) for s in packet["steps"]][-1] == ("mark_order", "unknown")
    assert answer.status == "done"
    assert await shop.writes() == A_REFUND[1:]
    assert await shop.refunded(order) == [(order.instruments[0], 2_000)]


async def test_a_step_in_repair_is_not_tried_by_itself_while_a_person_holds_it(desk: Desk, shop: Shop) -> None:
    order, stuck = await a_refund_in_repair(desk)
    ana = desk.person("agent", name="ana")
    assert "hand_back" in (await ana.say(stuck, "take_over")).next
    await shop.mend()
    await shop.admin("DELETE", "log")

    await desk.skip(stuck, hours=1)
    assert (await ana.packet(stuck))["repair"]["step"].startswith("Mark order")
    assert await shop.writes() == []
    await ana.say(stuck, "retry")

    assert (await desk.end(stuck)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 2_000)]


async def test_handed_back_the_step_in_repair_is_tried_again(desk: Desk, shop: Shop) -> None:
    _, stuck = await a_refund_in_repair(desk)
    ana = desk.person("agent", name="ana")
    await ana.say(stuck, "take_over")
    await shop.mend()
    await desk.skip(stuck, hours=1)

    await ana.say(stuck, "hand_back")

    assert (await desk.end(stuck)).status == "done"


async def test_what_a_person_let_go_on_goes_on_in_his_name_also_when_he_has_released_it(desk: Desk, shop: Shop) -> None:
    _, stuck = await a_refund_in_repair(desk)
    ana = desk.person("agent", name="ana")
    await ana.say(stuck, "take_over")
    await shop.mend()
    await shop.fault("set_mark", "hold")
    await ana.say(stuck, "retry")
    while not any(seen["fault"] == "hold" for seen in await shop.log()):
        pass

    released = await ana.say(stuck, "release")
    await shop.mend()

    assert (await desk.end(stuck)).status == "done"
    writes = [event for event in await events(ana, stuck) if event["type"] == "intent"]
    assert "take_over" in released.next
    assert {"mark_order", "send_refund", "resolve_case"} <= {event["step"] for event in writes}
    assert {event["actor"]["id"] for event in writes} == {"ana"}


@pytest.mark.parametrize("hold", ["take_over", "claim"])
async def test_only_who_holds_a_repair_repairs_it(desk: Desk, shop: Shop, hold: str) -> None:
    order = await shop.sell(1_200)
    await shop.fault("add_note", "refuse", None, code="closed", message="The record is closed.")
    stuck = await desk.later(await (await desk.caller(order)).refund(), "handed_off")
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    await ana.say(stuck, hold)

    assert (await refusal(ben.say(stuck, "retry"))).rule == "owner.held"
    await shop.mend()
    await ana.say(stuck, "retry")

    assert (await desk.end(stuck)).status == "done"


async def test_the_record_names_who_did_each_step_and_by_which_authority(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "hold")
    begun = await caller.refund(wait_s=0.1)
    while not any(seen["fault"] == "hold" for seen in await shop.log()):
        pass
    ana = desk.person("agent", name="ana")
    await ana.say(begun, "take_over")
    await shop.mend()
    await desk.later(begun, "handed_off")

    await ana.say(begun, "retry")
    await desk.end(begun)

    after = await events(ana, begun)
    assert {event["actor"]["id"] for event in after if event["type"] in ("intent", "closed")} == {"ana"}
    marked = [event for event in after if event["type"] == "receipt" and event["step"] == "mark_order"]
    assert [event["actor"]["kind"] for event in marked] == ["ai"]
    [command] = [event for event in after if event["body"].get("command") == "take_over"]
    assert "work:own" in command["authority"]["scopes"]
    assert all("work:own" in event["authority"]["scopes"] for event in after if event["type"] == "intent")
