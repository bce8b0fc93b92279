"""Cases: the record of service work in the case system."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from domain.values import Value


class CaseState(StrEnum):
    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


CLOSED = (CaseState.RESOLVED, CaseState.WITHDRAWN)


class Attachment(Value):
    """Something that the caller sent: where it lies, and the hash that proves it is the same. Never its content."""

    reference: str = Field(min_length=1, max_length=500, description="Where it is stored: an id or address.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of its bytes, in lower-case hex.")
    name: str = Field(default="", max_length=200)


class Case(Value):
    id: str
    subject: str
    state: CaseState
    customer_id: str = ""
    order_id: str = ""
    queue: str = ""
    reference: str = ""
    version: str = ""
    category: str = ""
    priority: str = ""
    owner: str = ""
    links: list[str] = []
    """Ids of related cases."""
    records: list[str] = []
    """What it is about in other systems: `claim:CLM-1`, `coverage:COV-2`."""
    merged_into: str = ""
    attachments: list[Attachment] = []
    first_response_due: datetime | None = None
    resolution_due: datetime | None = None
    first_response_at: datetime | None = None
    """None: nobody has answered the customer yet."""
    resolved_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def closed(self) -> bool:
        return self.state in CLOSED


class CaseDraft(Value):
    subject: str
    customer_id: str
    order_id: str = ""
    queue: str = "service"
    body: str = ""
    category: str = ""
    priority: str = ""
    links: list[str] = []
    records: list[str] = []
    attachments: list[Attachment] = []
    first_response_due: datetime | None = None
    resolution_due: datetime | None = None


class CaseResolution(Value):
    case_id: str
    state: CaseState
    comment: str = ""


class CaseQuery(Value):
    """Cases of one customer, or of one owner, closed ones included. An empty field does not count."""

    customer_id: str = ""
    owner: str = ""


class CaseComment(Value):
    case_id: str
    text: str
    attachments: list[Attachment] = []
    response: bool = False
    """The team's answer to the customer: it ends the clock of the first response."""


class CaseChange(Value):
    """Another subject, category, queue, priority or owner, more evidence, or new due times. Empty fields stay as they
    are."""

    case_id: str
    comment: str
    """Why: it is written on the case."""
    subject: str = ""
    category: str = ""
    queue: str = ""
    priority: str = ""
    owner: str = ""
    attachments: list[Attachment] = []
    """Added to those that are there. Evidence that was given stays, whatever is taken back."""
    records: list[str] = []
    """Added likewise."""
    first_response_due: datetime | None = None
    resolution_due: datetime | None = None
    version: str = ""
    """Of the case that it was judged by: when it has another one by now, nothing is changed. Empty: any."""
    before: Case | None = None
    """The case as it was: what the change is taken back to."""

    def back(self, now: Case) -> "CaseChange | None":
        """What takes it back, as the case stands now; a field that somebody else has changed since stays, and so
        does one that was empty before. None: there is nothing to take back."""
        was = self.before
        if was is None:
            return None
        names = ("subject", "category", "queue", "priority", "owner", "first_response_due", "resolution_due")
        ours = [name for name in names if getattr(self, name) and getattr(now, name) == getattr(self, name)]
        former = {name: getattr(was, name) for name in ours if getattr(was, name) != getattr(now, name)}
        if not former:
            return None
        return CaseChange(case_id=self.case_id, comment=f"Taken back: {self.comment}", version=now.version, **former)


class CaseLink(Value):
    case_id: str
    related_id: str


class CaseMerge(Value):
    """This case goes on in another one of the same customer."""

    case_id: str
    into_id: str
    comment: str = ""


class CaseReopening(Value):
    case_id: str
    comment: str
    attachments: list[Attachment] = []
    first_response_due: datetime | None = None
    resolution_due: datetime | None = None


class CustomerNote(Value):
    """A factual note for the customer's record in the CRM."""

    customer_id: str
    text: str
