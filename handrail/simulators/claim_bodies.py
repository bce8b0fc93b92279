"""What the claims system's writes are given."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from handrail.simulators.calls import Body

Named = Annotated[str, Field(min_length=1, max_length=200)]
Reference = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(max_length=20_000)]


class ClaimAmount(Body):
    minor: Annotated[int, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Proof(Body):
    kind: Named
    ref: Annotated[str, Field(min_length=1, max_length=500)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ClaimBody(Body):
    coverage_id: Named
    customer_id: Named
    kind: Named
    loss_on: date
    amount: ClaimAmount
    description: Long = ""
    evidence: list[Proof] = []
    reference: Reference = ""


class ReserveBody(Body):
    amount: ClaimAmount
    reference: Reference = ""


class AssessmentBody(Body):
    """What the whole loss is held to be, whatever was reported."""

    amount: ClaimAmount | None = None
    text: Long = ""
    voids: Reference = ""
    """Instead of an amount: the reference of the assessment that is taken back."""
    reference: Reference = ""


class ActivityBody(Body):
    text: Long = ""
    done: bool = False
    reference: Reference = ""


class PaymentBody(Body):
    """What stands behind it is named by the id that goes with the kind."""

    kind: Literal["payment", "replacement", "repair_voucher"] = "payment"
    amount: ClaimAmount
    deductible: ClaimAmount
    payout_id: Reference = ""
    order_id: Reference = ""
    voucher_id: Reference = ""
    reference: Reference = ""


class NoticeBody(Body):
    text: Long
    evidence: list[Proof] = []
    reference: Reference = ""


class ClaimChange(Body):
    state: Literal["open", "closed", "withdrawn"]
    outcome: Annotated[str, Field(max_length=80)] = ""
    text: Long = ""
    amount: ClaimAmount | None = None
    """With `open`: what comes on top of the loss."""
    voids: Reference = ""
    """With `closed`: the reference of the reopening that is taken back."""
    reference: Reference = ""
