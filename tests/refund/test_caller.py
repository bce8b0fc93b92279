"""Who is calling: nothing about an order is told, and nothing happens, before that is known."""

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.desk.shop import Shop


@pytest.mark.parametrize("door", DOORS)
async def test_an_unverified_caller_is_told_nothing_about_an_order(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = desk.agent(order=order, door=door)

    real, unreal = await caller.refund(1_200), await caller.refund(1_200, order="no-such-order")

    assert real.status == unreal.status == "needs_verification"
    assert real.say == unreal.say
    assert real.effect is None
    assert await shop.log() == []


async def test_verifying_lets_the_waiting_request_go_on(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = desk.agent(order=order)
    asked = await caller.refund(1_200)
    await caller.verify(order)

    answer = await caller.again()

    assert answer.reference == asked.reference
    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


async def test_the_verify_command_looks_again_too(desk: Desk, order: Sold) -> None:
    caller = desk.agent(order=order)
    asked = await caller.refund(1_200)
    await caller.verify(order)

    await caller.say(asked, "verify")

    assert (await desk.end(asked)).status == "done"


@pytest.mark.parametrize("door", DOORS)
async def test_the_order_of_somebody_else_is_answered_like_one_that_does_not_exist(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    other = await shop.sell()
    caller = await desk.caller(order, door=door)

    answer = await caller.refund(1_000, order=other.id)

    none = await caller.refund(1_000, order="A-0")
    assert answer.status == none.status == "needs_input"
    assert answer.say.replace(other.id, "A-0") == none.say
    assert await shop.writes() == []


async def test_a_larger_refund_needs_a_caller_who_is_surely_himself(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(80_000)
    caller = await desk.caller(order)

    answer = await caller.refund(50_001)

    assert answer.status == "needs_verification"
    assert "level 2" in answer.say


async def test_verification_in_another_conversation_does_not_count(desk: Desk, order: Sold) -> None:
    await desk.caller(order)

    answer = await desk.agent(order=order).refund(1_200)

    assert answer.status == "needs_verification"


async def test_a_caller_who_is_not_verified_in_time_is_denied(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = desk.agent(order=order)
    asked = await caller.refund(1_200)

    await desk.skip(asked, minutes=31)
    answer = await desk.end(asked)

    assert rule(answer) == "caller.not_verified"
    assert await shop.log() == []
