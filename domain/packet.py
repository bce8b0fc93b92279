"""The handoff packet: what a person needs to go on with a paused run, and nothing he would have to ask again.

Built from the record, never from free text of a model; the one text that a model wrote (`summary`) says so.
Version 1. Fields that a run cannot fill yet keep their defaults. See docs/handoff-packet.md.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from domain.answers import Effect
from domain.calls import Intent
from domain.money import Money
from domain.values import Value


class Trigger(StrEnum):
    """What brought a person in."""

    CALLER = "caller"
    POLICY = "policy"
    FAILURE = "failure"
    TIMEOUT = "timeout"
    LOW_CONFIDENCE = "low_confidence"


class Reason(Value):
    """Why a person is needed. Codes: `policy_boundary`, `judgment`, `missing_dependency`, `customer_request`,
    `low_confidence`, `loop`, `timeout`, `risk`."""

    code: str = ""
    text: str = ""
    """`Refunds above 200.00 EUR need a supervisor.`"""
    trigger: Trigger = Trigger.POLICY


class Channel(Value):
    """The conversation that the run came from."""

    type: str = ""
    """`voice`, `chat`, `desk`, ..."""
    call_id: str = ""
    still_connected: bool | None = None
    """None: the platform did not say."""
    callback_number: str = ""


class Caller(Value):
    customer_ref: str = ""
    name: str = ""
    locale: str = ""


class Assurance(Value):
    """How surely the caller is who he says; valid for the person too until `expires_at`."""

    level: int = 0
    methods: list[str] = []
    verified_at: datetime | None = None
    expires_at: datetime | None = None
    failed_attempts: int = 0


class Summary(Value):
    text: str = ""
    author: str = ""
    """`ai claude-x (agent v12)` when a model wrote it; a person's label otherwise."""
    by_model: bool = True


class PacketFact(Value):
    """One thing that was read, where and when."""

    name: str
    """`order.status`"""
    value: Any = None
    source: str = ""
    """The system of record: `orders`, `billing`."""
    read_at: datetime | None = None
    version: str = ""


class Approval(Value):
    """One person's decision on a gate."""

    actor_id: str
    name: str = ""
    role: str = ""
    outcome: str
    """`approve`, `reject`, `request_info`"""
    at: datetime
    reason: str = ""
    note: str = ""


class Asked(Value):
    """What an approver wanted to know, and what he was told."""

    field: str
    """What `provide` answers it as."""
    text: str
    asked_by: str = ""
    asked_at: datetime | None = None
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    """None: it is still open."""


class GateView(Value):
    """The gate at which the run is parked. `digest` is what a decision must carry."""

    number: int = 1
    digest: str
    roles: list[str] = []
    """Any of these roles may decide."""
    approvals_needed: int = 1
    approvals: list[Approval] = []
    requester: str = ""
    """The id of the actor whose request this is; he may not decide it."""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    rule: str = ""
    text: str = ""
    asked: list[Asked] = []
    """Questions of the approvers, with their answers."""


class RepairView(Value):
    """A step that keeps failing and waits for a person."""

    step: str
    error: str
    attempts: int = 0
    since: datetime | None = None
    actions: list[str] = []
    """Of `retry`, `skip`, `undo_all`: those that are possible here."""
    unknown_outcome: bool = False
    """The vendor may or may not have applied it: look there before you skip."""


class StepStatus(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    UNDONE = "undone"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class PacketStep(Value):
    """One step of the run, past or to come, with how it is undone."""

    name: str
    label: str = ""
    """`Refund 250.00 EUR to card ending 4242`"""
    status: StepStatus = StepStatus.PLANNED
    undo: str = ""
    """How it is undone, or why never: `Cannot be undone: money has left.`"""
    irreversible: bool = False
    receipt_ref: str = ""
    """The key that was sent to the system."""
    external_id: str = ""
    """The system's own id of what was made."""
    at: datetime | None = None
    error: str = ""


class PolicyView(Value):
    decision: str = ""
    """`allow`, `deny`, `confirm`, `verify`, `approve`"""
    rule_ids: list[str] = []
    policy: str = ""
    version: str = ""
    digest: str = ""


class Recommendation(Value):
    """A legal command that would go on, and why."""

    action: str
    label: str = ""
    why: str = ""


class PacketNote(Value):
    at: datetime
    author: str
    text: str


class Integrity(Value):
    """The head of the run's evidence chain when the packet was made."""

    events: int = 0
    head_hash: str = ""


class Packet(Value):
    packet_version: int = 1
    created_at: datetime
    reference: str
    process: str = ""
    status: str = ""
    """An Answer's status."""
    title: str = ""
    """What is asked, in one sentence."""
    value: Money | None = None
    """Money at stake."""
    reason: Reason = Reason()
    channel: Channel = Channel()
    caller: Caller = Caller()
    assurance: Assurance = Assurance()
    intent: Intent | None = None
    summary: Summary | None = None
    transcript_ref: str = ""
    facts: list[PacketFact] = []
    effect: Effect | None = None
    digest: str = ""
    """Of `effect`: what the caller confirmed."""
    gate: GateView | None = None
    repair: RepairView | None = None
    steps: list[PacketStep] = []
    promises: list[str] = []
    """Sentences that were said to the caller."""
    policy: PolicyView = PolicyView()
    recommended: list[Recommendation] = []
    notes: list[PacketNote] = []
    owner: str = ""
    """The id of the actor who holds the run; empty: nobody."""
    owner_until: datetime | None = None
    next: list[str] = []
    """Legal commands now."""
    revision: int = Field(default=0, ge=0)
    integrity: Integrity = Integrity()
    trace_id: str = ""
