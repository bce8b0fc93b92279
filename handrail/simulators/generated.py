"""A seeded dataset: the demo orders, and as many others as wanted. Same arguments, same document."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from handrail.simulators.catalogue import CITIES, CURRENCY, FIRST_NAMES, LAST_NAMES, STREETS
from handrail.simulators.dataset import (
    Amount,
    Capture,
    CaseRecord,
    CustomerRecord,
    Dataset,
    InstrumentRecord,
    Line,
    NoteRecord,
    OrderRecord,
    PostalAddress,
    Product,
    RefundRecord,
    ShipmentRecord,
)
from handrail.simulators.demo_coverages import demo_coverages
from handrail.simulators.demo_orders import demo_orders
from handrail.simulators.demo_visits import demo_visits

_ORDERS_PER_CUSTOMER = 3
Status = Literal["open", "shipped", "delivered", "cancelled"]


def generate(orders: int, seed: int, now: datetime | None = None) -> Dataset:
    """`orders` in all, never fewer than the demo ones. `now` (default: today) is what ages are counted from."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    demo = demo_orders(now)
    shop = _Shop(Random(seed), now, demo.products)
    made = shop.orders(max(0, orders - len(demo.orders)))
    captures, refunds = shop.payments(made)
    return Dataset(
        customers=demo.customers + shop.customers,
        instruments=demo.instruments + shop.instruments,
        products=demo.products,
        orders=demo.orders + made,
        captures=demo.captures + captures,
        refunds=refunds,
        notes=shop.notes(made),
        cases=shop.cases(made) + demo_visits(now),
        coverages=demo_coverages(now),
    )


