"""Accepted is not settled: the run watches until the money has arrived, by asking or by being told."""

import pytest

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.house import WEBHOOK_SECRET
from tests.desk.shop import Shop


async def test_a_refund_that_settles_later_is_done_when_it_has_settled(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.settings(settle_after_s=0.3)
    caller = await desk.caller(order)

    first = await caller.refund(1_200, wait_s=0.5)
    settling = await desk.until(first, lambda now: "being settled" in now.say)
    await desk.skip(settling, seconds=3)
    ended = await desk.end(settling)

    assert (settling.status, ended.status) == ("accepted", "done")
    assert ended.result
    assert [refund["state"] for refund in ended.result["refunds"]] == ["settled"]
    assert await shop.balanced()


async def test_the_payment_systems_event_ends_the_wait_at_once(desk: Desk, shop: Shop, order: Sold) -> None:
    webhook = {"url": f"{desk.house.url}/v1/events/simulator", "secret": WEBHOOK_SECRET, "copies": 2}
    await shop.settings(settle_after_s=0.3, webhook=webhook)
    caller = await desk.caller(order)

    ended = await desk.end(await caller.refund(1_200, wait_s=0.5))

    assert ended.status == "done"
    history = await desk.handle(ended).fetch_history()
    kinds = [event.WhichOneof("attributes") for event in history.events]
    assert "workflow_execution_signaled_event_attributes" in kinds
    assert "timer_fired_event_attributes" not in kinds


async def test_an_event_with_a_wrong_signature_is_refused(desk: Desk) -> None:
    body = b'{"id": "evt-1", "type": "refund.settled", "data": {}}'
    headers = {"Simulator-Signature": "t=1,v1=00", "Content-Type": "application/json"}

    reply = await desk.http.http.post("/v1/events/simulator", content=body, headers=headers)

    assert reply.status_code in (401, 403)


@pytest.mark.parametrize("action", ["retry", "skip"])
async def test_a_refund_that_fails_at_settlement_is_a_persons_work(
    desk: Desk, shop: Shop, order: Sold, action: str
) -> None:
    await shop.settings(settle_fails=True)
    caller = await desk.caller(order)
    first = await caller.refund(1_200, wait_s=0.5)
    await desk.until(first, lambda now: "being settled" in now.say)
    await desk.skip(first, seconds=3)
    failed = await desk.later(first, "handed_off")
    assert await shop.refunded(order) == []
    await shop.settings(settle_fails=False)

    await desk.person("agent", name="ana").say(failed, "retry", action=action, reason="by hand")
    if action == "skip":
        await desk.person("agent", name="ben").say(failed, "retry", action=action, reason="by hand")
    ended = await desk.end(failed)

    assert ended.status == "done"
    assert await shop.refunded(order) == ([(order.instruments[0], 1_200)] if action == "retry" else [])
    assert await shop.balanced()
