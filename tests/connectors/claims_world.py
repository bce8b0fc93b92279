"""Coverages, claims and payouts of the simulators, for the kit."""

from datetime import date
from typing import Any

from domain.claims import (
    ActivitySetting,
    Assessment,
    ClaimDraft,
    Closure,
    Notice,
    PaymentRecord,
    Reopening,
    ReserveSetting,
)
from domain.customers import Address
from domain.money import Money
from domain.payouts import PayoutOrder
from domain.replacements import ReplacementDraft
from domain.vouchers import VoucherDraft

_AT = "2026-11-02T10:00:00Z"
_NOTHING = {"minor": 0, "currency": "EUR"}
_LOSS = {"minor": 10_000, "currency": "EUR"}
_CLAIM = {
    "coverage_id": "w1", "customer_id": "c1", "kind": "defect", "loss_on": "2026-11-01", "amount": _LOSS,
    "reserve": _NOTHING, "reported_at": _AT,
}  # fmt: skip
PARTS: dict[str, Any] = {
    "coverages": [
        {"id": "w1", "kind": "warranty", "customer_id": "c1", "starts_on": "2026-10-01", "ends_on": "2028-10-01",
         "covers": ["defect"], "limit": _LOSS, "deductible": _NOTHING}
    ],
    "claims": [
        _CLAIM | {"id": "cl1"},
        _CLAIM | {"id": "cl2", "state": "closed", "outcome": "paid", "closed_at": _AT},
    ],
    "payouts": [
        {"id": "po1", "customer_id": "c1", "instrument_id": "i1", "amount": _LOSS, "subject": "cl1", "created_at": _AT}
    ],
}  # fmt: skip
_EUR = Money(minor=100, currency="EUR")
DRAFTS: dict[str, Any] = {
    "open_claim": ClaimDraft(
        coverage_id="w1", customer_id="c1", kind="defect", loss_on=date(2026, 11, 1), description="Dark.", amount=_EUR
    ),
    "set_reserve": ReserveSetting(claim_id="cl1", amount=_EUR),
    "assess_claim": Assessment(claim_id="cl1", amount=_EUR, text="By the photo."),
    "set_activity": ActivitySetting(claim_id="cl1", name="assessment", text="Look at it."),
    "record_payment": PaymentRecord(
        claim_id="cl1", amount=_EUR, deductible=Money(minor=0, currency="EUR"), payout_id="po1"
    ),
    "join_notice": Notice(claim_id="cl1", text="It is dark."),
    "close_claim": Closure(claim_id="cl1", outcome="paid", text="Paid."),
    "reopen_claim": Reopening(claim_id="cl2", reason="additional_cost", amount=_EUR),
    "order_replacement": ReplacementDraft(
        customer_id="c1",
        claim_id="cl1",
        product_id="p1",
        variant_id="v1",
        covered=_EUR,
        deductible=_EUR,
        address=Address(line1="Gartenstrasse 1", city="Berlin", postal_code="10117", country="DE"),
        order_id="o1",
        line_id="l1",
    ),
    "issue_voucher": VoucherDraft(claim_id="cl1", amount=_EUR, provider="FixIt", expires_on=date(2027, 2, 1)),
    "send_payout": PayoutOrder(customer_id="c1", instrument_id="i1", amount=_EUR, subject="cl1", reason="Claim cl1"),
}
CALLS = {
    "send_payout": "pay_out", "find_payout": "find_payouts", "find_claim": "find_claims",
    **dict.fromkeys(("withdraw_claim", "close_claim", "reopen_claim", "close_reopened"), "change_claim"),
    "order_replacement": "place_replacement", "cancel_replacement": "put_change", "find_replacement": "find_orders",
    "find_voucher": "find_vouchers",
    "release_reserve": "set_reserve", "restore_assessment": "assess_claim", "end_activity": "set_activity",
    **dict.fromkeys(
        ("find_reserve", "find_assessment", "find_activity", "find_payment", "find_notice", "find_closure",
         "find_reopening"),
        "get_claim",
    ),
}  # fmt: skip


def there(operation: str, data: dict[str, Any]) -> list[Any]:
    """What the systems have of this operation's effects, whosever they are."""
    claims = data["claims"]
    if operation == "open_claim":
        return [claim for claim in claims if claim["state"] != "withdrawn"]
    if operation == "send_payout":
        return list(data["payouts"])
    if operation == "order_replacement":
        return [order for order in data["orders"] if order["covered"] and order["status"] != "cancelled"]
    if operation == "issue_voucher":
        return [voucher for voucher in data["vouchers"] if voucher["state"] != "void"]
    if operation == "record_payment":
        return [payment for claim in claims for payment in claim["payments"]]
    kind = {
        "set_reserve": "reserve", "assess_claim": "assessed", "set_activity": "activity", "join_notice": "notice",
        "close_claim": "closed", "reopen_claim": "reopened",
    }[operation]  # fmt: skip
    return [entry for claim in claims if _stands(kind, claim) for entry in claim["diary"] if _is(entry, kind)]


def _is(entry: dict[str, Any], kind: str) -> bool:
    return entry["kind"] == kind and not entry["void"]


def _stands(kind: str, claim: dict[str, Any]) -> bool:
    """A reserve that was released and an activity that was ended are there no more."""
    if kind == "reserve":
        return bool(claim["reserve"]["minor"])
    return kind != "activity" or any(not activity["done"] for activity in claim["activities"])
