"""A delayed shipment opens a case before its customer calls, and what the policy offers is on his record."""

import json
import time
from typing import Any

import pytest

from domain.answers import Answer, Status
from domain.calls import Actor, ActorKind, ToolCall
from handrail.simulators.webhooks import signature
from tests.case.caseload import id_of, late, on_record, texts
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.house import WEBHOOK_SECRET
from tests.desk.refusals import refusal
from tests.desk.shop import Shop
from workflows._catalog import tools


@pytest.fixture
async def order(desk: Desk, shop: Shop) -> Sold:
    """On its way, with one shipment; the order system tells the gateway what happens to it."""
    sold = await shop.sell(status="shipped")
    document = await shop.state()
    [row] = [row for row in document["orders"] if row["id"] == sold.id]
    row["shipments"] = [{"id": "S-1", "line_ids": sold.lines, "status": "in_transit"}]
    await shop.admin("PUT", "dataset", document)
    await shop.settings(webhook={"url": f"{desk.house.url}/v1/events/simulator", "secret": WEBHOOK_SECRET, "copies": 3})
    return sold


async def delayed(shop: Shop, order: Sold) -> None:
    await shop.write_elsewhere("PATCH", f"/orders/{order.id}/shipments/S-1", {"status": "delayed"})


async def opened(desk: Desk, shop: Shop) -> Answer:
    """The run that the event started, once its case is open with its team."""
    while not (cases := (await shop.state())["cases"]):
        pass
    run = Answer(status=Status.ACCEPTED, reference=cases[0]["reference"].split(":")[1].split("/")[0])
    desk.started(run)
    return await desk.until(run, lambda now: bool(now.result))


async def test_a_delay_opens_one_case_and_offers_the_policys_remedy(desk: Desk, shop: Shop, order: Sold) -> None:
    await delayed(shop, order)
    answer = await opened(desk, shop)

    case, [note] = await on_record(shop), await shop.notes(order)
    assert (case["customer_id"], case["order_id"], case["queue"]) == (order.customer, order.id, "logistics")
    assert case["subject"] == f"Late delivery of order {order.id}"
    assert "free shipping of the next order (free_shipping_next)" in note
    assert case["id"] in note
    assert answer.result
    assert answer.result["remedy"]["code"] == "free_shipping_next"


async def test_an_offer_that_cannot_be_noted_is_not_promised_and_the_case_stays(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    await shop.fault("add_note", "refuse")
    await delayed(shop, order)

    answer = await opened(desk, shop)

    assert answer.result
    assert "remedy" not in answer.result
    assert (await on_record(shop))["state"] == "open"
    packet = await desk.person("agent").packet(answer)
    assert "Offer free shipping of the next order was refused" in str(packet["notes"])


async def test_a_customer_who_calls_about_it_joins_that_case(desk: Desk, shop: Shop, order: Sold) -> None:
    await delayed(shop, order)
    await opened(desk, shop)

    answer = await (await desk.caller(order)).call("create_case", late(order, "Where is my parcel?"))

    assert answer.status == "done"
    assert id_of(answer) == (await on_record(shop))["id"]
    assert len(await texts(shop)) == 1


async def test_what_the_order_does_not_show_opens_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    body = json.dumps(event := {"id": "evt-untrue", "type": "shipment.delayed", "data": {"id": order.id}}).encode()

    assert await tell(desk, body) == 200
    run = await proactive(desk, event["id"])

    assert run["status"] == "denied"
    assert run["denied"]["rule"] == "case.event_untrue"
    assert (await shop.state())["cases"] == []


async def test_an_unsigned_event_opens_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    body = json.dumps({"id": "evt-forged", "type": "shipment.delayed", "data": {"id": order.id}}).encode()

    assert await tell(desk, body, secret="guessed") in (401, 403)


async def test_no_door_offers_it(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)

    refused = await refusal(caller.call("shipment_delayed", {"kind": "shipment.delayed", "order_id": order.id}))

    assert refused.status == 404


async def tell(desk: Desk, body: bytes, secret: str = WEBHOOK_SECRET) -> int:
    headers = {"Simulator-Signature": signature(secret, int(time.time()), body), "Content-Type": "application/json"}
    return (await desk.http.http.post("/v1/events/simulator", content=body, headers=headers)).status_code


async def proactive(desk: Desk, event_id: str) -> dict[str, Any]:
    """How the run that this event started ended."""
    actor = Actor(id="event:simulator", kind=ActorKind.SYSTEM, tenant=desk.house.settings.tenant)
    call = ToolCall(tool="shipment_delayed", actor=actor, request_id=event_id)
    reference = tools()["shipment_delayed"].reference(call, "")
    handle = desk.house.client.get_workflow_handle(f"{actor.tenant}:{reference}")
    answer: dict[str, Any] = (await handle.result())["answer"]
    return answer
