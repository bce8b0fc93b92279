"""Cases: the record of service work in the case system."""

from enum import StrEnum

from domain.values import Value


class CaseState(StrEnum):
    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class Case(Value):
    id: str
    subject: str
    state: CaseState
    customer_id: str = ""
    order_id: str = ""
    queue: str = ""
    reference: str = ""
    version: str = ""


class CaseDraft(Value):
    subject: str
    customer_id: str
    order_id: str = ""
    queue: str = "service"
    body: str = ""


class CaseResolution(Value):
    case_id: str
    state: CaseState
    comment: str = ""


class CustomerNote(Value):
    """A factual note for the customer's record in the CRM."""

    customer_id: str
    text: str
