"""Paying an open order otherwise: from the one instrument that paid to another of that customer that covers it."""

import pytest

from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.order_change.store import back, books_agree, changed, dearer, order, paid, sell, writes
from tests.order_change.test_exchange import swap


async def test_the_new_instrument_is_charged_and_the_old_one_paid_back(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, gift=6_000)
    caller, card, gift = await desk.caller(sold), sold.instruments[0], sold.gift_card

    answer = await changed(caller, "change_payment", order_id=sold.id, instrument_id=gift)

    assert answer.status == "done"
    assert await paid(shop, sold) == [(card, 6_000), (gift, 6_000)]
    assert await back(shop, sold) == [(card, 6_000)]
    assert await shop.balance(gift) == 0
    assert await writes(shop) == ["open_case", "put_change", "charge", "refund", "add_note", "update_case"]
    assert await books_agree(shop)


async def test_stored_value_must_cover_the_whole_order(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, gift=5_999)
    caller = await desk.caller(sold)

    answer = await caller.call("change_payment", {"order_id": sold.id, "instrument_id": sold.gift_card})

    assert answer.status == "needs_input"
    assert "does not cover 60.00 EUR" in answer.say


async def test_an_order_that_two_instruments_paid_is_not_paid_otherwise(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, tenders=[("card", 3_000), ("wallet", 3_000)], gift=6_000)
    caller = await desk.caller(sold)

    answer = await changed(caller, "change_payment", order_id=sold.id, instrument_id=sold.gift_card)

    assert rule(answer) == "order_change.one_instrument"


async def test_neither_the_same_nor_a_strangers_instrument_is_taken(desk: Desk, shop: Shop) -> None:
    stranger = await sell(shop)
    sold = await sell(shop, gift=6_000)
    caller = await desk.caller(sold)

    for instrument in (sold.instruments[0], stranger.instruments[0]):
        answer = await caller.call("change_payment", {"order_id": sold.id, "instrument_id": instrument})
        assert answer.status == "needs_input"
        assert answer.missing[0].options == [sold.gift_card]


@pytest.mark.parametrize("status", ["shipped", "delivered", "cancelled"])
async def test_only_an_open_order_is_paid_otherwise(desk: Desk, shop: Shop, status: str) -> None:
    sold = await sell(shop, status=status, gift=6_000)
    caller = await desk.caller(sold)

    answer = await changed(caller, "change_payment", order_id=sold.id, instrument_id=sold.gift_card)

    assert rule(answer) == "order_change.status"


async def test_after_its_items_were_changed_an_order_keeps_its_payment(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, gift=9_000)
    caller, line = await desk.caller(sold), sold.lines[0]
    items = [swap(line, dearer(line))]
    await changed(caller, "change_items", order_id=sold.id, items=items, instrument_id=sold.instruments[0])

    answer = await changed(caller, "change_payment", order_id=sold.id, instrument_id=sold.gift_card)

    assert rule(answer) == "order_change.changed_once"


async def test_a_cancellation_afterwards_pays_back_to_the_new_instrument(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, gift=6_000)
    caller = await desk.caller(sold)
    await changed(caller, "change_payment", order_id=sold.id, instrument_id=sold.gift_card)

    answer = await changed(caller, "cancel_order", order_id=sold.id, reason="no_longer_needed")

    assert answer.status == "done"
    assert await shop.balance(sold.gift_card) == 6_000
    assert await back(shop, sold) == [(sold.instruments[0], 6_000), (sold.gift_card, 6_000)]
    assert await books_agree(shop)


async def test_a_refund_that_is_refused_voids_the_charge(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, gift=6_000)
    before = await order(shop, sold)
    caller = await desk.caller(sold)
    await shop.fault("refund", "refuse", code="charge_disputed", message="The charge is disputed.")

    answer = await desk.end(await changed(caller, "change_payment", order_id=sold.id, instrument_id=sold.gift_card))

    assert answer.status == "undone"
    assert {**await order(shop, sold), "changes": []} == before
    assert await shop.balance(sold.gift_card) == 6_000
    assert await writes(shop) == [
        "open_case", "put_change", "charge", "refund", "void_charge", "revert_change", "update_case",
    ]  # fmt: skip
    assert await books_agree(shop)
