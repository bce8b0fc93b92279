"""Another address: of an open order's delivery, and on the customer's record."""

from typing import Any

import pytest

from domain.evidence import Event
from tests.desk.desk import Desk
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop
from tests.order_change.store import ELSEWHERE, books_agree, changed, dearer, order, sell, writes

FULL = {"line2": "", "region": "", **ELSEWHERE}


async def test_an_open_order_is_delivered_elsewhere(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)

    answer = await changed(caller, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    assert answer.status == "done"
    assert "Marktplatz 7, 20095 Hamburg" in answer.say
    assert (await order(shop, sold))["address"] == FULL
    assert await writes(shop) == ["open_case", "put_change", "add_note", "update_case"]
    assert await books_agree(shop)


@pytest.mark.parametrize("status", ["shipped", "delivered", "cancelled"])
async def test_only_an_open_order_is_delivered_elsewhere(desk: Desk, shop: Shop, status: str) -> None:
    sold = await sell(shop, status=status)
    caller = await desk.caller(sold)

    answer = await changed(caller, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    assert rule(answer) == "order_change.status"


async def test_after_its_items_were_changed_an_order_keeps_its_address(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    items = [{"line_id": sold.lines[0], "variant_id": dearer(sold.lines[0])}]
    await changed(caller, "change_items", order_id=sold.id, items=items, instrument_id=sold.instruments[0])

    answer = await changed(caller, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    assert rule(answer) == "order_change.changed_once"
    assert (await order(shop, sold))["address"] is None


async def test_an_address_change_does_not_stop_a_later_change(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    await changed(caller, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    answer = await changed(caller, "cancel_order", order_id=sold.id, reason="no_longer_needed")

    assert answer.status == "done"
    assert await books_agree(shop)


async def test_the_same_address_is_no_change(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    await changed(await desk.caller(sold), "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    answer = await changed(await desk.caller(sold), "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    assert rule(answer) == "order_change.same_address"


async def test_an_incomplete_address_is_refused_with_its_fields(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    short = {"line1": "Marktplatz 7", "city": "", "postal_code": "20095", "country": "Germany"}

    problem = await refusal(caller.call("change_delivery_address", {"order_id": sold.id, "address": short}))

    assert problem.status == 422
    assert sorted(problem.fields) == ["address.city", "address.country"]


async def test_withdrawn_while_it_is_re_addressed_an_order_gets_its_address_back(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    before = await order(shop, sold)
    caller = await desk.caller(sold)
    arguments = {"order_id": sold.id, "address": ELSEWHERE}
    asked = await caller.call("change_delivery_address", arguments)
    await shop.fault("put_change", "slow", delay_ms=1_000)

    running = await caller.call("change_delivery_address", arguments, confirm=asked.digest, wait_s=0.2)
    await caller.say(running, "withdraw")
    answer = await desk.end(running)

    assert answer.status == "undone"
    assert await writes(shop) == ["open_case", "put_change", "revert_change", "update_case"]
    assert {**await order(shop, sold), "changes": []} == before


async def test_the_customers_own_record_gets_the_new_address(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)

    answer = await changed(caller, "update_customer_address", address=ELSEWHERE)

    assert answer.status == "done"
    [customer] = [c for c in (await shop.state())["customers"] if c["id"] == sold.customer]
    assert customer["address"] == FULL
    assert (await order(shop, sold))["address"] is None
    assert await writes(shop) == ["open_case", "update_customer", "add_note", "update_case"]


async def test_the_record_keeps_where_he_lives_beside_the_chain_until_he_is_erased(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    answer = await changed(await desk.caller(sold), "update_customer_address", address=ELSEWHERE)
    book = desk.house.evidence

    async def says() -> tuple[str, str]:
        """In the chain and beside it."""
        events = await book.for_run("default", answer.reference, personal=True)
        [intent] = [event for event in events if (event.type, event.step) == ("intent", "update_address")]
        return str(intent.body["what"]), str(intent.personal)

    chain, beside = await says()
    assert sold.customer in chain
    assert "Marktplatz" not in chain
    assert "Marktplatz 7" in beside
    await book.erase("default", sold.customer)
    assert await says() == (chain, "{}")
    assert (await book.verify_run("default", answer.reference)).ok


@pytest.mark.parametrize("tool", ["update_customer_address", "change_delivery_address", "get_customer"])
async def test_no_event_holds_name_or_address_in_the_chain_whatever_was_said(desk: Desk, shop: Shop, tool: str) -> None:
    """From the verification on: sentences, results and decisions. Once he is erased nobody reads them any more."""
    sold = await sell(shop)
    caller = await desk.caller(sold)
    asked: dict[str, dict[str, Any]] = {
        "update_customer_address": {"address": ELSEWHERE},
        "change_delivery_address": {"address": ELSEWHERE, "order_id": sold.id},
    }
    told = await changed(caller, tool, **asked.get(tool, {}))
    place = "Marktplatz 7" if tool in asked else "Gartenstrasse 1"
    book = desk.house.evidence

    async def events() -> list[Event]:
        runs = [await book.for_run("default", run, personal=True) for run in desk.references]
        return [event for run in runs for event in run]

    before = await events()
    chain, beside = str([event.body for event in before]), str([event.personal for event in before])
    assert place in str(told.model_dump())
    assert {"said", "closed"} <= {event.type for event in before}
    for word in (place, "Lind "):
        assert word not in chain
        assert word in beside
    await book.erase("default", sold.customer)
    after = await events()
    assert [event.body for event in after] == [event.body for event in before]
    assert [event.personal for event in after if event.personal] == []
    assert (await book.verify()).ok


async def test_a_callers_own_address_needs_a_verified_caller(desk: Desk, shop: Shop) -> None:
    await sell(shop)

    answer = await desk.agent().call("update_customer_address", {"address": ELSEWHERE})

    assert answer.status == "needs_verification"


async def test_a_record_that_somebody_else_changed_meanwhile_is_left_alone(desk: Desk, shop: Shop) -> None:
    """The CRM answers a stale version: nothing is written, and the case is withdrawn."""
    sold = await sell(shop)
    caller = await desk.caller(sold)
    await shop.fault("update_customer", "refuse", code="stale_version", message="Read it again.", status=412)

    answer = await desk.end(await changed(caller, "update_customer_address", address=ELSEWHERE))

    assert answer.status == "undone"
    [customer] = [c for c in (await shop.state())["customers"] if c["id"] == sold.customer]
    assert customer["address"]["line1"] == "Gartenstrasse 1"
    assert await writes(shop) == ["open_case", "update_customer", "update_case"]


async def test_withdrawn_while_it_is_changed_a_record_gets_its_address_back(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)
    asked = await caller.call("update_customer_address", {"address": ELSEWHERE})
    await shop.fault("update_customer", "slow", delay_ms=1_000)

    running = await caller.call("update_customer_address", {"address": ELSEWHERE}, confirm=asked.digest, wait_s=0.2)
    await caller.say(running, "withdraw")
    answer = await desk.end(running)

    assert answer.status == "undone"
    assert await writes(shop) == ["open_case", "update_customer", "update_customer", "update_case"]
    [customer] = [c for c in (await shop.state())["customers"] if c["id"] == sold.customer]
    assert customer["address"]["line1"] == "Gartenstrasse 1"
