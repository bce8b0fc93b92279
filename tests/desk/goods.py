"""Orders as parts of a dataset document (docs/simulators.md)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

PARTS = ("customers", "instruments", "products", "orders", "captures", "refunds", "notes", "cases")


@dataclass(frozen=True)
class Sold:
    """An order in the systems, with who bought it and how it was paid."""

    id: str
    customer: str
    email: str
    payments: list[str]
    instruments: list[str]
    lines: list[str] = field(default_factory=list)

    @property
    def gift_card(self) -> str:
        """A stored-value instrument of the customer that did not pay."""
        return f"{self.customer}-gift"


def document_of(
    number: str, prices: tuple[int, ...], tenders: list[tuple[str, int]] | None, delivered_days_ago: float,
    status: str, currency: str, to: Sold | None,
) -> tuple[Sold, dict[str, list[Any]]]:  # fmt: skip
    def money(minor: int) -> dict[str, Any]:
        return {"minor": minor, "currency": currency}

    order = f"A-{number}"
    customer, email = (to.customer, to.email) if to else (f"C-{number}", f"ada.{number}@example.com".lower())
    delivered = datetime.now(UTC) - timedelta(days=delivered_days_ago)
    placed = delivered - timedelta(days=2)
    tenders = tenders or [("card", sum(prices))]
    instruments = [f"{order}-{kind}-{n}" for n, (kind, _) in enumerate(tenders, 1)]
    sold = Sold(
        order, customer, email, [f"pay-{i}" for i in instruments], instruments,
        [f"{order}-{n}" for n, _ in enumerate(prices, 1)],
    )  # fmt: skip
    products = [
        {"id": f"P-{order}-{n}", "name": f"Thing {n}", "variants": [{"id": f"V-{order}-{n}", "price": money(price)}]}
        for n, price in enumerate(prices, 1)
    ]
    lines = [
        {"id": line, "product_id": f"P-{order}-{n}", "variant_id": f"V-{order}-{n}", "name": f"Thing {n}",
         "price": money(price)}
        for n, (line, price) in enumerate(zip(sold.lines, prices, strict=True), 1)
    ]  # fmt: skip
    paid_by = [_instrument(id, customer, kind, money(0)) for id, (kind, _) in zip(instruments, tenders, strict=True)]
    part: dict[str, list[Any]] = {
        "products": products,
        "instruments": paid_by,
        "orders": [
            {"id": order, "customer_id": customer, "status": status, "currency": currency,
             "placed_at": placed.isoformat(), "lines": lines,
             "delivered_at": delivered.isoformat() if status == "delivered" else None}
        ],
        "captures": [
            {"id": payment, "order_id": order, "instrument_id": instrument, "amount": money(minor),
             "captured_at": placed.isoformat()}
            for payment, instrument, (_, minor) in zip(sold.payments, instruments, tenders, strict=True)
        ],
    }  # fmt: skip
    if not to:
        part["customers"] = [_customer(customer, email)]
        part["instruments"].append(_instrument(sold.gift_card, customer, "stored_value", money(500)))
    return sold, part


def _customer(id: str, email: str) -> dict[str, Any]:
    address = {"line1": "Gartenstrasse 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
    return {"id": id, "first_name": "Ada", "last_name": f"Lind {id}", "email": email, "address": address}


def _instrument(id: str, customer: str, kind: str, balance: dict[str, Any]) -> dict[str, Any]:
    label = f"{kind.replace('_', ' ')} {id}"
    held = {"balance": balance} if kind == "stored_value" else {}
    return {"id": id, "customer_id": customer, "kind": kind, "label": label} | held
