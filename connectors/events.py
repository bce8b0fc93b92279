"""The port for what vendors tell us unasked: webhooks, verified on their raw bytes."""

from collections.abc import Mapping
from typing import Protocol

from domain.values import Value


class InboundEvent(Value):
    """One fact that a vendor told us. It may come late, twice or out of order: it is a hint to look, not the truth."""

    dedupe_id: str
    kind: str
    """`refund.settled`, `refund.failed`, ..."""
    ref: str
    """The WriteRef value stamped on the object that it is about."""
    object_id: str = ""


class ReceivesEvents(Protocol):
    def receive(self, body: bytes, headers: Mapping[str, str], *, now_s: float) -> list[InboundEvent]:
        """Verify the signature over the raw bytes. Raises AuthFailed on a bad or stale one."""
        ...
