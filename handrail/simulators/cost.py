"""Do the lines of an order cost what was paid for it? Judged from the tables, for orders that were changed since sold.

Refunds that name no change are allowances (something was damaged, say): the lines go on costing what they did. A
cancelled order costs nothing, so everything has gone back.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

_PAID = """SELECT
    (SELECT COALESCE(SUM(minor), 0) FROM captures WHERE order_id = :id) AS captured,
    COALESCE(SUM(CASE WHEN change <> '' THEN minor END), 0) AS returned,
    COALESCE(SUM(CASE WHEN change = '' THEN minor END), 0) AS allowed
    FROM refunds WHERE order_id = :id AND state <> 'failed'
"""


def differences(db: sqlite3.Connection) -> Iterator[str]:
    changed = """SELECT id, doc FROM orders WHERE doc LIKE '%"applied"%' OR doc LIKE '%"requests":[{%'
                 OR doc LIKE '%"requests": [{%' OR doc LIKE '%"covered":%{"claim_id"%' ORDER BY n"""
    for row in db.execute(changed).fetchall():
        order = json.loads(row["doc"])
        if not _was_changed(order):
            continue
        cost, paid = cost_of(order), db.execute(_PAID, {"id": row["id"]}).fetchone()
        net = paid["captured"] - paid["returned"] + _covered(order)
        if not cost <= net <= cost + paid["allowed"]:
            yield f"Order {row['id']}: its lines cost {cost} minor units, {net} were paid net."


def cost_of(order: dict[str, Any]) -> int:
    """In minor units: what stays with the customer, at the price of what it was exchanged for."""
    if order["status"] == "cancelled":
        return 0
    prices = {line["id"]: line["price"]["minor"] for line in order["lines"]}
    for request in _requests(order):
        if request["kind"] == "return":
            prices.update(dict.fromkeys(request["line_ids"], 0))
        prices.update({r["line_id"]: r["price"]["minor"] for r in request.get("replacements", [])})
    return sum(prices.values())


def _covered(order: dict[str, Any]) -> int:
    """Of a replacement: what the coverage pays of it, in minor units."""
    cover = order.get("covered")
    return int(cover["amount"]["minor"]) if cover and order["status"] != "cancelled" else 0


def _was_changed(order: dict[str, Any]) -> bool:
    return (
        bool(order.get("covered"))
        or bool(_requests(order))
        or any(c["status"] == "applied" for c in order.get("changes", []))
    )


def _requests(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that were opened by somebody's write; a dataset may hold others that were never paid for."""
    return [r for r in order["requests"] if r["reference"] and r["status"] != "withdrawn"]
