"""The refunds to be made: calls, each of one customer with a few small delivered orders, and their dataset."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

AMOUNT = 1200
"""Minor units per order: below what the shipped policy wants confirmed by the caller."""
ORDERS_PER_CALL = 8


@dataclass(frozen=True)
class Call:
    """One caller on the line. `id` is unique over the whole run, so that no contender sees a repetition."""

    id: str
    customer_id: str
    email: str
    orders: list[str]


def calls(prefix: str, refunds: int, callers: int) -> list[Call]:
    """Enough calls for so many refunds, and at least one per caller."""
    count = max(callers, -(-refunds // ORDERS_PER_CALL))
    return [
        Call(
            id=f"{prefix}-{n}",
            customer_id=f"C-{prefix}-{n}",
            email=f"caller.{prefix}.{n}@example.com".lower(),
            orders=[f"{prefix}-{n}-{k}" for k in range(ORDERS_PER_CALL)],
        )
        for n in range(count)
    ]


def as_json(some: list[Call]) -> list[dict[str, Any]]:
    return [asdict(call) for call in some]


def from_json(some: list[dict[str, Any]]) -> list[Call]:
    return [Call(**call) for call in some]


def dataset(some: list[Call]) -> dict[str, Any]:
    """The document for `PUT /admin/dataset`."""
    price = {"minor": AMOUNT, "currency": "EUR"}
    variant = {"id": "lamp-1", "options": {}, "price": price, "available": True}
    pairs = [(call, order) for call in some for order in call.orders]
    return {
        "format": "handrail.dataset/1",
        "customers": [_customer(call) for call in some],
        "instruments": [
            {"id": f"card-{c.customer_id}", "customer_id": c.customer_id, "kind": "card", "label": "card"} for c in some
        ],
        "products": [{"id": "lamp", "name": "Lamp", "variants": [variant]}],
        "orders": [_order(call, order, price) for call, order in pairs],
        "captures": [_capture(call, order, price) for call, order in pairs],
        "refunds": [],
        "notes": [],
        "cases": [],
    }


def _customer(call: Call) -> dict[str, Any]:
    address = {"line1": "Main Street 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
    return {"id": call.customer_id, "first_name": "Ann", "last_name": "Lee", "email": call.email, "address": address}


def _order(call: Call, order: str, price: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": order,
        "customer_id": call.customer_id,
        "status": "delivered",
        "currency": "EUR",
        "placed_at": _ago(5),
        "delivered_at": _ago(3),
        "lines": [{"id": f"{order}-1", "product_id": "lamp", "variant_id": "lamp-1", "name": "Lamp", "price": price}],
    }


def _capture(call: Call, order: str, price: dict[str, Any]) -> dict[str, Any]:
    card = f"card-{call.customer_id}"
    return {
        "id": f"pay-{order}",
        "order_id": order,
        "instrument_id": card,
        "amount": price,
        "captured_at": _ago(5),
    }


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()
