"""Changes of an open order, each at an address of its own: put once, taken back exactly.

A change keeps what was before. One that was taken back stays on the order as `reverted` and is never applied again: a
write that arrives after its undo does nothing.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, operation, read, refused
from handrail.simulators.database import Row
from handrail.simulators.dataset import PostalAddress
from handrail.simulators.orders import order_of, shown, variant_for

Text = Annotated[str, Field(max_length=2_000)]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class ChangeBody(Body):
    kind: Literal["cancel", "items", "address", "payment"]
    reason: Text = ""
    items: dict[Id, Id] = {}
    """From line to the variant that replaces it."""
    address: PostalAddress | None = None
    instrument_id: Text = ""


@operation("PUT", "/orders/{id}/changes/{reference}")
def put_change(call: Call) -> Answered:
    body = read(ChangeBody, call)
    order = order_of(call)
    reference, doc = call.ids[1], json.loads(order["doc"])
    there = _named(doc, reference)
    if there and there["status"] == "reverted":
        text = f"Change {reference} of order {order['id']} was taken back; it is not applied again."
        raise refused("change_reverted", text, status=409)
    if there:
        return 200, shown(call, order)
    call.check_version("Order", order)
    if doc["status"] != "open":
        raise refused("order_not_open", f"Order {order['id']} is {doc['status']}; only an open order can be changed.")
    after = _applied(call, doc, body)
    before = {name: doc[name] for name in after}
    change = {
        "reference": reference, "kind": body.kind, "status": "applied", "reason": body.reason,
        "instrument_id": body.instrument_id, "before": before, "at": call.now,
    }  # fmt: skip
    return 200, shown(call, _stored(call, order, doc | after | {"changes": [*doc.get("changes", []), change]}))


@operation("DELETE", "/orders/{id}/changes/{reference}")
def revert_change(call: Call) -> Answered:
    order = order_of(call)
    call.check_version("Order", order)
    doc = json.loads(order["doc"])
    change = _named(doc, call.ids[1])
    if change is None or change["status"] == "reverted":
        return 200, shown(call, order)
    changes = [c if c is not change else change | {"status": "reverted"} for c in doc["changes"]]
    return 200, shown(call, _stored(call, order, doc | change["before"] | {"changes": changes}))


def _named(doc: dict[str, Any], reference: str) -> dict[str, Any] | None:
    return next((change for change in doc.get("changes", []) if change["reference"] == reference), None)


def _applied(call: Call, doc: dict[str, Any], body: ChangeBody) -> dict[str, Any]:
    """The fields of the order that the change sets. Raises the 422 that applies."""
    match body.kind:
        case "cancel":
            return {"status": "cancelled"}
        case "items":
            return {"lines": _replaced(call, doc, body.items)}
        case "address":
            if body.address is None:
                raise refused("address_missing", f"Order {doc['id']}: a change of address needs one.", "address")
            return {"address": body.address.model_dump()}
        case "payment":
            if not body.instrument_id:
                raise refused("instrument_missing", f"Order {doc['id']}: by which instrument?", "instrument_id")
            return {}


def _replaced(call: Call, doc: dict[str, Any], items: dict[str, str]) -> list[dict[str, Any]]:
    unknown = set(items) - {line["id"] for line in doc["lines"]}
    if unknown or not items:
        text = f"Order {doc['id']} has no line {', '.join(sorted(unknown)) or 'without a name'}."
        raise refused("unknown_line", text, "items")
    return [_with_variant(call, line, items[line["id"]]) if line["id"] in items else line for line in doc["lines"]]


def _with_variant(call: Call, line: dict[str, Any], variant_id: str) -> dict[str, Any]:
    variant = variant_for(call, line, variant_id)
    return line | {"variant_id": variant["id"], "price": variant["price"]}


def _stored(call: Call, order: Row, doc: dict[str, Any]) -> Row:
    return call.tables.update("orders", order, doc=json.dumps(doc, ensure_ascii=False))
