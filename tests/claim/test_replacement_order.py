"""A replacement order settles a claim: the caller does not get its money, or something else, past that claim."""

from typing import Any

from tests.claim.claimant import claimant
from tests.claim.covered import Files
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.order_change.store import ELSEWHERE


def wishes(line: str, card: str) -> dict[str, dict[str, Any]]:
    """Whatever may be asked for an order, by tool."""
    other = [{"line_id": line, "variant_id": "V"}]
    return {
        "cancel_order": {"reason": "no_longer_needed"},
        "change_items": {"items": other, "instrument_id": card},
        "change_delivery_address": {"address": ELSEWHERE},
        "change_payment": {"instrument_id": card},
        "return_items": {"lines": [line], "instrument_id": card},
        "exchange_items": {"items": other, "instrument_id": card},
        "refund_order": {"reason": "damaged"},
    }


async def test_it_is_not_cancelled_changed_returned_or_refunded(desk: Desk, files: Files, order: Sold) -> None:
    """With a deductible that was charged: the only money that a refund could find."""
    covered = await files.cover_item(order, deductible=1_000)
    caller = await claimant(desk, covered)
    assert (await caller.claims(4_500, settle_by="replacement")).status == "done"
    [sent] = await files.replacements(covered)
    claim, before = await files.claim(covered), await files.what_stands()

    for tool, wish in wishes(sent["lines"][0]["id"], covered.card).items():
        answer = await caller.conversation.call(tool, {"order_id": sent["id"]} | wish)
        process = "refund" if tool == "refund_order" else "order_change"
        assert (answer.status, rule(answer)) == ("denied", f"{process}.settles_claim"), (tool, answer)
        assert f"Order {sent['id']} settles claim {claim['id']}" in answer.say

    assert await files.what_stands() == before
