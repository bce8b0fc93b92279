"""Coverages and claims as parts of the dataset document."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from handrail.simulators.dataset_values import Amount, Id, Strict, Time

Kind = Literal["payment", "replacement", "repair_voucher"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CoverageRecord(Strict):
    id: Id
    kind: Literal["warranty", "protection_plan", "insurance_policy"]
    customer_id: Id
    order_id: str = ""
    product_id: str = ""
    starts_on: date
    ends_on: date
    """The last day that is covered."""
    covers: list[Id]
    """Kinds of loss."""
    limit: Amount
    """For all claims together."""
    deductible: Amount
    deductible_per: Literal["claim", "period"] = "claim"
    instrument_id: str = ""
    """What the customer pays it with."""
    settles_by: list[Kind] = ["payment"]
    state: Literal["active", "cancelled"] = "active"


class EvidenceRecord(Strict):
    kind: Id
    ref: Id
    sha256: Sha256


class ActivityRecord(Strict):
    name: Id
    text: str = ""
    done: bool = False


class ClaimPaymentRecord(Strict):
    id: Id
    kind: Kind = "payment"
    amount: Amount
    deductible: Amount
    payout_id: str = ""
    order_id: str = ""
    voucher_id: str = ""
    reserved: Amount
    """The reserve when it was recorded."""
    reference: str = ""
    at: Time


class EntryRecord(Strict):
    """A line of the claim's diary."""

    kind: Literal["reserve", "activity", "notice", "assessed", "closed", "reopened", "withdrawn"]
    reference: str = ""
    text: str = ""
    amount: Amount | None = None
    evidence: list[EvidenceRecord] = []
    at: Time
    closed_at: Time | None = None
    outcome: str = ""
    """With `reopened`: how it was closed before."""
    void: bool = False
    """A reopening or an assessment that was taken back."""


class ClaimRecord(Strict):
    id: Id
    coverage_id: Id
    customer_id: Id
    kind: Id
    loss_on: date
    description: str = ""
    amount: Amount
    """The whole loss, later additions included."""
    assessed: Amount | None = None
    """What the whole loss is held to be. Null: what was reported."""
    evidence: list[EvidenceRecord] = []
    state: Literal["open", "closed", "withdrawn"] = "open"
    outcome: str = ""
    reserve: Amount
    payments: list[ClaimPaymentRecord] = []
    activities: list[ActivityRecord] = []
    diary: list[EntryRecord] = []
    reference: str = ""
    reported_at: Time
    closed_at: Time | None = None


class PayoutRecord(Strict):
    id: Id
    customer_id: Id
    instrument_id: Id
    amount: Amount
    subject: str = ""
    """What it was paid for: a claim's id."""
    state: Literal["pending", "settled", "failed"] = "settled"
    reference: str = ""
    reason: str = ""
    created_at: Time
    settled_at: Time | None = None
    settles_at: Time | None = None


class VoucherRecord(Strict):
    id: Id
    number: Id
    claim_id: Id
    amount: Amount
    provider: Id
    expires_on: date
    """The last day on which it is taken."""
    state: Literal["issued", "redeemed", "void"] = "issued"
    reference: str = ""
    issued_at: Time
