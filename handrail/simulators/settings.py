"""How the simulators behave until told otherwise. Kept in the database, so that a restart changes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0)]


class Webhook(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    """Empty: nobody is told."""
    secret: str = "sim-webhook-secret"
    delay_s: Seconds = 0
    copies: Annotated[int, Field(ge=1, le=10)] = 1
    shuffle: bool = False
    """Events that fall due within 0.3 s of each other are sent newest first."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    latency_ms: Seconds = 0
    """Before each call of the four systems."""
    key_ttl_s: Seconds = 86_400
    settle_after_s: Seconds = 0
    settle_fails: bool = False
    stale_reads_s: Seconds = 0
    """Every read answers what was true this long ago."""
    finder_lag_s: Seconds = 0
    """`find_notes` and `find_refunds` do not see what is younger."""
    days_ahead: Annotated[int, Field(ge=0, le=36_500)] = 0
    """How far the calendar is ahead of the clock: repair vouchers expire by it."""
    tells_contact_changes: bool = True
    """Does the CRM tell when a customer's contacts were changed?"""
    webhook: Webhook = Webhook()

    def today(self, now_s: float) -> date:
        return (datetime.fromtimestamp(now_s, UTC) + timedelta(days=self.days_ahead)).date()

    def replaced(self, given: dict[str, Any]) -> "Settings":
        """With the given fields, also of `webhook`, replaced. Raises pydantic's ValidationError."""
        merged = self.model_dump() | given
        if isinstance(given.get("webhook"), dict):
            merged["webhook"] = self.webhook.model_dump() | given["webhook"]
        return Settings.model_validate(merged)
