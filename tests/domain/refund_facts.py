"""Facts and requests for tests of the rules: a delivered order of 100.00 EUR on one card, unless said otherwise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

import policies
from domain.assurance import Assurance
from domain.calls import Actor, ActorKind
from domain.customers import Instrument
from domain.money import Money
from domain.orders import Order, OrderLine, OrderStatus
from domain.payments import Payment, Refunded, RefundState
from domain.policies import RefundPolicy
from domain.refunds import RefundFacts, RefundRequest
from domain.standing import Standing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHIPPED = RefundPolicy.model_validate(yaml.safe_load((Path(policies.__file__).parent / "refund.yaml").read_text()))


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


def instrument(name: str, kind: str = "card") -> Instrument:
    held = {"balance": eur(0)} if kind == "stored_value" else {}
    return Instrument.model_validate({"id": name, "customer_id": "C-1", "kind": kind, "label": name, **held})


def payment(name: str, captured: int, *refunded: int, kind: str = "card") -> Payment:
    refunds = [
        Refunded(id=f"r-{name}-{n}", payment_id=name, amount=eur(minor), instrument_id=name, state=RefundState.SETTLED)
        for n, minor in enumerate(refunded)
    ]
    return Payment(id=name, order_id="1", instrument=instrument(name, kind), captured=eur(captured), refunds=refunds)


def seen(*payments: Payment, instruments: list[Instrument] | None = None, **order: Any) -> RefundFacts:
    lines = [
        OrderLine(id=f"1-{n}", product_id="p", variant_id="v", name="Thing", price=eur(2_500)) for n in range(1, 5)
    ]
    given: dict[str, Any] = {
        "id": "1", "customer_id": "C-1", "status": OrderStatus.DELIVERED, "currency": "EUR",
        "placed_at": NOW - timedelta(days=5), "delivered_at": NOW - timedelta(days=3), "lines": lines,
    } | order  # fmt: skip
    paid = list(payments) or [payment("card-1", 10_000)]
    return RefundFacts(order=Order(**given), payments=paid, instruments=instruments or [])


def ask(amount: int | None = None, *, currency: str = "EUR", **more: Any) -> RefundRequest:
    given: dict[str, Any] = {"order_id": "1", "reason": "damaged"} | more
    if amount is not None:
        given["amount"] = {"minor": amount, "currency": currency}
    return RefundRequest.model_validate(given)


def standing(kind: str = "ai", level: int = 1, customer: str = "C-1", **more: Any) -> Standing:
    actor = Actor(id=f"{kind}-1", kind=ActorKind(kind))
    assurance = Assurance(
        tenant="default", call_id="c", customer_id=customer, level=level, expires_at=NOW + timedelta(minutes=30)
    )
    return Standing(actor=actor, assurance=assurance if level else None, **more)
