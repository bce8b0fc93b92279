"""Cancelling: open and unchanged only, for a reason of the policy, each capture back to what paid it."""

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.order_change.store import CANCELLED, back, books_agree, changed, dearer, order, sell, writes

WANTED = {"reason": "no_longer_needed"}


@pytest.mark.parametrize("door", DOORS)
async def test_a_confirmed_cancellation_gives_everything_back(desk: Desk, shop: Shop, door: str) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold, door=door)

    answer = await changed(caller, "cancel_order", order_id=sold.id, **WANTED)

    assert (answer.status, answer.terminal) == ("done", True)
    assert (await order(shop, sold))["status"] == "cancelled"
    assert await back(shop, sold) == [(sold.instruments[0], 6_000)]
    assert await writes(shop) == CANCELLED
    assert await shop.cases(sold) == ["resolved"]
    assert answer.reference in (await shop.notes(sold))[0]
    assert await books_agree(shop)


async def test_nothing_happens_before_the_exact_effect_is_confirmed(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    for kind in ("ai", "human"):
        caller = await desk.caller(sold, kind=kind)
        before = await shop.state()

        asked = await caller.call("cancel_order", {"order_id": sold.id, **WANTED})
        again = await caller.call("cancel_order", {"order_id": sold.id, **WANTED}, confirm="sha256:" + "0" * 32)

        assert asked.status == again.status == "needs_confirmation"
        assert "60.00 EUR" in asked.say
        assert await shop.state() == before


async def test_each_capture_goes_back_to_its_instrument_and_the_days_are_told(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, tenders=[("card", 3_500), ("stored_value", 2_500)])
    card, gift = sold.instruments
    caller = await desk.caller(sold)

    answer = await changed(caller, "cancel_order", order_id=sold.id, **WANTED)

    assert answer.status == "done"
    assert await back(shop, sold) == [(card, 3_500), (gift, 2_500)]
    assert await shop.balance(gift) == 2_500
    assert f"35.00 EUR to card {card} within 7 business days" in answer.say
    assert f"25.00 EUR to stored value {gift} at once" in answer.say
    assert await books_agree(shop)


@pytest.mark.parametrize("status", ["shipped", "delivered", "cancelled"])
async def test_only_an_open_order_is_cancelled(desk: Desk, shop: Shop, status: str) -> None:
    sold = await sell(shop, status=status)
    caller = await desk.caller(sold)
    before = await shop.state()

    answer = await changed(caller, "cancel_order", order_id=sold.id, **WANTED)

    assert rule(answer) == "order_change.status"
    assert await shop.state() == before


async def test_after_its_items_were_changed_an_order_is_not_cancelled(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    items = [{"line_id": sold.lines[0], "variant_id": dearer(sold.lines[0])}]
    done = await changed(caller, "change_items", order_id=sold.id, items=items, instrument_id=sold.instruments[0])
    assert done.status == "done", done

    answer = await changed(caller, "cancel_order", order_id=sold.id, **WANTED)

    assert rule(answer) == "order_change.changed_once"
    assert (await order(shop, sold))["status"] == "open"


async def test_the_reason_must_be_one_of_the_policy(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)

    answer = await caller.call("cancel_order", {"order_id": sold.id, "reason": "found_it_cheaper"})

    assert answer.status == "needs_input"
    assert [(m.field, m.options) for m in answer.missing] == [("reason", ["no_longer_needed", "ordered_by_mistake"])]


async def test_a_refusal_by_billing_opens_the_order_again(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    before = await order(shop, sold)
    caller = await desk.caller(sold)
    await shop.fault("refund", "refuse", code="charge_disputed", message="The charge is disputed.")

    answer = await desk.end(await changed(caller, "cancel_order", order_id=sold.id, **WANTED))

    assert answer.status == "undone"
    now = await order(shop, sold)
    assert {**now, "changes": []} == before
    assert [change["status"] for change in now["changes"]] == ["reverted"]
    assert await back(shop, sold) == []
    assert await shop.cases(sold) == ["withdrawn"]
    assert await books_agree(shop)


async def test_after_an_undone_cancellation_another_one_may_succeed(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    await shop.fault("refund", "refuse", code="charge_disputed", message="The charge is disputed.")
    await desk.end(await changed(caller, "cancel_order", order_id=sold.id, **WANTED))

    answer = await changed(await desk.caller(sold), "cancel_order", order_id=sold.id, **WANTED)

    assert answer.status == "done"
    assert await back(shop, sold) == [(sold.instruments[0], 6_000)]
    assert await books_agree(shop)
