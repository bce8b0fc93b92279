"""Evidence: what was seen, said, decided and done, by whom and under which rule. One `Event` per fact."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, Field

from domain.calls import Actor
from domain.values import Value

ACCESS_RUN = "access"
"""The run under which each tenant's `read` and `erased` events are kept."""

SWITCH_RUN = "switches"
"""The run under which each tenant's kill switches are recorded."""


DELEGATION_RUN = "delegations"
"""The run under which each tenant's delegations are recorded."""


class EventType(StrEnum):
    """The types in use. `Event.type` is open, so that a record written by another version still reads."""

    CALLED = "called"
    SEEN = "seen"
    DECIDED = "decided"
    SAID = "said"
    INTENT = "intent"
    """Written before an effect; without it the effect does not happen."""
    RECEIPT = "receipt"
    FAILED = "failed"
    UNDONE = "undone"
    CORRECTED = "corrected"
    """People gave a refused step another input; the rules allowed it."""
    ADJUSTED = "adjusted"
    """A person changed what he approves; the rules allowed it."""
    WAITING = "waiting"
    COMMANDED = "commanded"
    CLOSED = "closed"
    NOTE = "note"
    VERIFIED = "verified"
    ERASED = "erased"
    READ = "read"
    SWITCHED = "switched"
    """A kill switch was thrown; kept in the tenant's run `switches`."""
    DELEGATED = "delegated"
    """A person lent another his right to decide, or took it back; kept in the tenant's run `delegations`."""


class Who(Value):
    """The actor as evidence keeps him: no scopes, no roles (see `Authority`)."""

    kind: str
    id: str
    name: str = ""
    agent_version: str = ""
    model: str = ""

    @classmethod
    def of(cls, actor: Actor) -> Self:
        return cls(
            kind=str(actor.kind), id=actor.id, name=actor.name, agent_version=actor.agent_version, model=actor.model
        )


SYSTEM = Who(kind="system", id="handrail")


class Authority(Value):
    """What the actor was allowed at that moment; sorted, so that equal authority is equal bytes."""

    scopes: list[str] = []
    roles: list[str] = []

    @classmethod
    def of(cls, actor: Actor) -> Self:
        return cls(scopes=sorted(actor.scopes), roles=sorted(actor.roles))


class PolicyTrace(Value):
    """Which rules decided, of which policy document."""

    rules: list[str] = []
    policy: str = ""
    version: str = ""
    digest: str = ""
    segment: str = ""
    """The segment of customers by which the caller was judged; empty: none of the document's fits him."""
    decision: str = ""
    """`allow`, `deny`, `confirm`, `verify`, `approve`."""


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


class Event(Value):
    """One fact of one run.

    `run` and `key` name it: appending the same pair again changes nothing. `seq`, `prev_hash`, `hash` and
    `commitments` are assigned when it is written. `body` must be JSON; card numbers and codes, e-mail addresses and
    phone numbers in it are masked before it is stored. `personal` values need a `subject` (the customer under whose
    key they are kept): the chain holds commitments only, and erasing the subject makes the values unreadable.
    """

    tenant: str = Field(default="default", min_length=1, max_length=100, pattern=r"^[^/\x00]+$")
    run: str = Field(min_length=1, max_length=300)
    """The reference of the run: `refund-7k3m...`."""
    key: str = Field(min_length=1, max_length=300)
    """Unique in the run: `intent:refund/cap-1:1`."""
    type: str = Field(min_length=1, max_length=40)
    at: Annotated[AwareDatetime, AfterValidator(_utc)]
    step: str = ""
    attempt: int = 0
    actor: Who = SYSTEM
    on_behalf_of: str = ""
    authority: Authority = Authority()
    assurance: int = 0
    """Level of the caller's verification at that moment, 0 to 4."""
    channel: str = ""
    call_id: str = ""
    policy: PolicyTrace | None = None
    body: dict[str, Any] = {}
    """Digests of inputs and outputs, facts with source, version and read_at; write ref, key, receipt, request id."""
    trace_id: str = ""
    subject: str = ""
    """The customer that the event is about, and whose key protects `personal`."""
    personal: dict[str, str] = {}

    seq: int = 0
    """1, 2, 3, ... within the run; 0 until it is written."""
    commitments: dict[str, str] = {}
    """Per name in `personal`: what the chain holds in the value's place."""
    prev_hash: str = ""
    hash: str = ""


class Problem(Value):
    """Something that does not verify: which run, which event (0: the run as a whole), and what is wrong."""

    run: str
    seq: int = 0
    key: str = ""
    text: str

    def __str__(self) -> str:
        event = f" event {self.seq}" if self.seq else ""
        return f"{self.run}{event}{f' ({self.key})' if self.key else ''}: {self.text}"


class Report(Value):
    """The result of a verification."""

    ok: bool
    runs: int = 0
    events: int = 0
    checkpoints: int = 0
    erased: int = 0
    """Personal values whose key was destroyed: committed to, no longer readable. Not a problem."""
    problems: list[Problem] = []
