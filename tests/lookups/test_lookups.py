"""Looking things up: for the verified caller only, and without changing anything."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop


@pytest.mark.parametrize("door", DOORS)
async def test_an_order_is_told_with_its_lines_and_what_is_left_to_refund(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    await shop.refund_elsewhere(order, 1_000)
    caller = await desk.caller(order, door=door)

    answer = await caller.call("get_order", {"order_id": order.id})

    assert answer.status == "done"
    assert "delivered" in answer.say
    assert answer.result
    assert [line["id"] for line in answer.result["order"]["lines"]] == order.lines
    [left] = answer.result["refundable"]
    assert left["refundable"] == {"minor": 29_000, "currency": "EUR"}


@pytest.mark.parametrize("door", DOORS)
async def test_the_customer_is_told_with_his_instruments_and_open_cases(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)

    answer = await caller.call("get_customer")

    assert answer.result
    assert answer.result["customer"]["id"] == order.customer
    assert {i["id"] for i in answer.result["instruments"]} == {order.instruments[0], order.gift_card}
    assert answer.result["open_cases"] == []


@pytest.mark.parametrize("tool", ["get_order", "get_customer"])
async def test_an_unverified_caller_is_told_nothing(desk: Desk, shop: Shop, order: Sold, tool: str) -> None:
    arguments = {"order_id": order.id} if tool == "get_order" else {}

    answer = await desk.agent().call(tool, arguments)

    assert answer.status == "needs_verification"
    assert answer.methods
    assert answer.result is None
    assert await shop.log() == []


async def test_the_order_of_somebody_else_looks_like_no_order(desk: Desk, shop: Shop, order: Sold) -> None:
    other = await shop.sell()
    caller = await desk.caller(order)

    of_another = await caller.call("get_order", {"order_id": other.id})
    of_nobody = await caller.call("get_order", {"order_id": "A-0"})

    assert of_another.status == of_nobody.status == "needs_input"
    assert of_another.say.replace(other.id, "A-0") == of_nobody.say


async def test_looking_changes_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    before = await shop.state()

    await caller.call("get_order", {"order_id": order.id})
    await caller.call("get_customer")

    assert await shop.state() == before
    assert await shop.writes() == []


async def test_each_look_is_a_fresh_one(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await caller.call("get_order", {"order_id": order.id})
    await shop.refund_elsewhere(order, 1_000)

    second = await caller.call("get_order", {"order_id": order.id})

    assert first.result
    assert second.result
    assert first.result["refundable"] != second.result["refundable"]


@pytest.mark.parametrize("kind", ["error_before", "cut", "rate_limited"])
async def test_a_system_that_fails_for_a_moment_only_delays_the_answer(
    desk: Desk, shop: Shop, order: Sold, kind: str
) -> None:
    caller = await desk.caller(order)
    await shop.fault("get_order", kind, 2, retry_after_s=0.2)

    answer = await desk.end(await caller.call("get_order", {"order_id": order.id}))

    assert answer.status == "done"


async def test_a_slow_system_is_waited_for_without_breaking_the_callers_budget(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    await shop.fault("get_order", "slow", 1, delay_ms=2_500)

    first = await caller.call("get_order", {"order_id": order.id}, wait_s=0.5)

    assert (first.status, first.terminal) == ("accepted", False)
    assert (await desk.end(first)).status == "done"


@pytest.mark.full
@pytest.mark.parametrize("kind", ["error_before", "slow"])
@pytest.mark.parametrize("tool", ["get_order", "get_customer"])
async def test_a_system_that_stays_silent_ends_it_while_the_caller_waits(
    desk: Desk, shop: Shop, order: Sold, tool: str, kind: str
) -> None:
    caller = await desk.caller(order)
    await shop.fault(tool, kind, None, delay_ms=30_000)
    asked = datetime.now(UTC)

    begun = await caller.call(tool, {"order_id": order.id} if tool == "get_order" else {}, wait_s=0.5)
    slow = await desk.until(begun, lambda now: "slow to answer" in now.say)
    answer = await desk.end(begun)

    assert slow.status == "accepted"
    assert (answer.status, answer.terminal, answer.retry_after_s) == ("denied", True, 60)
    assert datetime.now(UTC) - asked < timedelta(seconds=10)


@pytest.mark.parametrize("door", DOORS)
async def test_a_new_conversation_has_no_work_yet(desk: Desk, order: Sold, door: str) -> None:
    answer = await desk.agent(door=door).call("list_work_for_call")

    assert answer.result == {"work": [], "known": []}


async def test_work_of_another_conversation_is_not_listed(desk: Desk, order: Sold) -> None:
    await (await desk.caller(order)).refund(1_200)
    caller = await desk.caller(order)

    answer = await caller.call("list_work_for_call")

    assert answer.result
    assert all(not item["reference"].startswith("refund-") for item in answer.result["work"])


async def test_without_a_conversation_its_work_cannot_be_listed(desk: Desk) -> None:
    caller = desk.agent()
    caller.call_id = ""

    assert (await caller.call("list_work_for_call")).status == "needs_input"


async def test_another_tenants_work_does_not_exist(desk: Desk, order: Sold) -> None:
    done = await (await desk.caller(order)).refund(1_200)
    stranger = desk.house.credentials.issue("eve", "human", ("wf:*:read", "evidence:read"), tenant="other")

    for path in ("", "/packet", "/history"):
        refused = await refusal(desk.http.send("GET", f"/v1/work/{done.reference}{path}", stranger))
        assert refused.status == 404


@pytest.mark.parametrize(("tool", "operation"), [("get_order", "get_order"), ("get_customer", "get_customer")])
async def test_a_lookup_that_its_system_refuses_is_denied_with_the_reason(
    desk: Desk, shop: Shop, order: Sold, tool: str, operation: str
) -> None:
    caller = await desk.caller(order)
    await shop.fault(operation, "refuse", None, code="maintenance", message="Closed for maintenance.")

    answer = await desk.end(await caller.call(tool, {"order_id": order.id} if tool == "get_order" else {}))

    assert (answer.status, answer.terminal) == ("denied", True)
    assert rule(answer) == "system.rejected"
    assert answer.say == "Reading the facts was refused (maintenance)."
