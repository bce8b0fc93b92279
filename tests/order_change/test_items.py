"""Changing units of an open order: once, same variant rules as an exchange, settled at once."""

import pytest

from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.order_change.store import (
    alike,
    back,
    books_agree,
    changed,
    cheaper,
    dearer,
    order,
    paid,
    prices,
    sell,
    sold_out,
    writes,
)
from tests.order_change.test_exchange import swap


@pytest.mark.parametrize(("pick", "price"), [(dearer, 4_500), (cheaper, 3_500), (alike, 4_000)])
async def test_a_unit_becomes_another_variant_and_the_difference_is_settled(
    desk: Desk, shop: Shop, pick: object, price: int
) -> None:
    assert callable(pick)
    sold = await sell(shop)
    caller, card, line = await desk.caller(sold), sold.instruments[0], sold.lines[0]

    answer = await changed(caller, "change_items", order_id=sold.id, items=[swap(line, pick(line))], instrument_id=card)

    assert answer.status == "done"
    assert await prices(shop, sold) == [price, 2_000]
    charged, refunded = sum(m for _, m in await paid(shop, sold)), sum(m for _, m in await back(shop, sold))
    assert charged - refunded == price + 2_000
    assert await books_agree(shop)


async def test_items_are_changed_once_only(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller, (line, other) = await desk.caller(sold), sold.lines
    await changed(caller, "change_items", order_id=sold.id, items=[swap(line, alike(line))])

    answer = await changed(caller, "change_items", order_id=sold.id, items=[swap(other, alike(other))])

    assert rule(answer) == "order_change.changed_once"


@pytest.mark.parametrize("status", ["shipped", "delivered", "cancelled"])
async def test_only_an_open_orders_items_are_changed(desk: Desk, shop: Shop, status: str) -> None:
    sold = await sell(shop, status=status)
    caller, line = await desk.caller(sold), sold.lines[0]

    answer = await changed(caller, "change_items", order_id=sold.id, items=[swap(line, alike(line))])

    assert rule(answer) == "order_change.status"


async def test_what_sold_out_before_the_yes_is_told_and_not_taken(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller, line = await desk.caller(sold), sold.lines[0]
    arguments = {"order_id": sold.id, "items": [swap(line, alike(line))]}
    asked = await caller.call("change_items", arguments)
    document = await shop.state()
    for product in document["products"]:
        for variant in product["variants"]:
            variant["available"] = variant["available"] and variant["id"] != alike(line)
    await shop.admin("PUT", "dataset", document)

    answer = await caller.call("change_items", arguments, confirm=asked.digest)

    assert answer.status == "needs_input"
    assert "not available" in answer.say
    assert await shop.state() == document


async def test_a_price_that_moved_before_the_yes_is_asked_anew(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller, line, card = await desk.caller(sold), sold.lines[0], sold.instruments[0]
    arguments = {"order_id": sold.id, "items": [swap(line, dearer(line))], "instrument_id": card}
    asked = await caller.call("change_items", arguments)
    document = await shop.state()
    for product in document["products"]:
        for variant in product["variants"]:
            if variant["id"] == dearer(line):
                variant["price"]["minor"] = 4_900
    await shop.admin("PUT", "dataset", document)

    again = await caller.call("change_items", arguments, confirm=asked.digest)
    done = await caller.call("change_items", arguments, confirm=again.digest)

    assert again.status == "needs_confirmation"
    assert "9.00 EUR" in again.say
    assert done.status == "done"
    assert await paid(shop, sold) == [(card, 6_000), (card, 900)]
    assert await books_agree(shop)


async def test_a_charge_that_is_refused_leaves_the_order_as_it_was(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    before = await order(shop, sold)
    caller, line = await desk.caller(sold), sold.lines[0]
    await shop.fault("charge", "refuse", code="card_declined", message="The bank says no.")

    asked = await changed(
        caller, "change_items", order_id=sold.id, items=[swap(line, dearer(line))], instrument_id=sold.instruments[0]
    )
    answer = await desk.end(asked)

    assert answer.status == "undone"
    assert {**await order(shop, sold), "changes": []} == before
    assert await writes(shop) == ["open_case", "put_change", "charge", "revert_change", "update_case"]
    assert await books_agree(shop)


async def test_a_sold_out_variant_is_not_given(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller, line = await desk.caller(sold), sold.lines[0]

    answer = await caller.call("change_items", {"order_id": sold.id, "items": [swap(line, sold_out(line))]})

    assert answer.status == "needs_input"
