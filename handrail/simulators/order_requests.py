"""After-sales requests: a return authorisation, or an exchange of delivered units for other variants."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, operation, read, refused
from handrail.simulators.orders import order_of, shown, variant_for

Id = Annotated[str, Field(min_length=1, max_length=200)]


class RequestBody(Body):
    kind: Literal["return", "exchange"]
    line_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    items: dict[Id, Id] = {}
    """Of an exchange: from line to the variant that replaces it."""
    instrument_id: Annotated[str, Field(max_length=200)] = ""


@operation("PUT", "/orders/{id}/requests/{reference}")
def put_request(call: Call) -> Answered:
    body = read(RequestBody, call)
    order = order_of(call)
    reference, doc = call.ids[1], json.loads(order["doc"])
    there = next((r for r in doc["requests"] if r["reference"] == reference), None)
    if there and there["status"] == "withdrawn":
        text = f"Request {reference} of order {order['id']} was withdrawn; it is not opened again."
        raise refused("request_withdrawn", text, status=409)
    if there:
        return 200, shown(call, order)
    call.check_version("Order", order)
    request = {
        "id": f"RMA-{order['id']}-{len(doc['requests']) + 1}", "kind": body.kind, "status": "open",
        "line_ids": body.line_ids, "replacements": _replacements(call, doc, body),
        "instrument_id": body.instrument_id, "reference": reference, "created_at": call.now,
    }  # fmt: skip
    changed = doc | {"requests": [*doc["requests"], request]}
    return 200, shown(call, call.tables.update("orders", order, doc=json.dumps(changed, ensure_ascii=False)))


@operation("DELETE", "/orders/{id}/requests/{reference}")
def withdraw_request(call: Call) -> Answered:
    order = order_of(call)
    call.check_version("Order", order)
    doc = json.loads(order["doc"])
    open_ones = [r for r in doc["requests"] if r["reference"] == call.ids[1] and r["status"] != "withdrawn"]
    if not open_ones:
        return 200, shown(call, order)
    requests = [r | {"status": "withdrawn"} if r in open_ones else r for r in doc["requests"]]
    changed = doc | {"requests": requests}
    return 200, shown(call, call.tables.update("orders", order, doc=json.dumps(changed, ensure_ascii=False)))


def _replacements(call: Call, doc: dict[str, Any], body: RequestBody) -> list[dict[str, Any]]:
    """What comes in exchange, one for each unit. Raises the 422 that applies."""
    if doc["status"] != "delivered":
        text = f"Order {doc['id']} is {doc['status']}; only what was delivered comes back."
        raise refused("order_not_delivered", text)
    lines = {line["id"]: line for line in doc["lines"]}
    for id in body.line_ids:
        if id not in lines:
            raise refused("unknown_line", f"Order {doc['id']} has no line {id}.", "line_ids")
    if body.kind == "return":
        return []
    if set(body.items) != set(body.line_ids):
        raise refused("replacements_missing", f"Order {doc['id']}: name one variant for each unit.", "items")
    found = [(id, variant_for(call, lines[id], body.items[id])) for id in body.line_ids]
    return [{"line_id": id, "variant_id": variant["id"], "price": variant["price"]} for id, variant in found]
