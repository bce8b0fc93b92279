"""A person takes a run over: the agent's next write does not happen, and the person goes on or hands it back."""

from typing import Any

import pytest

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import A_REFUND, Shop


async def test_the_agents_next_write_does_not_happen_after_a_takeover(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=700)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)

    await desk.person("agent", name="ana").say(begun, "take_over", reason="the caller is upset")
    held = await desk.until(begun, lambda now: now.status == "handed_off")

    assert await shop.writes() == ["open_case", "set_mark"]
    assert "hand_back" in held.next
    assert await shop.refunded(order) == []


async def test_the_person_goes_on_and_the_end_is_the_same(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("open_case", "slow", delay_ms=500)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)
    person = desk.person("agent", name="ana")
    await person.say(begun, "take_over")
    await desk.until(begun, lambda now: now.status == "handed_off")

    await person.say(begun, "retry")
    answer = await desk.end(begun)

    assert answer.status == "done"
    assert await shop.writes() == A_REFUND
    assert await shop.refunded(order) == [(order.instruments[0], 2_000)]


async def test_handed_back_the_agent_is_told_what_the_person_decided(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    person = desk.person("agent", name="ana")
    await person.say(asked, "take_over")
    assert (await caller.again()).status == "handed_off"

    await person.say(asked, "hand_back", decision="go on", message_for_caller="We are sorry for the wait.")
    back = await desk.until(asked, lambda now: now.status == "needs_confirmation")

    assert back.result is not None
    assert back.result["returned"]["message_for_caller"] == "We are sorry for the wait."
    assert (await caller.confirm(back)).status == "done"


async def test_while_a_person_holds_it_an_agent_may_only_look(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    await desk.person("agent", name="ana").say(asked, "take_over")

    tried: dict[str, dict[str, Any]] = {
        "confirm": {"digest": asked.digest}, "withdraw": {}, "amend": {"arguments": {"x": 1}}, "note": {"text": "Hm."},
    }  # fmt: skip
    for command, body in tried.items():
        refused = await refusal(caller.say(asked, command, **body))
        assert (refused.status, refused.rule) == (409, "owner.person")
    assert (await caller.confirm(asked)).status == "handed_off"
    assert await shop.writes() == []


async def test_only_one_person_holds_it(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    await ana.say(asked, "take_over")

    assert (await refusal(ben.say(asked, "take_over"))).rule == "owner.held"
    assert (await refusal(ben.say(asked, "hand_back"))).rule == "owner.not_holder"
    assert (await ana.packet(asked))["owner"] == "ana"


async def test_a_person_acts_with_his_own_authority(desk: Desk, shop: Shop, order: Sold) -> None:
    """120.00 needs an approval when an AI asks, and none when a person does."""
    caller = await desk.caller(order)
    gated = await caller.refund_confirmed(12_000)
    assert gated.status == "needs_approval"
    person = desk.person("agent", name="ana")

    await person.say(gated, "take_over")
    await desk.until(gated, lambda now: now.status == "handed_off")
    await person.say(gated, "retry")
    answer = await desk.end(gated)

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 12_000)]


async def test_an_agent_cannot_take_over(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    assert (await refusal(caller.say(asked, "take_over"))).status == 403


@pytest.mark.parametrize("command", ["hand_back", "retry"])
async def test_what_nobody_took_over_is_not_handed_back(desk: Desk, shop: Shop, order: Sold, command: str) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    assert (await refusal(desk.person("agent").say(asked, command))).status == 409
