"""What can go wrong at a system of record, in one vocabulary.

The class name in snake case is the wire name (`ApplicationError.type`). Messages name the system and keep the
vendor's words and request id; they never carry a secret.
"""

import re
from typing import ClassVar


class ConnectorError(Exception):
    """Base of the taxonomy. `retryable`: may Temporal try this activity again?"""

    retryable: ClassVar[bool] = False
    of_write = False
    """The write guard has judged it: it tells of the write itself, earlier attempts included."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        vendor_code: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
        existing_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.vendor_code = vendor_code
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.existing_id = existing_id

    @classmethod
    def wire_name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __str__(self) -> str:
        return f"{self.message} (request {self.request_id})" if self.request_id else self.message


class AuthFailed(ConnectorError):
    """401, also after one forced refresh of the token."""


class Forbidden(ConnectorError):
    """403: the credential lacks a right."""


class NotFound(ConnectorError):
    """404 or 410."""


class Conflict(ConnectorError):
    """409 or 412: the object changed since it was read. Read again and plan anew."""


class Duplicate(ConnectorError):
    """The vendor says that it exists already; `existing_id` names it. Becomes a receipt."""


class InvalidRequest(ConnectorError):
    """400 or 422: our request is wrong."""


class Rejected(ConnectorError):
    """A business refusal, with the vendor's code: already refunded, window closed, insufficient funds."""


class KeyReused(ConnectorError):
    """Our idempotency key came with other arguments: an invariant of ours is broken."""


class Unsupported(ConnectorError):
    """This vendor cannot do this at all; said, not skipped."""


class ContractDrift(ConnectorError):
    """A read was answered in a shape that we do not know."""


class KeyInFlight(ConnectorError):
    """The same key is being worked on right now."""

    retryable = True


class RateLimited(ConnectorError):
    """429 or the vendor's own way of saying so; `retry_after_s` is what it asked for."""

    retryable = True


class QuotaExhausted(ConnectorError):
    """A daily or hourly quota is used up."""

    retryable = True


class Transient(ConnectorError):
    """Not sent, or a read that failed: safe to try again."""

    retryable = True


class OutcomeUnknown(ConnectorError):
    """A write was sent and its outcome is not known. Look first, then the same key; never a new key."""

    retryable = True


TAXONOMY: dict[str, type[ConnectorError]] = {
    error.wire_name(): error
    for error in (
        AuthFailed, Forbidden, NotFound, Conflict, Duplicate, InvalidRequest, Rejected, KeyReused, Unsupported,
        ContractDrift, KeyInFlight, RateLimited, QuotaExhausted, Transient, OutcomeUnknown,
    )
}  # fmt: skip

DEFINITE = [name for name, error in TAXONOMY.items() if not error.retryable]
"""Wire names of failures that trying again cannot mend."""
