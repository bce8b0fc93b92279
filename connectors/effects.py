"""What a write is: its reference, its promises, its receipt.

A `WriteRef` is minted in workflow code from business identity, so every attempt, every replay and every
restart carries the same key; `n` grows only when the workflow or a person decides on *another* write.
This module is imported by workflows: it does no I/O.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from domain.values import Value

T = TypeVar("T")
_KEYS: UUID = uuid5(NAMESPACE_URL, "handrail/write")


class WriteRef(Value):
    """`{tenant}/{workflow id}/{step}/{n}`: stamped on the vendor's object; `key` goes into its idempotency header."""

    run: str
    """`{tenant}/{workflow id}`, or another identity that outlives restarts. Never a run id or an attempt."""
    step: str
    n: int = Field(default=1, ge=1)
    minted_at: datetime | None = None
    """When the workflow made it; with it the age of the first send is known after a reset too. Not part of the key."""
    resent: int = 0
    """How often the workflow sent it anew after giving up on an earlier activity. Not part of the key."""
    undo_n: int = Field(default=1, ge=1)
    """Grows when its undo was refused for good: vendors keep a refusal under the key. Part of the undo's key only."""

    @property
    def value(self) -> str:
        return f"{self.run}/{self.step}/{self.n}"

    @property
    def key(self) -> str:
        """36 characters: fits every vendor's limit."""
        return str(uuid5(_KEYS, self.value))

    @property
    def undo(self) -> "WriteRef":
        """The reference of the write that undoes this one: of its own, so that its key is another."""
        return self.model_copy(update={"step": f"{self.step}.undo{self.undo_n if self.undo_n > 1 else ''}"})


class Safety(StrEnum):
    """What makes it safe to send a write again when its outcome is unknown."""

    NATIVE_KEY = "native_key"
    """The vendor remembers an idempotency key for a while: send again with the same key."""
    UPSERT = "upsert"
    """Our reference is a unique field there: sending again changes nothing."""
    CONDITIONAL = "conditional"
    """The write names the version that it changes: the second one is refused as stale."""
    NATURAL = "natural"
    """Setting a state that is already set does nothing."""
    LOOK_UP = "look_up"
    """No key: find it by our reference before sending again."""
    NONE = "none"
    """Neither: an unknown outcome goes to a person."""


class Undo(StrEnum):
    EXACT = "exact"
    PARTIAL = "partial"
    NEVER = "never"


class Settles(StrEnum):
    NOW = "now"
    LATER = "later"
    """The answer is `accepted`: the end is told by an event, or found by asking."""


class WriteClass(StrEnum):
    """Shown to approvers: A key and finder, B strong finder or upsert, C lagging finder, D none."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class WriteSpec(Value):
    """What a vendor promises about one write. Beside the method, so that nobody can forget it."""

    safety: Safety
    key_header: str = ""
    key_field: str = ""
    """For vendors that take the key in the JSON body: `idempotency_key`."""
    key_ttl: timedelta | None = None
    """How long the vendor remembers the key. Resent only while younger than 0.8 of it; else looked up first."""
    replay_header: tuple[str, str] | None = None
    """The header and value with which the vendor says that this answer is a replay."""
    finder: str = ""
    """The method that finds the write by its reference: `find_refund`."""
    finder_lag: timedelta = timedelta(0)
    """For how long after the write the finder may not see it: an empty answer before that is not absence."""
    undo: Undo = Undo.NEVER
    undo_by: str = ""
    """The method that undoes it: `withdraw_case`."""
    undo_of: str = ""
    """This write undoes that method's: it gets the same reference, and finds by it what to undo."""
    settles: Settles = Settles.NOW
    facts: str = ""
    """Where the vendor says so: `acme#refunds`."""

    @property
    def write_class(self) -> WriteClass:
        if self.safety is Safety.NONE or (self.safety is Safety.LOOK_UP and not self.finder):
            return WriteClass.D
        if self.safety is Safety.NATIVE_KEY and self.finder:
            return WriteClass.A
        return WriteClass.C if self.finder_lag else WriteClass.B


class Applied(StrEnum):
    APPLIED = "applied"
    REPLAYED = "replayed"
    """The vendor says that it had done this already, under our key."""
    FOUND = "found"
    """Looked up by our reference: an earlier attempt had done it."""


class Receipt(Value, Generic[T]):
    """Proof of a write: what the vendor has now, how it came about, under which reference and key."""

    value: T
    outcome: Applied
    ref: str
    key: str
    settles: Settles = Settles.NOW
    request_id: str = ""
    """The vendor's own id of the request, where it gives one."""
    read_back_at: datetime | None = None
    """When the effect was seen in the system of record after the write."""
