"""What the systems hold of one subject before a scenario begins: rows of the dataset document, each with its tag."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.full.rig import money
from tests.full.world import CURRENCY, Subject
from tests.test_appointment import hour

Rows = dict[str, list[dict[str, Any]]]
NOW = datetime.now(UTC).replace(microsecond=0)
PRICES = (4_000, 2_000)
GIFT = 9_000
"""Minor units on the customer's gift card before anything happens."""
ELSEWHERE = {"line1": "Marktplatz 7", "city": "Hamburg", "postal_code": "20095", "country": "DE"}
PROOF = {"kind": "proof_of_purchase", "ref": "upload:1", "sha256": "a1" * 32}
PHOTO = {"kind": "photo", "ref": "upload:2", "sha256": "b2" * 32}


VISIT, OTHER_VISIT = hour(15, "08:00"), hour(17, "14:00")
"""When a technician is to come: some weeks ahead, later than any due time that is counted from now."""


def card(who: Subject) -> str:
    return f"card-{who.tag}"


def gift(who: Subject) -> str:
    return f"gift-{who.tag}"


def coverage(who: Subject) -> str:
    return f"W-{who.tag}"


def closed_claim(who: Subject) -> str:
    return f"L-{who.tag}"


def known_case(who: Subject) -> str:
    return f"K-{who.tag}"


def visit(who: Subject) -> str:
    return f"A-{who.tag}"


def variant(who: Subject, line: int, difference: int = 0) -> str:
    """Of the product of that line: the one that costs so much more."""
    return f"V-{who.tag}-{line}-{difference}"


def day(days: float) -> date:
    """So many days ago."""
    return (NOW - timedelta(days=days)).date()


def order(who: Subject, status: str, *, tenders: tuple[int, ...] = (sum(PRICES),)) -> Rows:
    """A customer with his order, paid by card and, if a second tender is given, gift card."""
    address = {"line1": "Gartenstrasse 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
    lines = [
        {"id": who.line(n), "product_id": f"P-{who.tag}-{n}", "variant_id": variant(who, n), "name": f"Thing {n}",
         "price": money(price)}
        for n, price in enumerate(PRICES, 1)
    ]  # fmt: skip
    return {
        "customers": [
            {"id": who.customer, "first_name": "Kim", "last_name": who.tag, "email": who.email, "address": address}
        ],
        "instruments": [
            {"id": card(who), "customer_id": who.customer, "kind": "card", "label": f"card {who.tag}"},
            {"id": gift(who), "customer_id": who.customer, "kind": "stored_value", "label": f"gift card {who.tag}",
             "balance": money(GIFT)},
        ],
        "products": [_product(who, n, price) for n, price in enumerate(PRICES, 1)],
        "orders": [
            {"id": who.order, "customer_id": who.customer, "status": status, "currency": CURRENCY, "lines": lines,
             "placed_at": _ago(6), "delivered_at": _ago(3) if status == "delivered" else None, "address": address}
        ],
        "captures": [
            {"id": f"pay-{who.tag}-{n}", "order_id": who.order, "instrument_id": instrument, "amount": money(minor),
             "captured_at": _ago(6)}
            for n, (minor, instrument) in enumerate(zip(tenders, (card(who), gift(who)), strict=False), 1)
        ],
    }  # fmt: skip


def covered(who: Subject, *, settles_by: str = "payment", deductible: int = 0) -> Rows:
    """A delivered order with a warranty."""
    warranty = {
        "id": coverage(who), "kind": "warranty", "customer_id": who.customer, "order_id": who.order,
        "starts_on": f"{day(200)}", "ends_on": f"{day(-165)}", "covers": ["defect", "accidental_damage"],
        "limit": money(200_000), "deductible": money(deductible), "instrument_id": card(who),
        "settles_by": [settles_by],
    }  # fmt: skip
    return order(who, "delivered") | {"coverages": [warranty]}


def claimed(who: Subject, state: str = "closed") -> Rows:
    """... under which a claim of 100.00 was paid last week, and closed; or is open still, and nothing was paid."""
    claim, payout = closed_claim(who), f"paid-{who.tag}"
    paid = {
        "id": f"{claim}-1", "amount": money(10_000), "deductible": money(0), "payout_id": payout,
        "reserved": money(10_000), "at": _ago(7),
    }  # fmt: skip
    loss = {
        "id": claim, "coverage_id": coverage(who), "customer_id": who.customer, "kind": "defect",
        "loss_on": f"{day(20)}", "description": "The hinge of the lid broke off", "amount": money(10_000),
        "reserve": money(0), "reported_at": _ago(9), "state": state,
    }  # fmt: skip
    if state == "open":
        return covered(who) | {"claims": [loss]}
    return covered(who) | {
        "claims": [loss | {"outcome": "paid", "closed_at": _ago(7), "payments": [paid]}],
        "payouts": [
            {"id": payout, "customer_id": who.customer, "instrument_id": card(who), "amount": money(10_000),
             "subject": claim, "created_at": _ago(7), "settled_at": _ago(7)}
        ],
    }  # fmt: skip


def complained(who: Subject, state: str, *, category: str = "late_delivery") -> Rows:
    """A case about the order is there already."""
    case = {
        "id": known_case(who), "subject": "Parcel is late", "state": state, "customer_id": who.customer,
        "order_id": who.order, "queue": "logistics", "category": category, "priority": "normal",
        "created_at": _ago(2), "resolved_at": _ago(1) if state == "resolved" else None,
    }  # fmt: skip
    return order(who, "shipped") | {"cases": [case]}


def visited(who: Subject) -> Rows:
    """A technician is to come to the customer."""
    case = {
        "id": visit(who), "subject": "Repair of the boiler", "category": "appointment", "queue": "field_service",
        "customer_id": who.customer, "owner": f"Ben {who.tag}", "resolution_due": VISIT.astimezone(UTC).isoformat(),
        "created_at": _ago(2),
    }  # fmt: skip
    return order(who, "open") | {"cases": [case]}


def delayed(who: Subject) -> Rows:
    rows = order(who, "shipped")
    rows["orders"][0]["shipments"] = [
        {"id": f"S-{who.tag}", "line_ids": [who.line(1), who.line(2)], "status": "delayed"}
    ]
    return rows


def _product(who: Subject, line: int, price: int) -> dict[str, Any]:
    differences = (0, 500, -500)
    variants = [
        {"id": variant(who, line, more), "options": {"kind": str(more)}, "price": money(price + more)}
        for more in differences
    ]
    return {"id": f"P-{who.tag}-{line}", "name": f"Thing {line}", "variants": variants}


def _ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()
