"""A refund that the rules allow: done, and read back, within one tool call."""

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.shop import A_REFUND, Shop


@pytest.mark.parametrize("door", DOORS)
async def test_a_small_refund_is_done_and_read_back_within_one_call(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)

    answer = await caller.refund(lines=[order.lines[0]])

    assert (answer.status, answer.terminal) == ("done", True)
    assert "12.00 EUR" in answer.say
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    assert await shop.writes() == A_REFUND
    assert await shop.cases(order) == ["resolved"]
    assert await shop.balanced()


async def test_the_result_names_what_billing_has_on_record(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answer = await caller.refund(1_500)

    assert answer.result
    assert answer.result["amount"] == {"minor": 1_500, "currency": "EUR"}
    [refund] = answer.result["refunds"]
    [on_record] = (await shop.state())["refunds"]
    assert (refund["id"], refund["state"]) == (on_record["id"], "settled")
    assert on_record["reference"].startswith(f"default:{answer.reference}/send_refund/")


async def test_the_customers_record_tells_of_the_refund(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answer = await caller.refund(1_500, reason="arrived_late")

    [note] = await shop.notes(order)
    assert "15.00 EUR" in note
    assert "arrived_late" in note
    assert answer.reference in note


async def test_without_lines_and_amount_all_that_is_left_goes_back(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(1_000, 1_200)
    await shop.refund_elsewhere(order, 700)
    caller = await desk.caller(order)

    answer = await caller.refund()

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 700), (order.instruments[0], 1_500)]


async def test_two_tenders_are_refunded_in_the_policys_order(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_400, tenders=[("stored_value", 1_000), ("wallet", 600), ("card", 800)])
    gift, wallet, card = order.instruments
    caller = await desk.caller(order)

    answer = await caller.refund(1_700)

    assert answer.status == "done"
    assert await shop.refunded(order) == [(card, 800), (wallet, 600), (gift, 300)]
    assert await shop.balance(gift) == 300
    assert await shop.balanced()


async def test_lines_are_spread_over_two_tenders_too(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(900, 1_100, tenders=[("card", 500), ("stored_value", 1_500)])
    card, gift = order.instruments
    caller = await desk.caller(order)

    answer = await caller.refund(lines=[order.lines[1]])

    assert answer.effect
    assert [(move.target, move.amount.minor) for move in answer.effect.moves] == [(card, 500), (gift, 600)]
    assert await shop.refunded(order) == [(card, 500), (gift, 600)]


async def test_a_second_refund_of_another_line_is_a_refund_of_its_own(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(900, 1_100)
    caller = await desk.caller(order)

    first = await caller.refund(lines=[order.lines[0]])
    second = await caller.refund(lines=[order.lines[1]])

    assert first.reference != second.reference
    assert await shop.refunded(order) == [(order.instruments[0], 900), (order.instruments[0], 1_100)]
    assert await shop.writes() == A_REFUND * 2


async def test_a_person_meets_the_same_rules_with_more_authority(desk: Desk, shop: Shop, order: Sold) -> None:
    ai, human = await desk.caller(order), await desk.caller(order, kind="human")

    asked = await ai.refund(9_000)
    done = await human.refund(9_000)

    assert asked.status == "needs_confirmation"
    assert done.status == "done"
