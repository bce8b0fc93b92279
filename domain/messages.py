"""Messages to a customer: by which channel, to which address on record."""

from datetime import datetime
from enum import StrEnum

from domain.values import Value


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Message(Value):
    channel: Channel
    to: str
    text: str


class SentMessage(Value):
    """What a messaging system keeps of a message. Never its text."""

    id: str
    channel: Channel
    to: str
    reference: str = ""


class CustomerMessage(Value):
    """A message to a customer, wherever his record says that he is reached."""

    customer_id: str
    text: str


class Told(Value):
    """A message that was sent; the address is masked."""

    id: str
    channel: Channel
    to: str


class Contacts(Value):
    """Where a customer can be reached, by his record; empty: not at all."""

    customer_id: str
    email: str = ""
    phone: str = ""
    changed: dict[str, datetime] = {}
    """When `email` and `phone` were changed last; what the CRM does not tell is not there."""
    segments: list[str] = []
    """The CRM's labels for him."""
    version: str = ""

    def changed_at(self, channel: Channel) -> datetime | None:
        return self.changed.get("email" if channel is Channel.EMAIL else "phone")

    def at(self, channel: Channel) -> str:
        return self.email if channel is Channel.EMAIL else self.phone

    @property
    def first(self) -> Channel | None:
        """The channel of messages that may wait; None: he cannot be written to."""
        return next((channel for channel in Channel if self.at(channel)), None)


def masked(channel: Channel, to: str) -> str:
    """Enough for its owner to know it again: `m***@example.com`, `***01`."""
    if channel is Channel.SMS:
        return f"***{to[-2:]}" if len(to) > 5 else "***"
    name, _, host = to.rpartition("@")
    return f"{name[0] if len(name) > 2 else ''}***@{host}"
