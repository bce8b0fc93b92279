"""Systems that lose answers or refuse: the end state is the right one, nothing is doubled, nothing is left behind."""

from typing import Any

import pytest

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop
from tests.order_change.store import ELSEWHERE, books_agree, changed, cheaper, dearer, order, sell, writes

STEPS = {
    "cancel_order": ["open_case", "put_change", "refund", "add_note", "update_case"],
    "return_items": ["open_case", "put_request", "refund", "add_note", "update_case"],
    "exchange_items": ["open_case", "put_request", "charge", "add_note", "update_case"],
    "change_items": ["open_case", "put_change", "refund", "add_note", "update_case"],
    "change_delivery_address": ["open_case", "put_change", "add_note", "update_case"],
    "change_payment": ["open_case", "put_change", "charge", "refund", "add_note", "update_case"],
    "update_customer_address": ["open_case", "update_customer", "add_note", "update_case"],
}
EACH_STEP = [(tool, step) for tool, steps in STEPS.items() for step in steps]
REFUSABLE = [(tool, step) for tool, step in EACH_STEP if step not in ("add_note", "update_case")]


async def sold_for(shop: Shop, tool: str) -> Sold:
    status = "delivered" if tool in ("return_items", "exchange_items") else "open"
    return await sell(shop, status=status, gift=9_000)


def arguments(tool: str, sold: Sold) -> dict[str, Any]:
    line, card = sold.lines[0], sold.instruments[0]

    def swap(variant: str) -> dict[str, Any]:
        return {"items": [{"line_id": line, "variant_id": variant}], "instrument_id": card}

    more: dict[str, dict[str, Any]] = {
        "cancel_order": {"reason": "no_longer_needed"},
        "return_items": {"lines": [line]},
        "exchange_items": swap(dearer(line)),
        "change_items": swap(cheaper(line)),
        "change_delivery_address": {"address": ELSEWHERE},
        "change_payment": {"instrument_id": sold.gift_card},
        "update_customer_address": {"address": ELSEWHERE},
    }
    return more[tool] if tool == "update_customer_address" else {"order_id": sold.id, **more[tool]}


@pytest.mark.parametrize(("tool", "step"), EACH_STEP)
async def test_an_answer_lost_after_the_work_is_found_and_not_repeated(
    desk: Desk, shop: Shop, tool: str, step: str
) -> None:
    sold = await sold_for(shop, tool)
    caller = await desk.caller(sold)
    await shop.fault(step, "lost_answer")

    answer = await desk.end(await changed(caller, tool, **arguments(tool, sold)))

    assert answer.status == "done"
    state = await shop.state()
    made = [*state["cases"], *state["notes"], *state["refunds"], *state["captures"]]
    references = [thing["reference"] for thing in made if thing["reference"]]
    assert len(references) == len(set(references))
    now = await order(shop, sold)
    assert len(now["changes"]) + len(now["requests"]) == (0 if tool == "update_customer_address" else 1)
    assert await shop.cases(sold) == ([] if tool == "update_customer_address" else ["resolved"])
    assert await books_agree(shop)


@pytest.mark.parametrize(("tool", "step"), REFUSABLE)
async def test_a_step_that_is_refused_leaves_everything_as_it_was(desk: Desk, shop: Shop, tool: str, step: str) -> None:
    sold = await sold_for(shop, tool)
    before = await shop.state()
    caller = await desk.caller(sold)
    await shop.fault(step, "refuse", code="not_today", message="Not today.")

    answer = await desk.end(await changed(caller, tool, **arguments(tool, sold)))

    assert answer.status == "undone"
    after = await shop.state()
    assert [without_traces(o) for o in after["orders"]] == [without_traces(o) for o in before["orders"]]
    assert {i["id"]: i["balance"] for i in after["instruments"]} == {
        i["id"]: i["balance"] for i in before["instruments"]
    }
    assert [customer["address"] for customer in after["customers"]] == [c["address"] for c in before["customers"]]
    assert after["notes"] == before["notes"]
    assert {case["state"] for case in after["cases"]} <= {"withdrawn"}
    assert await books_agree(shop)


def without_traces(order: dict[str, Any]) -> dict[str, Any]:
    """Without what was taken back: it stays on record, and counts for nothing."""
    changes = [change for change in order["changes"] if change["status"] != "reverted"]
    requests = [request for request in order["requests"] if request["status"] != "withdrawn"]
    return order | {"changes": changes, "requests": requests}


@pytest.mark.parametrize("tool", STEPS)
async def test_the_systems_see_each_step_once_and_in_order(desk: Desk, shop: Shop, tool: str) -> None:
    sold = await sold_for(shop, tool)
    caller = await desk.caller(sold)

    answer = await changed(caller, tool, **arguments(tool, sold))

    assert answer.status == "done"
    assert await writes(shop) == STEPS[tool]


async def test_money_that_settles_later_is_waited_for(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    await shop.settings(settle_after_s=0.5)

    answer = await changed(caller, "cancel_order", order_id=sold.id, reason="no_longer_needed")
    ended = await desk.end(answer)

    assert answer.status == "accepted"
    assert ended.status == "done"
    assert (ended.result or {})["refunds"][0]["state"] == "settled"
    assert await books_agree(shop)
