"""Exchanging: delivered units for available variants of the same product, the difference with one instrument."""

import pytest

from tests.desk.desk import Desk
from tests.desk.refusals import refusal, rule
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
    sell,
    sold_out,
    writes,
)


def swap(line: str, variant: str) -> dict[str, str]:
    return {"line_id": line, "variant_id": variant}


async def test_a_dearer_variant_is_charged_for_with_one_instrument(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, card, line = await desk.caller(sold), sold.instruments[0], sold.lines[0]

    answer = await changed(
        caller, "exchange_items", order_id=sold.id, items=[swap(line, dearer(line))], instrument_id=card
    )

    assert answer.status == "done"
    [request] = (await order(shop, sold))["requests"]
    assert (request["kind"], request["line_ids"]) == ("exchange", [line])
    assert [(r["line_id"], r["variant_id"], r["price"]["minor"]) for r in request["replacements"]] == [
        (line, dearer(line), 4_500)
    ]
    assert await paid(shop, sold) == [(card, 6_000), (card, 500)]
    assert await writes(shop) == ["open_case", "put_request", "charge", "add_note", "update_case"]
    assert await books_agree(shop)


async def test_a_cheaper_variant_pays_back_to_what_paid(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, card, line = await desk.caller(sold), sold.instruments[0], sold.lines[0]

    answer = await changed(
        caller, "exchange_items", order_id=sold.id, items=[swap(line, cheaper(line))], instrument_id=card
    )

    assert answer.status == "done"
    assert await back(shop, sold) == [(card, 500)]
    assert await books_agree(shop)


async def test_a_cheaper_variant_may_pay_back_to_stored_value(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered", gift=100)
    caller, line = await desk.caller(sold), sold.lines[0]

    answer = await changed(
        caller, "exchange_items", order_id=sold.id, items=[swap(line, cheaper(line))], instrument_id=sold.gift_card
    )

    assert answer.status == "done"
    assert await shop.balance(sold.gift_card) == 600
    assert await books_agree(shop)


async def test_without_a_difference_no_money_and_no_instrument_is_needed(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, (one, two) = await desk.caller(sold), sold.lines

    answer = await changed(
        caller, "exchange_items", order_id=sold.id, items=[swap(one, dearer(one)), swap(two, cheaper(two))]
    )

    assert answer.status == "done"
    assert await paid(shop, sold) == [(sold.instruments[0], 6_000)]
    assert await back(shop, sold) == []
    assert await books_agree(shop)


async def test_a_difference_asks_for_an_instrument_of_the_customer(desk: Desk, shop: Shop) -> None:
    stranger = await sell(shop, status="delivered")
    sold = await sell(shop, status="delivered")
    caller, line = await desk.caller(sold), sold.lines[0]

    for instrument in ("", stranger.instruments[0]):
        answer = await caller.call(
            "exchange_items",
            {"order_id": sold.id, "items": [swap(line, dearer(line))], "instrument_id": instrument},
        )
        assert answer.status == "needs_input"
        [missing] = answer.missing
        assert (missing.field, sorted(missing.options)) == ("instrument_id", [sold.instruments[0], sold.gift_card])


@pytest.mark.parametrize(("holds", "status"), [(499, "needs_input"), (500, "needs_confirmation")])
async def test_stored_value_must_cover_the_difference(desk: Desk, shop: Shop, holds: int, status: str) -> None:
    sold = await sell(shop, status="delivered", gift=holds)
    caller, line = await desk.caller(sold), sold.lines[0]

    answer = await caller.call(
        "exchange_items",
        {"order_id": sold.id, "items": [swap(line, dearer(line))], "instrument_id": sold.gift_card},
    )

    assert answer.status == status
    if answer.missing:
        assert answer.missing[0].options == [sold.instruments[0]]


async def test_only_available_other_variants_of_the_same_product_are_given(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, (line, other) = await desk.caller(sold), sold.lines
    before = await shop.state()

    for variant in (sold_out(line), f"V-{line}", dearer(other), "V-nowhere"):
        answer = await caller.call("exchange_items", {"order_id": sold.id, "items": [swap(line, variant)]})
        assert (answer.status, [m.field for m in answer.missing]) == ("needs_input", ["items"])
        assert [option.partition(":")[0] for option in answer.missing[0].options] == [
            dearer(line),
            cheaper(line),
            alike(line),
        ]
    assert await shop.state() == before


async def test_a_unit_gets_one_replacement(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, line = await desk.caller(sold), sold.lines[0]

    problem = await refusal(
        caller.call(
            "exchange_items", {"order_id": sold.id, "items": [swap(line, dearer(line)), swap(line, alike(line))]}
        )
    )

    assert problem.status == 422


async def test_what_was_not_delivered_is_not_exchanged(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="open")
    caller, line = await desk.caller(sold), sold.lines[0]

    answer = await changed(caller, "exchange_items", order_id=sold.id, items=[swap(line, alike(line))])

    assert rule(answer) == "order_change.status"


async def test_after_an_exchange_no_other_request_is_opened(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, (line, other) = await desk.caller(sold), sold.lines
    await changed(caller, "exchange_items", order_id=sold.id, items=[swap(line, alike(line))])

    again = await changed(caller, "exchange_items", order_id=sold.id, items=[swap(other, alike(other))])
    back_too = await changed(caller, "return_items", order_id=sold.id, lines=[other])

    assert rule(again) == rule(back_too) == "order_change.one_request"


async def test_a_charge_that_is_refused_withdraws_the_exchange(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop, status="delivered")
    caller, line = await desk.caller(sold), sold.lines[0]
    await shop.fault("charge", "refuse", code="card_declined", message="The bank says no.")

    answer = await desk.end(
        await changed(
            caller, "exchange_items", order_id=sold.id, items=[swap(line, dearer(line))],
            instrument_id=sold.instruments[0],
        )
    )  # fmt: skip

    assert answer.status == "undone"
    assert "card declined" in answer.say
    assert [r["status"] for r in (await order(shop, sold))["requests"]] == ["withdrawn"]
    assert await paid(shop, sold) == [(sold.instruments[0], 6_000)]
    assert await books_agree(shop)
