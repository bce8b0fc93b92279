"""The order system: orders with their lines, shipments, marks and requests, and the catalogue."""

import json
from typing import Annotated, Any

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, listed, not_found, operation, read, refused
from handrail.simulators.database import Row

_AT_MOST = 50


class MarkBody(Body):
    kind: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=20_000)] = ""


@operation("GET", "/orders/{id}")
def get_order(call: Call) -> Answered:
    return 200, shown(call, order_of(call))


@operation("GET", "/orders")
def find_orders(call: Call) -> Answered:
    given = call.filters("customer_id", "reference")
    asked = " AND ".join(f"{name} = ?" for name in given)
    where = f"{asked} ORDER BY placed_at DESC, n DESC LIMIT {_AT_MOST + 1}"
    rows = call.tables.find("orders", where, *given.values())
    return 200, listed([shown(call, row) for row in rows[:_AT_MOST]], has_more=len(rows) > _AT_MOST)


@operation("PUT", "/orders/{id}/marks/{reference}")
def set_mark(call: Call) -> Answered:
    body = read(MarkBody, call)
    order = order_of(call)
    call.check_version("Order", order)
    reference, marks = call.ids[1], json.loads(order["doc"])["marks"]
    mark = {"kind": body.kind, "reference": reference, "note": body.note, "set_at": call.now}
    there = next((m for m in marks if m["reference"] == reference), None)
    if there and (there["kind"], there["note"]) == (body.kind, body.note):
        return 200, shown(call, order)
    return 200, shown(call, _marked(call, order, [m for m in marks if m is not there] + [mark]))


@operation("DELETE", "/orders/{id}/marks/{reference}")
def clear_mark(call: Call) -> Answered:
    order = order_of(call)
    call.check_version("Order", order)
    marks = json.loads(order["doc"])["marks"]
    left = [mark for mark in marks if mark["reference"] != call.ids[1]]
    return 200, shown(call, _marked(call, order, left) if len(left) < len(marks) else order)


@operation("GET", "/orders/products/{id}")
def get_product(call: Call) -> Answered:
    row = call.tables.get("products", call.ids[0])
    if row is None:
        raise not_found("product", call.ids[0])
    return 200, json.loads(row["doc"])


def order_of(call: Call) -> Row:
    """Raises a 404."""
    row = call.tables.get("orders", call.ids[0])
    if row is None:
        raise not_found("order", call.ids[0])
    return row


def variant_for(call: Call, line: dict[str, Any], variant_id: str) -> dict[str, Any]:
    """The variant that may take the place of this line's. Raises the 422 that applies."""
    product = call.tables.get("products", line["product_id"])
    variants: list[dict[str, Any]] = json.loads(product["doc"])["variants"] if product else []
    variant = next((v for v in variants if v["id"] == variant_id), None)
    if variant is None:
        text = f"Product {line['product_id']} of line {line['id']} has no variant {variant_id}."
        raise refused("other_product", text, "items")
    if not variant["available"]:
        raise refused("variant_unavailable", f"Variant {variant_id} is not available.", "items")
    return variant


def _marked(call: Call, order: Row, marks: list[dict[str, Any]]) -> Row:
    doc = json.loads(order["doc"]) | {"marks": marks}
    return call.tables.update("orders", order, doc=json.dumps(doc, ensure_ascii=False))


def shown(call: Call, row: Row) -> dict[str, Any]:
    doc: dict[str, Any] = json.loads(row["doc"])
    doc["version"] = call.version(row)
    doc["replaced"] = _replaced(call, row)
    return doc


def _replaced(call: Call, row: Row) -> list[dict[str, str]]:
    """The lines of an order in whose place a claim sent something, while that replacement order stands."""
    where = """customer_id = ? AND doc LIKE '%"replaces": {%' ORDER BY n"""
    orders = [json.loads(other["doc"]) for other in call.tables.find("orders", where, row["customer_id"])]
    return [
        {"line_id": order["replaces"]["line_id"], "order_id": order["id"], "claim_id": order["covered"]["claim_id"]}
        for order in orders
        if order["replaces"]["order_id"] == row["id"] and order["status"] != "cancelled"
    ]
