"""Who may ask: a verified caller, about an order of his own."""

from typing import Any

import pytest

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop
from tests.order_change.store import ELSEWHERE, alike, sell

TOOLS = [
    "cancel_order", "return_items", "exchange_items", "change_items", "change_delivery_address", "change_payment",
]  # fmt: skip


def arguments(tool: str, sold: Sold) -> dict[str, Any]:
    line = sold.lines[0]
    swap = {"items": [{"line_id": line, "variant_id": alike(line)}]}
    more: dict[str, dict[str, Any]] = {
        "cancel_order": {"reason": "no_longer_needed"},
        "return_items": {"lines": [line]},
        "exchange_items": swap,
        "change_items": swap,
        "change_delivery_address": {"address": ELSEWHERE},
        "change_payment": {"instrument_id": sold.gift_card},
    }
    return {"order_id": sold.id, **more[tool]}


@pytest.mark.parametrize("tool", TOOLS)
async def test_an_unknown_caller_is_verified_first_and_then_goes_on(desk: Desk, shop: Shop, tool: str) -> None:
    status = "delivered" if tool in ("return_items", "exchange_items") else "open"
    sold = await sell(shop, status=status, gift=9_000)
    caller = desk.agent(order=sold)

    before = await caller.call(tool, arguments(tool, sold))
    await caller.verify(sold)
    after = await caller.call(tool, arguments(tool, sold))

    assert before.status == "needs_verification"
    assert sold.id not in before.say
    assert after.status == "needs_confirmation"


@pytest.mark.parametrize("tool", TOOLS)
async def test_somebody_elses_order_is_not_touched(desk: Desk, shop: Shop, tool: str) -> None:
    sold, mine = await sell(shop), await sell(shop)
    caller = await desk.caller(mine)
    before = await shop.state()

    answer = await caller.call(tool, arguments(tool, sold))

    assert answer.status == "needs_input"
    assert answer.say == f"No order {sold.id} of this caller was found; ask for the number again."
    assert await shop.state() == before


@pytest.mark.parametrize("tool", TOOLS)
async def test_an_unknown_number_is_asked_for_again(desk: Desk, shop: Shop, tool: str) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)

    answer = await caller.call(tool, arguments(tool, sold) | {"order_id": "A-0"})

    assert (answer.status, [m.field for m in answer.missing]) == ("needs_input", ["order_id"])
