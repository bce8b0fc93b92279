"""Generated policies, callers and records for the rules, small enough that amounts meet their limits often."""

import functools
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from domain.assurance import Assurance
from domain.autonomy import Autonomy
from domain.calls import Actor, ActorKind
from domain.customers import Address, Customer, Instrument
from domain.money import Money
from domain.orders import AfterSales, Order, OrderChange, OrderLine
from domain.payments import Payment, Refunded
from domain.policies import PolicyBase
from domain.products import Product, Variant
from domain.standing import Standing
from handrail.policies import Shelf

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ME, OTHER = "C-1", "C-2"
P = TypeVar("P", bound=PolicyBase)
Draw = Any


shipped = functools.cache(Shelf().read)
"""A policy document as it is shipped."""


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The first one nine times of ten."""
    return st.integers(0, 9).flatmap(lambda n: st.just(usual) if n < 9 else st.sampled_from(others))


amounts = st.integers(0, 60).map(lambda n: 10 * n)
ceilings = st.sampled_from([10_000, 600, 400, 250, 100, 0])
"""Of what may be done; often too high to matter."""
floors = st.sampled_from([-1, 0, 100, 250, 400, 10_000])
"""From which on somebody is asked."""


@st.composite
def policies(draw: Draw, model: type[P], **more: Any) -> P:
    """The shipped document with other numbers."""
    by_kind = lambda some: st.fixed_dictionaries(dict.fromkeys(("ai", "human"), some))
    tops = sorted({draw(amounts) for _ in range(draw(st.integers(0, 2)))})
    levels = [draw(st.integers(0, 3)) for _ in range(len(tops) + 1)]
    words = st.sampled_from([Autonomy.ACT] * 9 + [Autonomy.APPROVE_EACH, Autonomy.SUGGEST, Autonomy.OFF])
    document: dict[str, Any] = shipped(model.name) | {
        "currencies": draw(mostly(["EUR", "USD"], ["EUR"], ["USD"])),
        "assurance": [{"up_to": u, "level": n} for u, n in zip([*tops, None], levels, strict=True)],
        "payee_change_level": draw(st.integers(0, 3)),
        "confirm_above": draw(by_kind(floors)),
        "auto_up_to": draw(by_kind(ceilings)),
        "approval": [{"up_to": None, "roles": ["supervisor"]}],
        "per_action": draw(by_kind(ceilings)),
        "autonomy": draw(by_kind(words)),
    }  # fmt: skip
    return model.model_validate(document | more).model_copy(update={"switched": draw(by_kind(words))})


@st.composite
def callers(draw: Draw) -> Standing:
    """Somebody with a caller who is verified somehow, or not; nobody has said yes to anything yet."""
    actor = Actor(id="a", kind=draw(st.sampled_from([ActorKind.AI, ActorKind.HUMAN])))
    if draw(st.integers(0, 19)) == 19:
        return Standing(actor=actor)
    ends = draw(mostly(NOW + timedelta(minutes=1), NOW, NOW - timedelta(hours=1), None))
    level, customer = draw(st.sampled_from([3, 3, 3, 3, 2, 1, 0])), draw(mostly(ME, OTHER, ""))
    return Standing(
        actor=actor,
        assurance=Assurance(tenant="t", call_id="c", customer_id=customer, level=level, expires_at=ends),
    )


def instrument(id: str, kind: str, customer: str = ME, balance: int = 0) -> Instrument:
    held = {"balance": eur(balance)} if kind == "stored_value" else {}
    return Instrument.model_validate({"id": id, "customer_id": customer, "kind": kind, **held})


WALLETS = [
    instrument("card", "card"), instrument("wallet", "wallet"), instrument("gift", "stored_value", balance=200),
    instrument("their-card", "card", OTHER), instrument("their-gift", "stored_value", OTHER, balance=5_000),
]  # fmt: skip


@st.composite
def payments(draw: Draw) -> list[Payment]:
    found = []
    for n, kind in enumerate(draw(st.lists(st.sampled_from(WALLETS[:3]), min_size=1, max_size=2, unique_by=id))):
        captured = draw(amounts)
        refunds, left = [], captured
        for k in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            state = draw(st.sampled_from(["settled", "pending", "failed"]))
            minor = draw(st.integers(0, left))
            left -= minor if state != "failed" else 0
            refunds.append(
                Refunded.model_validate(
                    {"id": f"r{n}{k}", "payment_id": f"pay{n}", "amount": eur(minor), "instrument_id": kind.id,
                     "state": state}
                )
            )  # fmt: skip
        found.append(Payment(id=f"pay{n}", order_id="O", instrument=kind, captured=eur(captured), refunds=refunds))
    return found


@st.composite
def orders(draw: Draw, usual: str) -> Order:
    status = draw(mostly(usual, "open", "delivered", "shipped", "cancelled"))
    lines = [
        OrderLine(id=f"L{n}", product_id="P", variant_id="small", name="Shirt", price=eur(draw(amounts)))
        for n in range(draw(st.integers(1, 3)))
    ]
    changes = draw(mostly([], ["items"], ["address"], ["payment"]))
    asked = draw(mostly([], ["open"], ["withdrawn"]))
    return Order(
        id="O", customer_id=draw(mostly(ME, OTHER)), status=status, currency=draw(mostly("EUR", "USD")),
        placed_at=NOW - timedelta(days=100), delivered_at=NOW - timedelta(days=draw(st.sampled_from([1, 30, 90, 91]))),
        lines=lines, version="7",
        changes=[OrderChange(reference=f"x{n}", kind=kind) for n, kind in enumerate(changes)],
        requests=[AfterSales(id="R", kind="return", status=state) for state in asked],
    )  # fmt: skip


@st.composite
def products(draw: Draw) -> list[Product]:
    variants = [
        Variant(id=id, price=eur(draw(amounts)), available=draw(mostly(True, False)))
        for id in ("small", "large", "red")
    ]
    return [Product(id="P", name="Shirt", variants=variants)]


CUSTOMER = Customer(
    id=ME, first_name="Ada", last_name="Lind", email="ada@example.com",
    address=Address(line1="Gartenstrasse 1", city="Berlin", postal_code="10117", country="DE"),
)  # fmt: skip
