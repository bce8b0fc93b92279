"""The customers and orders that README, demo and tests know by name. `docs/simulators.md` lists them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from handrail.simulators.catalogue import CURRENCY, products
from handrail.simulators.dataset import (
    Amount,
    Capture,
    CustomerRecord,
    Dataset,
    InstrumentRecord,
    Line,
    OrderRecord,
    PostalAddress,
    ShipmentRecord,
)

_MIA = CustomerRecord(
    id="C-1001",
    first_name="Mia",
    last_name="Novak",
    email="mia.novak@example.com",
    phone="+49 30 5550101",
    address=PostalAddress(line1="Friedrichstrasse 44", city="Berlin", postal_code="10117", country="DE"),
)
_JONAS = CustomerRecord(
    id="C-1002",
    first_name="Jonas",
    last_name="Weber",
    email="jonas.weber@example.com",
    phone="+49 89 5550102",
    address=PostalAddress(line1="Sendlinger Strasse 8", city="Munich", postal_code="80331", country="DE"),
)
_SOCKS, _GRINDER, _HEADPHONES, _NOTEBOOK = ("P-14-1", 1_200), ("P-19-1", 4_000), ("P-18-1", 24_800), ("P-20-1", 1_000)
Unit = tuple[str, int]
"""A variant and its price in minor units."""


def demo_orders(now: datetime) -> Dataset:
    """As a document of its own, with the whole catalogue."""
    orders = [
        _order("4821", _MIA, "delivered", [_SOCKS, _GRINDER, _HEADPHONES], now - timedelta(days=6), days_to_deliver=3),
        _order("4822", _MIA, "delivered", [_GRINDER] * 2 + [_NOTEBOOK] * 2, now - timedelta(days=9), days_to_deliver=4),
        _order("4823", _MIA, "open", [_SOCKS, _GRINDER], now - timedelta(hours=5)),
        _order("4824", _MIA, "delivered", [_HEADPHONES], now - timedelta(days=204), days_to_deliver=4),
        _order("4901", _JONAS, "delivered", [_NOTEBOOK] * 100, now - timedelta(days=7), days_to_deliver=3),
    ]
    paid = {order.id: order.placed_at for order in orders}
    tenders = [
        ("pay-4821", "4821", "card-4242", 30_000),
        ("pay-4822-1", "4822", "card-4242", 7_000),
        ("pay-4822-2", "4822", "gift-77", 3_000),
        ("pay-4823", "4823", "card-4242", 5_200),
        ("pay-4824", "4824", "card-4242", 24_800),
        ("pay-4901", "4901", "card-1881", 100_000),
    ]
    return Dataset(
        customers=[_MIA, _JONAS],
        instruments=[
            InstrumentRecord(id="card-4242", customer_id="C-1001", kind="card", label="card ending 4242"),
            InstrumentRecord(
                id="gift-77",
                customer_id="C-1001",
                kind="stored_value",
                label="gift card ending 77",
                balance=Amount(minor=1_500, currency=CURRENCY),
            ),
            InstrumentRecord(id="card-1881", customer_id="C-1002", kind="card", label="card ending 1881"),
        ],
        products=products(),
        orders=orders,
        captures=[
            Capture(
                id=id,
                order_id=order,
                instrument_id=instrument,
                amount=Amount(minor=minor, currency=CURRENCY),
                captured_at=paid[order],
            )
            for id, order, instrument, minor in tenders
        ],
    )


def _order(
    id: str,
    customer: CustomerRecord,
    status: Literal["open", "delivered"],
    units: Sequence[Unit],
    placed_at: datetime,
    days_to_deliver: int = 0,
) -> OrderRecord:
    names = {variant.id: (product.id, product.name) for product in products() for variant in product.variants}
    lines = [
        Line(
            id=f"{id}-{n}",
            product_id=names[variant][0],
            variant_id=variant,
            name=names[variant][1],
            price=Amount(minor=minor, currency=CURRENCY),
        )
        for n, (variant, minor) in enumerate(units, start=1)
    ]
    delivered = status == "delivered"
    shipment = ShipmentRecord(
        id=f"ship-{id}", line_ids=[line.id for line in lines], status="delivered", tracking=f"JD{id}0001"
    )
    return OrderRecord(
        id=id,
        customer_id=customer.id,
        status=status,
        currency=CURRENCY,
        placed_at=placed_at,
        delivered_at=placed_at + timedelta(days=days_to_deliver) if delivered else None,
        address=customer.address,
        lines=lines,
        shipments=[shipment] if delivered else [],
    )
