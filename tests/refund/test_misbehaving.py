"""Systems that are slow, down, or answer nonsense: the refund is done once, or not at all."""

from typing import Any

import pytest

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop

MISBEHAVIOUR: list[tuple[str, dict[str, Any]]] = [
    ("lost_answer", {}),
    ("error_before", {"status": 503}),
    ("error_after", {"status": 502}),
    ("rate_limited", {"retry_after_s": 0.2}),
    ("slow", {"delay_ms": 400}),
    ("cut", {}),
    ("garbage", {}),
    ("wrong_shape", {}),
    ("html", {}),
    ("no_op", {}),
]


@pytest.mark.parametrize(("kind", "more"), MISBEHAVIOUR, ids=[kind for kind, _ in MISBEHAVIOUR])
async def test_billing_misbehaves_once_and_the_money_goes_once(
    desk: Desk, shop: Shop, order: Sold, kind: str, more: dict[str, Any]
) -> None:
    await shop.fault("refund", kind, **more)
    caller = await desk.caller(order)

    answer = await desk.end(await caller.refund(1_200))

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    assert await shop.cases(order) == ["resolved"]
    assert await shop.balanced()


async def test_an_answer_lost_again_and_again_is_looked_up_and_never_doubled(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    await shop.fault("refund", "lost_answer", 3)
    await shop.fault("find_refunds", "error_before", 2)
    caller = await desk.caller(order)

    answer = await desk.end(await caller.refund(1_200))

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    assert await shop.balanced()


async def test_while_the_outcome_is_unknown_nothing_is_promised_and_nothing_repeated_blindly(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    await shop.fault("refund", "lost_answer", None)
    await shop.fault("find_refunds", "error_before", None)
    caller = await desk.caller(order)

    answer = await desk.later(await caller.refund(1_200, wait_s=1), "reconciling")

    assert "not known" in answer.say
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    await shop.mend()
    await desk.person("agent").say(answer, "retry")
    assert (await desk.end(answer)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    assert await shop.balanced()


@pytest.mark.parametrize("operation", ["get_order", "get_payments", "get_customer", "find_cases"])
async def test_a_system_that_is_down_while_facts_are_read_only_delays_it(
    desk: Desk, shop: Shop, order: Sold, operation: str
) -> None:
    caller = await desk.caller(order)
    await shop.fault(operation, "error_before", 2)

    answer = await desk.end(await caller.refund(1_200))

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


@pytest.mark.parametrize("operation", ["open_case", "set_mark", "add_note", "update_case"])
async def test_an_answer_lost_at_any_other_step_doubles_nothing(
    desk: Desk, shop: Shop, order: Sold, operation: str
) -> None:
    await shop.fault(operation, "lost_answer")
    caller = await desk.caller(order)

    answer = await desk.end(await caller.refund(1_200))

    assert answer.status == "done"
    assert (await shop.cases(order), await shop.marks(order)) == (["resolved"], 1)
    assert len(await shop.notes(order)) == 1


async def test_a_slow_system_gets_an_honest_answer_in_time_and_its_end_later(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    await shop.fault("refund", "slow", delay_ms=1_500)
    caller = await desk.caller(order)

    first = await caller.refund(1_200, wait_s=0.5)
    ended = await desk.end(first)

    assert (first.status, first.terminal) == ("accepted", False)
    assert first.retry_after_s
    assert ended.status == "done"
