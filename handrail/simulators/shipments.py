"""Shipments of an order, as the carrier's news reach the order system."""

import json
from typing import Annotated

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, not_found, operation, read
from handrail.simulators.orders import order_of, shown


class ShipmentBody(Body):
    status: Annotated[str, Field(min_length=1, max_length=100)]


@operation("PATCH", "/orders/{id}/shipments/{shipment}")
def update_shipment(call: Call) -> Answered:
    """Tells `shipment.<status>` with the order's id; the same status again changes and tells nothing."""
    body, order = read(ShipmentBody, call), order_of(call)
    call.check_version("Order", order)
    doc = json.loads(order["doc"])
    shipment = next((s for s in doc["shipments"] if s["id"] == call.ids[1]), None)
    if shipment is None:
        raise not_found(f"shipment of order {order['id']}:", call.ids[1])
    if shipment["status"] == body.status:
        return 200, shown(call, order)
    shipment["status"] = body.status
    row = call.tables.update("orders", order, doc=json.dumps(doc, ensure_ascii=False))
    call.told.append((f"shipment.{body.status}", {"id": order["id"], "shipment": shipment}))
    return 200, shown(call, row)
