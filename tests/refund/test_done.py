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

    assert answer.status == "done"
    assert answer.terminal
    assert "12.00 EUR" in answer.say
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    assert await shop.writes() == A_REFUND
    assert await shop.cases(order) == ["resolved"]
    assert await shop.balanced()