class _Shop:
    """Deals everything from one source of chance, always in the same order."""

    def __init__(self, chance: Random, now: datetime, goods: list[Product]) -> None:
        self._chance, self._now = chance, now
        self._units = [(product, variant) for product in goods for variant in product.variants]
        self.customers: list[CustomerRecord] = []
        self.instruments: list[InstrumentRecord] = []

    def orders(self, count: int) -> list[OrderRecord]:
        for n in range(-(-count // _ORDERS_PER_CUSTOMER)):
            self._add_customer(2001 + n)
        return [self._order(str(10_001 + n), self._chance.choice(self.customers)) for n in range(count)]

    def _add_customer(self, number: int) -> None:
        first, last = self._chance.choice(FIRST_NAMES), self._chance.choice(LAST_NAMES)
        postal_code, city = self._chance.choice(CITIES)
        street = f"{self._chance.choice(STREETS)} {self._chance.randint(1, 140)}"
        self.customers.append(
            CustomerRecord(
                id=f"C-{number}",
                first_name=first,
                last_name=last,
                email=f"{first}.{last}.{number}@example.com".lower(),
                phone=f"+49 555 {number:06d}",
                address=PostalAddress(line1=street, city=city, postal_code=postal_code, country="DE"),
            )
        )
        self._add_instruments(f"C-{number}", number)

    def _add_instruments(self, customer: str, number: int) -> None:
        ending = f"{self._chance.randint(0, 9999):04d}"
        self.instruments.append(
            InstrumentRecord(id=f"card-{number}", customer_id=customer, kind="card", label=f"card ending {ending}")
        )
        if self._chance.random() < 0.4:
            self.instruments.append(
                InstrumentRecord(id=f"wallet-{number}", customer_id=customer, kind="wallet", label="wallet")
            )
        if self._chance.random() < 0.5:
            balance = Amount(minor=self._chance.randrange(0, 20_000, 500), currency=CURRENCY)
            self.instruments.append(
                InstrumentRecord(
                    id=f"gift-{number}",
                    customer_id=customer,
                    kind="stored_value",
                    label=f"gift card ending {number % 100:02d}",
                    balance=balance,
                )
            )

    def _order(self, id: str, customer: CustomerRecord) -> OrderRecord:
        status: Status = self._chance.choices(("open", "shipped", "delivered", "cancelled"), weights=(20, 12, 60, 8))[0]
        placed_at = self._now - self._age(status)
        lines = [self._line(f"{id}-{n}") for n in range(1, self._chance.choice((1, 1, 2, 2, 3, 4, 6)) + 1)]
        delivered_at = placed_at + timedelta(days=self._chance.randint(1, 4)) if status == "delivered" else None
        shipment = ShipmentRecord(
            id=f"ship-{id}",
            line_ids=[line.id for line in lines],
            status="delivered" if delivered_at else "in_transit",
            tracking=f"JD{id}{self._chance.randint(1000, 9999)}",
        )
        return OrderRecord(
            id=id,
            customer_id=customer.id,
            status=status,
            currency=CURRENCY,
            placed_at=placed_at,
            delivered_at=delivered_at,
            address=customer.address,
            lines=lines,
            shipments=[shipment] if status in ("shipped", "delivered") else [],
        )

    def _age(self, status: Status) -> timedelta:
        first, last = {"open": (0, 3), "shipped": (2, 8), "delivered": (5, 240), "cancelled": (1, 240)}[status]
        return timedelta(minutes=self._chance.randint(first * 1440 + 10, last * 1440))

    def _line(self, id: str) -> Line:
        product, variant = self._chance.choice(self._units)
        return Line(id=id, product_id=product.id, variant_id=variant.id, name=product.name, price=variant.price)

    def payments(self, orders: list[OrderRecord]) -> tuple[list[Capture], list[RefundRecord]]:
        mine: dict[str, list[InstrumentRecord]] = {}
        for instrument in self.instruments:
            mine.setdefault(instrument.customer_id, []).append(instrument)
        captures, refunds = [], []
        for order in orders:
            paid = list(self._captures(order, mine[order.customer_id]))
            captures += paid
            refunds += list(self._refunds(order, paid))
        return captures, refunds

    def _captures(self, order: OrderRecord, instruments: list[InstrumentRecord]) -> Iterator[Capture]:
        """On one instrument, or on two: a part of it on stored value."""
        total = sum(line.price.minor for line in order.lines)
        main = self._chance.choice([x for x in instruments if x.kind != "stored_value"])
        gift = next((x for x in instruments if x.kind == "stored_value"), None)
        part = total * self._chance.choice((20, 30, 50)) // 100 if gift and self._chance.random() < 0.4 else 0
        for n, (instrument, minor) in enumerate([(main, total - part), (gift, part)], start=1):
            if instrument and minor:
                amount = Amount(minor=minor, currency=order.currency)
                yield Capture(
                    id=f"pay-{order.id}-{n}",
                    order_id=order.id,
                    instrument_id=instrument.id,
                    amount=amount,
                    captured_at=order.placed_at,
                )

    def _refunds(self, order: OrderRecord, paid: list[Capture]) -> Iterator[RefundRecord]:
        """Everything of a cancelled order; a part of the first capture of some delivered ones."""
        if order.status == "cancelled":
            for capture in paid:
                yield _refund(capture, capture.amount.minor, "cancelled", order.placed_at + timedelta(minutes=5))
        elif order.delivered_at and self._chance.random() < 0.08:
            at = min(order.delivered_at + timedelta(hours=self._chance.randint(1, 72)), self._now)
            minor = min(order.lines[0].price.minor, paid[0].amount.minor)
            yield _refund(paid[0], minor, "returned", at)

    def notes(self, orders: list[OrderRecord]) -> list[NoteRecord]:
        chosen = [order for order in orders if self._chance.random() < 0.05]
        return [
            NoteRecord(
                id=f"note-{n}",
                customer_id=order.customer_id,
                text=f"Asked about order {order.id}.",
                created_at=order.placed_at + timedelta(minutes=8),
            )
            for n, order in enumerate(chosen, start=1)
        ]

    def cases(self, orders: list[OrderRecord]) -> list[CaseRecord]:
        chosen = [order for order in orders if self._chance.random() < 0.04]
        return [
            CaseRecord(
                id=f"case-{n}",
                subject=f"Question about order {order.id}",
                state=self._chance.choice(("open", "pending", "resolved", "resolved")),
                customer_id=order.customer_id,
                order_id=order.id,
                queue="service",
                created_at=order.placed_at + timedelta(minutes=9),
            )
            for n, order in enumerate(chosen, start=1)
        ]


def _refund(capture: Capture, minor: int, reason: str, at: datetime) -> RefundRecord:
    return RefundRecord(
        id=f"refund-{capture.id}",
        payment_id=capture.id,
        amount=Amount(minor=minor, currency=capture.amount.currency),
        instrument_id=capture.instrument_id,
        reason=reason,
        created_at=at,
        settled_at=at,
    )
