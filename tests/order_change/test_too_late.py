"""Whoever comes too late is told the fact of his own request: of no money where none moves."""

from typing import Any

import pytest

from tests.desk.desk import Desk
from tests.desk.refusals import refusal
from tests.desk.shop import Shop
from tests.order_change.store import ELSEWHERE, changed, sell

LATE: list[tuple[str, dict[str, Any], str]] = [
    ("change_delivery_address", {"address": ELSEWHERE}, "order {order} is changed already"),
    ("update_customer_address", {"address": ELSEWHERE}, "the record of customer {customer} is changed already"),
]


@pytest.mark.parametrize(("tool", "arguments", "fact"), LATE, ids=[tool for tool, _, _ in LATE])
async def test_what_is_too_late_is_said_by_its_fact(
    desk: Desk, shop: Shop, tool: str, arguments: dict[str, Any], fact: str
) -> None:
    sold = await sell(shop)
    caller, ana = await desk.caller(sold, kind="human"), desk.person("agent", name="ana")
    await shop.fault("add_note", "refuse", code="not_today")
    of_order = {} if tool == "update_customer_address" else {"order_id": sold.id}
    stuck = await desk.later(await changed(caller, tool, **of_order, **arguments), "handed_off")

    late = [
        await refusal(caller.say(stuck, "withdraw")),
        await refusal(caller.say(stuck, "amend", arguments=arguments)),
        await refusal(ana.say(stuck, "retry", action="undo_all")),
    ]

    assert [refused.rule for refused in late] == ["withdraw.too_late", "amend.too_late", "repair.no_way_back"]
    for refused in late:
        assert fact.format(order=sold.id, customer=sold.customer) in refused.body["detail"]
        assert "money" not in refused.body["detail"]
    assert "can be tried again" in late[2].body["detail"]
    await ana.say(stuck, "retry")
    assert (await desk.end(stuck)).status == "done"
