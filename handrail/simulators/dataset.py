"""The dataset document `handrail.dataset/1`: everything the four systems know, in one JSON document.

Strict: unknown fields, numbers as text and times without a zone are refused. `DatasetError` names the path.
`parsing.parse` reads it; references between the parts are checked in `references`.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from handrail.simulators.claim_records import ClaimRecord, CoverageRecord, PayoutRecord, VoucherRecord
from handrail.simulators.dataset_values import Amount as Amount
from handrail.simulators.dataset_values import Currency
from handrail.simulators.dataset_values import Id as Id
from handrail.simulators.dataset_values import Strict as Strict
from handrail.simulators.dataset_values import Time as Time

FORMAT: Literal["handrail.dataset/1"] = "handrail.dataset/1"


class Problem(BaseModel):
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class DatasetError(ValueError):
    """The document cannot be loaded; `problems` holds at least one, in document order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(str(problems[0]))
        self.problems = problems


class PostalAddress(Strict):
    line1: str
    line2: str = ""
    city: str
    region: str = ""
    postal_code: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class CustomerRecord(Strict):
    id: Id
    first_name: str
    last_name: str
    email: str
    phone: str = ""
    address: PostalAddress | None = None
    segments: list[str] = []
    """Labels: `vip`, `new`, `flagged`."""


class InstrumentRecord(Strict):
    id: Id
    customer_id: Id
    kind: Literal["card", "wallet", "stored_value"]
    label: str = ""
    balance: Amount | None = None
    """Stored value has one, the others have none."""
    added_at: Time | None = None
    """When the customer got it; null: long ago."""


class Variant(Strict):
    id: Id
    options: dict[str, str] = {}
    price: Amount
    available: bool = True


class Product(Strict):
    id: Id
    name: str
    variants: list[Variant] = []


class Line(Strict):
    """One unit of one variant; `id` is unique within the order."""

    id: Id
    product_id: Id
    variant_id: Id
    name: str
    price: Amount


class ShipmentRecord(Strict):
    id: Id
    line_ids: list[Id] = []
    status: str = ""
    tracking: str = ""


class Mark(Strict):
    kind: str
    reference: Id
    note: str = ""
    set_at: Time | None = None


class OrderChangeRecord(Strict):
    """A change of an open order, with the fields of the order as they were before it."""

    reference: Id
    kind: Literal["cancel", "items", "address", "payment"]
    status: Literal["applied", "reverted"] = "applied"
    reason: str = ""
    instrument_id: str = ""
    before: dict[str, Any] = {}
    at: Time | None = None


class Replacement(Strict):
    """What comes in exchange for one unit."""

    line_id: Id
    variant_id: Id
    price: Amount


class AfterSalesRequest(Strict):
    id: Id
    kind: Id
    """`return`, `exchange`, `cancel`, ..."""
    status: str = "open"
    line_ids: list[Id] = []
    replacements: list[Replacement] = []
    instrument_id: str = ""
    reference: str = ""
    created_at: Time | None = None


class CoverRecord(Strict):
    """What a coverage pays of a replacement order; the customer is charged the deductible."""

    claim_id: Id
    amount: Amount
    deductible: Amount


class ReplacedRecord(Strict):
    """The unit in whose place a replacement order stands."""

    order_id: Id
    line_id: Id


class OrderRecord(Strict):
    id: Id
    customer_id: Id
    status: Literal["open", "shipped", "delivered", "cancelled"]
    currency: Currency
    placed_at: Time
    delivered_at: Time | None = None
    address: PostalAddress | None = None
    lines: list[Line] = []
    shipments: list[ShipmentRecord] = []
    marks: list[Mark] = []
    requests: list[AfterSalesRequest] = []
    changes: list[OrderChangeRecord] = []
    covered: CoverRecord | None = None
    replaces: ReplacedRecord | None = None
    reference: str = ""


class Capture(Strict):
    id: Id
    order_id: Id
    instrument_id: Id
    amount: Amount
    captured_at: Time
    reference: str = ""
    change: str = ""
    """The order's change or request that it was charged for."""


class RefundRecord(Strict):
    id: Id
    payment_id: Id
    """The capture that it takes from."""
    amount: Amount
    instrument_id: Id
    state: Literal["pending", "settled", "failed"] = "settled"
    reference: str = ""
    reason: str = ""
    change: str = ""
    """The order's change or request that it pays back for; empty: an allowance, the lines cost what they did."""
    created_at: Time
    settled_at: Time | None = None
    settles_at: Time | None = None
    """When a pending refund will settle; without it, it stays pending."""


class NoteRecord(Strict):
    id: Id
    customer_id: Id
    text: str
    reference: str = ""
    created_at: Time


class Comment(Strict):
    text: str
    reference: str = ""
    created_at: Time


class AttachmentRecord(Strict):
    """Where something lies, and its hash: never its content."""

    reference: Id
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: str = ""


class CaseRecord(Strict):
    id: Id
    subject: str
    state: Literal["open", "pending", "resolved", "withdrawn"] = "open"
    customer_id: str = ""
    order_id: str = ""
    queue: str = ""
    reference: str = ""
    body: str = ""
    comments: list[Comment] = []
    category: str = ""
    priority: str = ""
    owner: str = ""
    links: list[Id] = []
    records: list[str] = []
    merged_into: str = ""
    attachments: list[AttachmentRecord] = []
    first_response_due: Time | None = None
    resolution_due: Time | None = None
    first_response_at: Time | None = None
    resolved_at: Time | None = None
    created_at: Time


class Dataset(Strict):
    format: Literal["handrail.dataset/1"] = FORMAT
    customers: list[CustomerRecord] = []
    instruments: list[InstrumentRecord] = []
    products: list[Product] = []
    orders: list[OrderRecord] = []
    captures: list[Capture] = []
    refunds: list[RefundRecord] = []
    notes: list[NoteRecord] = []
    cases: list[CaseRecord] = []
    coverages: list[CoverageRecord] = []
    claims: list[ClaimRecord] = []
    payouts: list[PayoutRecord] = []
    vouchers: list[VoucherRecord] = []


def path_of(location: tuple[int | str, ...]) -> str:
    """`("orders", 3, "lines", 0)` -> `orders[3].lines[0]`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def written(at: datetime) -> str:
    """RFC 3339 UTC, the one form in which the simulators store and tell times."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
