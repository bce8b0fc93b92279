"""How sure we are who is calling: the assurance of one interaction."""

from datetime import datetime
from enum import IntEnum

from domain.values import Value


class Level(IntEnum):
    """Levels of assurance of the caller; mapped to, not claimed as, any standard's."""

    NONE = 0
    """Nothing, or the caller's number."""
    KNOWN_FACTS = 1
    """Identified by facts on record: e-mail, or names with postal code."""
    ONE_TIME_CODE = 2
    """A code sent to a number or address on record."""
    APP = 3
    """App push or TOTP, with the transaction's text."""
    ATTESTED = 4
    """A person vouches: in person, or called back."""


class Assurance(Value):
    """What is known of the caller of one interaction now. `level` 0: not verified, or no longer."""

    tenant: str
    call_id: str
    customer_id: str = ""
    level: int = 0
    method: str = ""
    verified_at: datetime | None = None
    expires_at: datetime | None = None
    failures: int = 0
    """Failed attempts since the last success."""
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def vouches_for(self, customer_id: str, level: int, now: datetime) -> bool:
        """Whether this customer is verified now, at least at this level."""
        return bool(customer_id) and self.customer_id == customer_id and self.level >= level and not self.expired(now)
