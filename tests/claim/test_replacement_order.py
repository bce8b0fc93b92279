"""A replacement order settles a claim: the caller does not get its money, or something else, past that claim."""

from typing import Any

from domain.money import Money
from tests.claim.claimant import claimant
from tests.claim.covered import Files, eur
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


async def test_what_it_was_sent_for_is_not_paid_back_as_well(desk: Desk, files: Files, order: Sold) -> None:
    """Lines of 12.00, 40.00 and 248.00; the second was replaced."""
    covered = await files.cover_item(order)
    caller = await claimant(desk, covered)
    assert (await caller.claims(4_500, settle_by="replacement")).status == "done"
    replaced, before = order.lines[1], await files.what_stands()
    asked: list[tuple[str, dict[str, Any]]] = [
        ("return_items", {"lines": [replaced]}),
        ("exchange_items", {"items": [{"line_id": replaced, "variant_id": "V"}], "instrument_id": covered.card}),
        ("refund_order", {"lines": [replaced], "reason": "damaged"}),
        ("refund_order", {"amount": eur(26_001), "reason": "damaged"}),
    ]

    answers = [await caller.conversation.call(tool, {"order_id": order.id} | wish) for tool, wish in asked]

    assert [(answer.status, rule(answer)) for answer in answers] == [
        ("denied", "order_change.replaced"), ("denied", "order_change.replaced"), ("denied", "refund.replaced"),
        ("denied", "refund.above_captured"),
    ]  # fmt: skip
    assert "260.00 EUR left to refund besides what claim" in answers[-1].say
    assert await files.what_stands() == before
    rest = await caller.conversation.call("refund_order", {"order_id": order.id, "reason": "damaged"})
    assert rest.effect is not None
    assert rest.effect.amount == Money(minor=26_000, currency="EUR")


async def test_what_was_sent_back_is_not_replaced(desk: Desk, files: Files, order: Sold) -> None:
    covered = await files.cover_item(order)
    caller = await claimant(desk, covered)
    back = await caller.ask("return_items", {"order_id": order.id, "lines": [order.lines[1]]})
    assert (await caller.confirmed(back)).status in ("done", "accepted")

    answer = await caller.report(4_500, settle_by="replacement")

    assert "repair voucher" in answer.say
    assert "is for nothing that could be sent again" in answer.say
    assert await files.replacements(covered) == []
