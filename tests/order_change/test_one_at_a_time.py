"""One run at a time changes an order: of conflicting changes one wins, and the others are told what to do."""

import asyncio
from typing import Any

import pytest

from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.order_change.store import ELSEWHERE, alike, back, books_agree, changed, dearer, order, paid, sell

CANCEL = {"reason": "no_longer_needed"}


async def test_while_one_run_changes_an_order_another_is_told_so(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    first, second = await desk.caller(sold), await desk.caller(sold)
    await shop.fault("open_case", "slow", delay_ms=1_500)
    asked = await first.call("cancel_order", {"order_id": sold.id, **CANCEL})
    running = await first.call("cancel_order", {"order_id": sold.id, **CANCEL}, confirm=asked.digest, wait_s=0.2)

    told = await changed(second, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)
    won = await desk.end(running)

    assert rule(told) == "order_change.busy"
    assert told.status == "denied"
    assert "request_id" in told.say
    assert won.status == "done"
    assert (await order(shop, sold))["address"] is None
    assert await books_agree(shop)


async def test_the_order_is_free_again_when_the_run_has_ended(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    for street in ("One 1", "Two 2"):
        done = await changed(
            await desk.caller(sold), "change_delivery_address", order_id=sold.id, address=ELSEWHERE | {"line1": street}
        )
        assert done.status == "done"
        assert (await order(shop, sold))["address"]["line1"] == street


async def test_of_two_conflicting_changes_at_once_one_wins(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    card, line = sold.instruments[0], sold.lines[0]
    cancel: tuple[str, dict[str, Any]] = ("cancel_order", {"order_id": sold.id, **CANCEL})
    items = {"order_id": sold.id, "items": [{"line_id": line, "variant_id": dearer(line)}], "instrument_id": card}
    wanted = [cancel, ("change_items", items)]
    callers = [await desk.caller(sold) for _ in wanted]
    asked = [await c.call(tool, arguments) for c, (tool, arguments) in zip(callers, wanted, strict=True)]

    answers = await asyncio.gather(
        *(
            caller.call(tool, arguments, confirm=answer.digest)
            for caller, (tool, arguments), answer in zip(callers, wanted, asked, strict=True)
        )
    )
    ends = [await desk.end(answer) for answer in answers]

    assert sorted(end.status for end in ends) in (["denied", "done"], ["done", "undone"])
    [lost] = [end for end in ends if end.status != "done"]
    assert rule(lost) in ("order_change.busy", "order_change.status", "order_change.changed_once", "system.conflict")
    cancelled = (await order(shop, sold))["status"] == "cancelled"
    assert await paid(shop, sold) == [(card, 6_000)] + ([] if cancelled else [(card, 500)])
    assert await back(shop, sold) == ([(card, 6_000)] if cancelled else [])
    assert await books_agree(shop)


@pytest.mark.parametrize("crowd", [12])
async def test_a_crowd_that_returns_the_same_unit_gets_its_price_once(desk: Desk, shop: Shop, crowd: int) -> None:
    sold = await sell(shop, status="delivered")
    callers = [await desk.caller(sold) for _ in range(crowd)]

    answers = await asyncio.gather(
        *(changed(caller, "return_items", order_id=sold.id, lines=[sold.lines[0]]) for caller in callers)
    )
    ends = [await desk.end(answer) for answer in answers]

    assert [str(end.status) for end in ends].count("done") == 1
    assert all(rule(end).startswith(("order_change.", "system.conflict")) for end in ends if end.status != "done")
    assert await back(shop, sold) == [(sold.instruments[0], 4_000)]
    assert [r["status"] for r in (await order(shop, sold))["requests"]] == ["open"]
    assert await books_agree(shop)


async def test_the_same_request_again_is_one_change(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller, line = await desk.caller(sold), sold.lines[0]
    arguments = {"order_id": sold.id, "items": [{"line_id": line, "variant_id": alike(line)}]}
    asked = await caller.call("change_items", arguments)

    answers = await asyncio.gather(*(caller.call("change_items", arguments, confirm=asked.digest) for _ in range(4)))
    after = await caller.call("change_items", arguments)

    assert {answer.reference for answer in (*answers, after)} == {asked.reference}
    assert after.status == "done"
    assert [change["status"] for change in (await order(shop, sold))["changes"]] == ["applied"]
    assert await books_agree(shop)


async def test_an_order_that_moved_on_between_look_and_write_is_left_alone(desk: Desk, shop: Shop) -> None:
    """Shipped meanwhile, by the warehouse: the version that was judged is not the one that is there."""
    sold = await sell(shop)
    caller = await desk.caller(sold)
    await shop.fault("put_change", "refuse", code="stale_version", message="Read it again.", status=412)

    answer = await desk.end(await changed(caller, "cancel_order", order_id=sold.id, **CANCEL))

    assert (answer.status, rule(answer)) == ("undone", "system.conflict")
    assert (await order(shop, sold))["status"] == "open"
    assert await shop.cases(sold) == ["withdrawn"]
    assert await back(shop, sold) == []
