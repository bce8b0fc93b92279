"""Returning: delivered units, to what paid or to stored value of that customer, with a return authorisation."""

import pytest

from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.order_change.store import back, books_agree, changed, order, sell, writes


async def test_a_unit_comes_back_and_its_price_goes_to_what_paid(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller = await desk.caller(sold)

    answer = await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[1]])

    assert answer.status == "done"
    [request] = (await order(shop, sold))["requests"]
    assert (request["kind"], request["status"], request["line_ids"]) == ("return", "open", [sold.lines[1]])
    assert (answer.result or {})["request_id"] == request["id"]
    assert await back(shop, sold) == [(sold.instruments[0], 2_000)]
    assert await writes(shop) == ["open_case", "put_request", "refund", "add_note", "update_case"]
    assert await books_agree(shop)


async def test_the_money_may_go_to_stored_value_of_that_customer_at_once(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered", gift=500)
    caller = await desk.caller(sold)

    answer = await changed(
        caller, "return_items", order_id=sold.id, lines=[sold.lines[1]], instrument_id=sold.gift_card
    )

    assert answer.status == "done"
    assert "at once" in answer.say
    assert await shop.balance(sold.gift_card) == 2_500
    assert await books_agree(shop)


async def test_another_customers_instrument_and_another_card_get_nothing(desk: Desk, shop: Shop) -> None:
    stranger = await sell(shop, status="delivered")
    sold = await sell(shop, status="delivered")
    other = await sell(shop, status="delivered", to=sold)
    caller = await desk.caller(sold)
    before = await shop.state()

    for instrument in (stranger.gift_card, other.instruments[0]):
        answer = await caller.call(
            "return_items", {"order_id": sold.id, "lines": [sold.lines[0]], "instrument_id": instrument}
        )
        assert answer.status == "needs_input"
        assert [(m.field, m.options) for m in answer.missing] == [("instrument_id", [sold.gift_card])]
    assert await shop.state() == before


@pytest.mark.parametrize("status", ["open", "shipped", "cancelled"])
async def test_only_what_was_delivered_comes_back(desk: Desk, shop: Shop, status: str) -> None:
    sold = await sell(shop, status=status)
    caller = await desk.caller(sold)

    answer = await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[0]])

    assert rule(answer) == "order_change.status"


async def test_only_units_of_that_order_come_back(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller = await desk.caller(sold)

    answer = await changed(caller, "return_items", order_id=sold.id, lines=["A-9-1"])

    assert answer.status == "needs_input"
    assert [(m.field, m.options) for m in answer.missing] == [("lines", sold.lines)]


async def test_an_order_has_one_after_sales_request_only(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller = await desk.caller(sold)
    await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[0]])

    answer = await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[1]])

    assert rule(answer) == "order_change.one_request"
    assert await back(shop, sold) == [(sold.instruments[0], 4_000)]


async def test_a_unit_that_was_refunded_does_not_come_back_for_money(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller = await desk.caller(sold)
    await caller.refund_confirmed(lines=[sold.lines[1]])

    answer = await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[1]])

    assert rule(answer) == "order_change.line_once"
    assert await back(shop, sold) == [(sold.instruments[0], 2_000)]


async def test_no_more_goes_back_than_is_left_of_what_was_paid(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    await shop.refund_elsewhere(sold, 3_000)
    caller = await desk.caller(sold)

    answer = await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[0]])

    assert rule(answer) == "order_change.above_captured"


async def test_a_refusal_by_billing_withdraws_the_return(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller = await desk.caller(sold)
    await shop.fault("refund", "refuse", code="charge_disputed", message="The charge is disputed.")

    answer = await desk.end(await changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[0]]))

    assert answer.status == "undone"
    assert [r["status"] for r in (await order(shop, sold))["requests"]] == ["withdrawn"]
    assert await back(shop, sold) == []
    assert await books_agree(shop)
