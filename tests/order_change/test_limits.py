"""How much, and how often, over all of a customer's orders and an agent's calls: counted once, and given back."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.order_change.store import ELSEWHERE, back, books_agree, changed, order, sell, writes
from tests.policies.annex import annexed
from tests.policies.used import spend, used

CANCEL = {"reason": "no_longer_needed"}


def money(sold: Sold) -> str:
    return f"order_change:customer_day:customer:{sold.customer}"


def cancellations(sold: Sold) -> str:
    return f"order_change:cancellations_day:customer:{sold.customer}:times"


async def test_what_leaves_for_one_customer_in_a_day_has_a_sum_over_all_his_orders(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    await spend(desk, money(sold), 1_994_001)

    denied = await changed(await desk.caller(sold), "cancel_order", order_id=sold.id, **CANCEL)

    assert (denied.status, rule(denied)) == ("denied", "order_change.customer_day")
    assert "59.99 EUR is left" in denied.say
    assert "60.00 EUR" in denied.say
    assert await writes(shop) == []
    assert await used(desk, money(sold)) == (1, 1_994_001)


async def test_two_at_once_that_exceed_a_limit_only_together_one_is_carried_out(desk: Desk, shop: Shop) -> None:
    first = await sell(shop)
    second = await sell(shop, to=first)
    await spend(desk, money(first), 1_990_000)

    callers = [(await desk.caller(sold), sold) for sold in (first, second)]
    answers = await asyncio.gather(
        *(changed(caller, "cancel_order", order_id=sold.id, **CANCEL) for caller, sold in callers)
    )
    ends = [await desk.end(answer) for answer in answers]

    assert sorted(str(end.status) for end in ends) == ["denied", "done"]
    assert [rule(end) for end in ends if end.status == "denied"] == ["order_change.customer_day"]
    assert len(await back(shop, first)) + len(await back(shop, second)) == 1
    assert await used(desk, money(first)) == (2, 1_996_000)
    assert await books_agree(shop)


async def test_the_thirteenth_cancellation_of_a_day_is_denied_and_another_kind_of_change_is_not(
    desk: Desk, shop: Shop
) -> None:
    sold = await sell(shop)
    await spend(desk, cancellations(sold), times=12)
    caller = await desk.caller(sold)

    denied = await changed(caller, "cancel_order", order_id=sold.id, **CANCEL)
    moved = await changed(caller, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    assert rule(denied) == "order_change.cancellations_day"
    assert "at most 12" in denied.say
    assert (await order(shop, sold))["status"] == "open"
    assert moved.status == "done"


async def test_what_was_cancelled_yesterday_no_longer_counts(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    await spend(desk, cancellations(sold), times=12, ago=timedelta(hours=24, minutes=1))

    assert (await changed(await desk.caller(sold), "cancel_order", order_id=sold.id, **CANCEL)).status == "done"
    assert await used(desk, cancellations(sold)) == (13, 0)


async def test_a_change_that_is_taken_back_gives_back_what_it_had_reserved(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    await shop.fault("put_change", "refuse", code="not_today", message="Not today.")

    undone = await desk.end(await changed(await desk.caller(sold), "cancel_order", order_id=sold.id, **CANCEL))

    assert undone.status == "undone"
    assert await used(desk, money(sold)) == (0, 0)
    assert await used(desk, cancellations(sold)) == (0, 0)


async def test_the_same_request_again_and_a_lost_answer_count_once(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    await shop.fault("refund", "lost_answer")

    answers = [await changed(caller, "cancel_order", order_id=sold.id, **CANCEL) for _ in range(3)]
    await desk.end(answers[0])

    assert len({answer.reference for answer in answers}) == 1
    assert await used(desk, money(sold)) == (1, 6_000)
    assert await used(desk, cancellations(sold)) == (1, 0)


async def test_a_worker_that_starts_anew_neither_loses_nor_doubles_what_is_reserved(
    desk: Desk, shop: Shop, temporal_address: str, tmp_path: Path
) -> None:
    """The next one takes the run from its history alone, while its money waits to be sent."""
    sold = await sell(shop)
    async with annexed(desk, temporal_address, tmp_path, working=False) as annex:
        async with annex.house.worker():
            caller = await annex.caller(sold)
            asked = await caller.call("cancel_order", {"order_id": sold.id, **CANCEL})
            await shop.fault("refund", "error_before", times=None)
            running = await caller.call(
                "cancel_order", {"order_id": sold.id, **CANCEL}, confirm=asked.digest, wait_s=0.2
            )
            await annex.until(running, lambda now: "on its way" in now.say)
            while "refund" not in await writes(shop):
                pass
        held = await used(annex, money(sold))
        await shop.mend()
        async with annex.house.worker():
            answer = await annex.end(running)

        assert held == (1, 6_000)
        assert answer.status == "done"
        assert await used(annex, money(sold)) == (1, 6_000)
        assert await back(shop, sold) == [(sold.instruments[0], 6_000)]


async def test_one_agent_has_one_sum_an_hour_over_all_customers(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    await spend(desk, "order_change:ai_agent_hour:agent:ai:busy", 24_999_000)
    busy, idle = await desk.caller(sold, agent="busy"), await desk.caller(sold, agent="idle")

    denied = await changed(busy, "cancel_order", order_id=sold.id, **CANCEL)
    done = await changed(idle, "cancel_order", order_id=sold.id, **CANCEL)

    assert rule(denied) == "order_change.ai_agent_hour"
    assert done.status == "done"


async def test_an_order_that_is_only_paid_otherwise_uses_up_no_money(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, gift=10_000)
    caller = await desk.caller(sold)

    done = await changed(caller, "change_payment", order_id=sold.id, instrument_id=sold.gift_card)

    assert done.status == "done"
    assert await used(desk, money(sold)) == (0, 0)
    assert await used(desk, f"{money(sold)}:times") == (1, 0)
