"""The systems' records before the proofs begin: one customer, card, order and payment per case, so that no two meet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

CHEAP, DEAR = 2_000, 8_000
"""Minor units of an order's two lines: the first is refunded within one call, the second needs a yes and a person."""
CURRENCY = "EUR"
_NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Subject:
    """Who and what one case is about. `tag` is in every id of it, and in no other subject's."""

    tag: str
    shared: str = ""
    """The e-mail of the customer whom several callers are."""

    @property
    def customer(self) -> str:
        return f"C-{self.tag}"

    @property
    def order(self) -> str:
        return f"O-{self.tag}"

    @property
    def email(self) -> str:
        return self.shared or f"{self.tag}@example.com"

    @property
    def call(self) -> str:
        return f"call-{self.tag}"

    def line(self, n: int = 1) -> str:
        return f"{self.order}-{n}"


def subject(n: int) -> Subject:
    return Subject(f"{n:05d}x")


@dataclass(frozen=True)
class Crowded:
    """An order of 100 lines of 10.00 that many callers want something of."""

    id: str
    captured: int = 100_000

    @property
    def customer(self) -> str:
        return f"C-{self.id}"

    @property
    def email(self) -> str:
        return f"{self.id}@example.com"

    def line(self, n: int) -> str:
        return f"{self.id}-{n}"


CROWDED = (Crowded("4901"), Crowded("4902"))


def caller(order: Crowded, n: int) -> Subject:
    """One of many who call as the customer of that order."""
    return Subject(f"{order.id}-{n:03d}y", shared=order.email)


def documents(count: int) -> dict[str, Any]:
    """A dataset of `count` subjects, and the crowded orders."""
    subjects = [subject(n) for n in range(count)]
    return {
        "format": "handrail.dataset/1",
        "customers": [_customer(s.customer, s.email) for s in subjects]
        + [_customer(o.customer, o.email) for o in CROWDED],
        "instruments": [i for s in subjects for i in _instruments(s)]
        + [_card(f"card-{o.id}", o.customer) for o in CROWDED],
        "products": [
            {"id": "P-1", "name": "Mug", "variants": [{"id": "P-1-1", "options": {}, "price": _money(1_000)}]}
        ],
        "orders": [_order(s.order, s.customer, [CHEAP, DEAR]) for s in subjects]
        + [_order(o.id, o.customer, [1_000] * 100) for o in CROWDED],
        "captures": [c for s in subjects for c in _captures(s)]
        + [_capture(f"pay-{o.id}", o.id, f"card-{o.id}", o.captured) for o in CROWDED],
        "refunds": [],
        "notes": [],
        "cases": [],
    }


def _instruments(s: Subject) -> list[dict[str, Any]]:
    gift = {"id": f"gift-{s.tag}", "customer_id": s.customer, "kind": "stored_value", "label": f"gift card {s.tag}"}
    return [_card(f"card-{s.tag}", s.customer), gift | {"balance": _money(0)}]


def _captures(s: Subject) -> list[dict[str, Any]]:
    """The card has 15.00 and the gift card the rest: a refund of the first line goes to two tenders."""
    paid = CHEAP + DEAR
    return [
        _capture(f"pay-{s.tag}-1", s.order, f"card-{s.tag}", 1_500),
        _capture(f"pay-{s.tag}-2", s.order, f"gift-{s.tag}", paid - 1_500),
    ]


def _customer(id: str, email: str) -> dict[str, Any]:
    return {"id": id, "first_name": "Kim", "last_name": id, "email": email}


def _card(id: str, customer: str) -> dict[str, Any]:
    return {"id": id, "customer_id": customer, "kind": "card", "label": f"card {id}"}


def _order(id: str, customer: str, prices: list[int]) -> dict[str, Any]:
    lines = [
        {"id": f"{id}-{n}", "product_id": "P-1", "variant_id": "P-1-1", "name": "Mug", "price": _money(price)}
        for n, price in enumerate(prices, 1)
    ]
    return {
        "id": id, "customer_id": customer, "status": "delivered", "currency": CURRENCY, "lines": lines,
        "placed_at": (_NOW - timedelta(days=6)).isoformat(), "delivered_at": (_NOW - timedelta(days=3)).isoformat(),
    }  # fmt: skip


def _capture(id: str, order: str, instrument: str, minor: int) -> dict[str, Any]:
    at = (_NOW - timedelta(days=6)).isoformat()
    return {"id": id, "order_id": order, "instrument_id": instrument, "amount": _money(minor), "captured_at": at}


def _money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": CURRENCY}
