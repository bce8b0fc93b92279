"""The caller takes his request back: all is undone until money moves, and nothing after."""

import pytest

from tests.desk.busy import at_a_busy_system
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import A_REFUND, Shop


@pytest.mark.parametrize("door", DOORS)
async def test_a_request_that_waits_is_withdrawn_without_a_trace_in_the_systems(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)
    asked = await caller.refund(4_000)

    await caller.say(asked, "withdraw", reason="changed my mind")
    answer = await desk.end(asked)

    assert (answer.status, rule(answer)) == ("undone", "caller.withdrew")
    assert await shop.writes() == []


async def test_what_was_begun_is_undone_and_the_limits_are_free_again(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=700)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)

    await caller.say(begun, "withdraw")
    answer = await desk.end(begun)

    assert (answer.status, rule(answer)) == ("undone", "caller.withdrew")
    assert await shop.writes() == ["open_case", "set_mark", "clear_mark", "update_case"]
    assert (await shop.cases(order), await shop.marks(order)) == (["withdrawn"], 0)
    anew = await caller.refund(request_id=f"anew-{order.id}")
    assert anew.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 2_000)]


async def test_withdrawn_while_a_step_keeps_failing_it_is_not_tried_again(desk: Desk, shop: Shop) -> None:
    """The next try would be in an hour."""
    order, caller, begun = await at_a_busy_system(desk)

    await caller.say(begun, "withdraw")
    answer = await desk.end(begun)

    assert (answer.status, rule(answer)) == ("undone", "caller.withdrew")
    assert (await shop.cases(order), await shop.refunded(order)) == (["withdrawn"], [])


async def test_withdrawing_from_a_gate_closes_the_gate(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    waiting = await caller.refund_confirmed(24_800)
    supervisor = desk.person("supervisor")
    digest = (await supervisor.gate(waiting))["digest"]

    await caller.say(waiting, "withdraw")
    answer = await desk.end(waiting)

    assert answer.status == "undone"
    assert (await refusal(supervisor.decide(waiting, digest=digest))).status == 409
    assert await shop.writes() == []


async def test_once_money_is_on_its_way_it_is_too_late(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.settings(settle_after_s=3_600)
    caller = await desk.caller(order)
    sent = await caller.refund(1_200, wait_s=2)
    await desk.until(sent, lambda now: "being settled" in now.say)

    refused = await refusal(caller.say(sent, "withdraw"))

    assert (refused.status, refused.rule) == (409, "withdraw.too_late")
    assert f"{sent.reference}: 12.00 EUR on order {order.id} is on its way back" in refused.body["detail"]
    assert "withdraw" not in (await caller.again()).next


async def test_a_request_that_is_done_cannot_be_withdrawn(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    done = await caller.refund(1_200)

    refused = await refusal(caller.say(done, "withdraw"))

    assert (refused.status, refused.rule) == (409, "run.closed")
    assert await shop.writes() == A_REFUND
