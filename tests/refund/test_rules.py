"""Rules of the shipped policy: what an order allows, and what nobody may exceed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.limits import LimitEntry
from handrail.limits import LimitBook
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.desk.shop import Shop


async def denial(desk: Desk, order: Sold, amount: int | None = None, *, kind: str = "ai", **more: Any) -> str:
    """The rule that denies this refund; proves that nothing was written and says so in words."""
    caller = await desk.caller(order, kind=kind)
    answer = await caller.refund_confirmed(amount, **more)
    assert answer.status == "denied", answer
    assert answer.denied
    assert answer.say == answer.denied.text
    assert await desk.shop.writes() == []
    return answer.denied.rule


@pytest.mark.parametrize("status", ["open", "shipped", "cancelled"])
async def test_an_order_that_is_not_delivered_is_not_refunded(desk: Desk, shop: Shop, status: str) -> None:
    order = await shop.sell(status=status)

    assert await denial(desk, order) == "refund.status"


async def test_the_refund_window_ends_ninety_days_after_delivery(desk: Desk, shop: Shop) -> None:
    late, in_time = await shop.sell(1_000, delivered_days_ago=90.1), await shop.sell(1_000, delivered_days_ago=89.9)

    assert await denial(desk, late) == "refund.window"
    assert (await (await desk.caller(in_time)).refund()).status == "done"


async def test_an_order_with_nothing_left_is_not_refunded(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(1_000)
    await shop.refund_elsewhere(order, 1_000)

    assert await denial(desk, order) == "refund.nothing_left"


async def test_more_than_is_left_of_the_captures_is_denied(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    await shop.refund_elsewhere(order, 500)

    assert await denial(desk, order, 1_501) == "refund.above_captured"


@pytest.mark.parametrize("door", DOORS)
async def test_a_line_is_refunded_once_only(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    await caller.refund(lines=[order.lines[0]])

    answer = await caller.refund(lines=[order.lines[0]], request_id=f"another-{order.id}")

    assert rule(answer) == "refund.line_once"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


async def test_an_ai_agent_never_moves_more_than_its_cap_at_once(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(200_000)

    assert await denial(desk, order, 100_001) == "refund.per_action"


async def test_a_currency_without_limits_is_denied(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000, currency="CHF")

    assert await denial(desk, order) == "refund.currency"


async def test_a_customer_has_one_sum_a_day(desk: Desk, shop: Shop, order: Sold) -> None:
    await spend(desk, f"refund:customer_day:customer:{order.customer}", 149_000)

    assert await denial(desk, order, 1_001) == "refund.customer_day"
    assert (await (await desk.caller(order)).refund(1_000)).status == "done"


async def test_what_a_customer_got_yesterday_no_longer_counts(desk: Desk, order: Sold) -> None:
    await spend(desk, f"refund:customer_day:customer:{order.customer}", 149_000, ago=timedelta(hours=24, minutes=1))

    assert (await (await desk.caller(order)).refund(1_001)).status == "done"


async def test_an_ai_agent_has_one_sum_an_hour(desk: Desk, shop: Shop, order: Sold) -> None:
    await spend(desk, "refund:ai_agent_hour:agent:ai:busy-agent", 999_500)
    caller = await desk.caller(order, agent="busy-agent")

    answer = await caller.refund(501)

    assert rule(answer) == "refund.ai_agent_hour"
    assert "5.00 EUR" in answer.say
    assert await shop.writes() == []


async def test_a_denied_refund_uses_up_nothing(desk: Desk, order: Sold) -> None:
    await spend(desk, f"refund:customer_day:customer:{order.customer}", 149_000)
    caller = await desk.caller(order)
    for n in range(3):
        await caller.refund(1_001 + n)

    assert (await caller.refund(1_000)).status == "done"


@pytest.mark.parametrize(
    ("kind", "amount", "status"),
    [
        ("ai", 2_500, "done"),
        ("ai", 2_501, "needs_confirmation"),
        ("human", 10_000, "done"),
        ("human", 10_001, "needs_confirmation"),
    ],
)
async def test_above_a_limit_of_each_kind_of_agent_the_caller_confirms(
    desk: Desk, order: Sold, kind: str, amount: int, status: str
) -> None:
    answer = await (await desk.caller(order, kind=kind)).refund(amount)

    assert answer.status == status


@pytest.mark.parametrize(
    ("kind", "amount", "status"),
    [
        ("ai", 5_000, "done"),
        ("ai", 5_001, "needs_approval"),
        ("human", 20_000, "done"),
        ("human", 20_001, "needs_approval"),
    ],
)
async def test_above_a_limit_of_each_kind_of_agent_a_person_decides(
    desk: Desk, order: Sold, kind: str, amount: int, status: str
) -> None:
    answer = await (await desk.caller(order, kind=kind)).refund_confirmed(amount)

    assert answer.status == status


async def spend(desk: Desk, bucket: str, minor: int, *, ago: timedelta = timedelta(0)) -> None:
    """Books an earlier use of a limit, as an earlier run would have."""
    book, at = LimitBook(desk.house.settings.database), datetime.now(UTC) - ago
    entry = LimitEntry(bucket=bucket, amount_minor=minor, currency="EUR", rule="earlier", text="")
    await book.reserve(f"earlier:{bucket}", [entry], now=at, tenant="default")
    await book.commit(f"earlier:{bucket}", now=at, tenant="default")
