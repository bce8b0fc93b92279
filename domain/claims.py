"""Coverages and the claims made on them, as a claims system tells them."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from domain.money import Money, total
from domain.values import Value


class CoverageKind(StrEnum):
    WARRANTY = "warranty"
    PROTECTION_PLAN = "protection_plan"
    INSURANCE_POLICY = "insurance_policy"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        return "coverage" if self is CoverageKind.UNKNOWN else self.value.replace("_", " ")


class DeductiblePer(StrEnum):
    CLAIM = "claim"
    PERIOD = "period"
    """Once in the coverage's whole period, spread over its claims."""


class SettlementKind(StrEnum):
    """How a loss is made good."""

    PAYMENT = "payment"
    REPLACEMENT = "replacement"
    """An order for the same thing again, at the cost of the coverage."""
    REPAIR_VOUCHER = "repair_voucher"
    """A repairer is paid by us, up to the voucher's amount."""
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Coverage(Value):
    """What is covered, for whom, when and up to how much."""

    id: str
    kind: CoverageKind
    customer_id: str
    order_id: str = ""
    product_id: str = ""
    starts_on: date
    ends_on: date
    """The last day that is covered."""
    covers: list[str]
    """Kinds of loss: `defect`, `accidental_damage`, `theft`."""
    limit: Money
    """For all claims of the period together."""
    deductible: Money
    deductible_per: DeductiblePer = DeductiblePer.CLAIM
    instrument_id: str = ""
    """What it was paid with; money that goes elsewhere needs more assurance."""
    settles_by: list[SettlementKind] = [SettlementKind.PAYMENT]
    """The kinds that it grants; the policy may allow fewer."""
    state: str = "active"
    version: str = ""


class ClaimState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class Evidence(Value):
    """A proof by reference and hash: the thing itself never passes through here."""

    kind: str = Field(min_length=1, max_length=80, description="What it is: proof_of_purchase, photo, police_report.")
    ref: str = Field(min_length=1, max_length=500, description="Where it lies: the upload's or document's reference.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of its bytes, in lower-case hex.")


class ClaimPayment(Value):
    """What was made good, as the claim's file lists it: all kinds count against the limit by their amount."""

    id: str
    kind: SettlementKind = SettlementKind.PAYMENT
    amount: Money
    """Of a replacement: what it cost the coverage. Of a voucher: what it is good for."""
    deductible: Money
    """What was taken off, or charged, with it."""
    payout_id: str = ""
    order_id: str = ""
    """Of a replacement."""
    voucher_id: str = ""
    reference: str = ""
    lapsed: Money | None = None
    """Of a voucher that expired: what nobody used of it. That is final, and counts no more."""

    @property
    def spent(self) -> Money:
        return self.amount - self.lapsed if self.lapsed else self.amount

    @property
    def deductible_borne(self) -> Money:
        """None, where nothing came of it."""
        in_vain = self.lapsed is not None and not self.spent
        return self.deductible.model_copy(update={"minor": 0}) if in_vain else self.deductible


class Activity(Value):
    """Work on a claim that is planned: an assessment, an inspection."""

    name: str
    text: str = ""
    done: bool = False


class Claim(Value):
    id: str
    coverage_id: str
    customer_id: str
    kind: str
    loss_on: date
    description: str = ""
    amount: Money
    """The whole loss as it was reported, later additions included."""
    assessed: Money | None = None
    """What the whole loss is held to be, once somebody has assessed it otherwise."""
    evidence: list[Evidence] = []
    state: ClaimState
    outcome: str = ""
    """With a closed one: `paid`, `declined`, `unpaid`."""
    reserve: Money
    payments: list[ClaimPayment] = []
    activities: list[Activity] = []
    reference: str = ""
    reported_at: datetime
    closed_at: datetime | None = None
    version: str = ""

    @property
    def paid(self) -> Money:
        """What it took of the coverage's limit."""
        return total([payment.spent for payment in self.payments], self.amount.currency)

    @property
    def lapsed(self) -> Money:
        """What had been made good and was not used."""
        return total([payment.lapsed for payment in self.payments if payment.lapsed], self.amount.currency)

    @property
    def deductible_taken(self) -> Money:
        return total([payment.deductible_borne for payment in self.payments], self.amount.currency)


class ClaimDraft(Value):
    coverage_id: str
    customer_id: str
    kind: str
    loss_on: date
    description: str
    amount: Money
    evidence: list[Evidence] = []


class ReserveSetting(Value):
    """What the claim is expected to cost still; zero releases it."""

    claim_id: str
    amount: Money


class Assessment(Value):
    """What the whole loss of a claim is held to be, whatever was reported."""

    claim_id: str
    amount: Money
    text: str = ""


class PaymentRecord(Value):
    """For the claim's file: this payout was made on it, this replacement ordered, or this voucher issued."""

    claim_id: str
    kind: SettlementKind = SettlementKind.PAYMENT
    amount: Money
    deductible: Money
    payout_id: str = ""
    order_id: str = ""
    voucher_id: str = ""


class ActivitySetting(Value):
    claim_id: str
    name: str
    text: str = ""
    done: bool = False


class Notice(Value):
    """A further notice of a loss that is on file already."""

    claim_id: str
    text: str
    evidence: list[Evidence] = []


class Closure(Value):
    claim_id: str
    outcome: str
    text: str = ""


class Reopening(Value):
    """A closed claim goes on: the same event has cost more."""

    claim_id: str
    reason: str
    amount: Money
    """What comes on top of the loss reported before."""
