"""The handoff packet: what a person needs to go on with a paused run, and nothing he would have to ask again.

Built from the record, never from free text of a model; the one text that a model wrote (`summary`) says so.
Version 1; its JSON Schema is `docs/schemas/handoff-packet.v1.json`. See docs/handoff-packet.md.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field

from domain.answers import Effect
from domain.calls import Intent
from domain.edits import Editable
from domain.money import Money
from domain.patience import Repeated
from domain.reasons import ReasonCode
from domain.values import Value
from domain.work import WorkView


class Part(Value):
    """A part of a packet. What is written below a field becomes its description in the schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Trigger(StrEnum):
    """What brought a person in."""

    CALLER = "caller"
    POLICY = "policy"
    FAILURE = "failure"
    TIMEOUT = "timeout"
    LOW_CONFIDENCE = "low_confidence"


class Reason(Part):
    """Why a person is needed."""

    code: ReasonCode = ReasonCode.NONE
    text: str = ""
    """`Refunds above 200.00 EUR need a supervisor.`"""
    trigger: Trigger = Trigger.POLICY


class Channel(Part):
    """The conversation that the run came from."""

    type: str = ""
    """`voice`, `chat`, `desk`, ..."""
    call_id: str = ""
    still_connected: bool | None = None
    """None: the platform did not say."""
    callback_number: str = ""
    """Given once in the conversation, to whichever of its runs; of several the last one."""


class Caller(Part):
    customer_ref: str = ""
    name: str = ""
    locale: str = ""


class Assurance(Part):
    """How surely the caller is who he says; valid for the person too until `expires_at`."""

    level: int = 0
    methods: list[str] = []
    verified_at: datetime | None = None
    expires_at: datetime | None = None
    failed_attempts: int = 0
    locked_until: datetime | None = None
    """Too many failures: nobody verifies this caller before then."""
    needed: int = 0
    """The level that is waited for; 0: none is. What is reached and has not expired is not asked for again."""


class SlotSource(StrEnum):
    CALLER = "caller"
    """The caller gave it by himself, without an agent between."""
    MODEL = "model"
    """An AI agent understood it so."""
    PERSON = "person"
    """A person entered it."""
    SYSTEM = "system"
    """A system told it."""


class Slot(Part):
    """One thing that the request names: nobody asks the caller for it again."""

    name: str
    value: Any = None
    source: SlotSource
    confirmed: bool = False
    """The caller said yes to an effect that rests on it."""
    said_in: str = ""
    """The run of the same conversation in which it was said; empty: this one."""


class OpenQuestion(Part):
    """What nobody has answered yet, and who can."""

    field: str
    """The name under which it is brought: `facts.symptom`; `confirm`, `assurance` and `outcome` for the commands."""
    text: str
    options: list[str] = []
    to: str = "caller"
    """`caller`, or `person`."""
    command: str = ""
    """The command that brings the answer: `provide`, `confirm`, `verify`, `decide`."""


class Summary(Part):
    text: str = ""
    author: str = ""
    """`ai claude-x (agent v12)` when a model wrote it; a person's label otherwise."""
    by_model: bool = True


class PacketFact(Part):
    """One thing that was read, where and when."""

    name: str
    """`order.status`"""
    value: Any = None
    source: str = ""
    """The system of record: `orders`, `billing`."""
    read_at: datetime | None = None
    version: str = ""


class Approval(Part):
    """One person's decision on a gate."""

    actor_id: str
    name: str = ""
    role: str = ""
    on_behalf_of: str = ""
    """The person in whose name he decided; empty: his own."""
    outcome: str
    """`approve`, `reject`, `request_info`"""
    at: datetime
    reason: str = ""
    note: str = ""


class Asked(Part):
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


class GateView(Part):
    """The gate at which the run is parked. `digest` is what a decision must carry."""

    number: int = 1
    digest: str
    roles: list[str] = []
    """Any of these roles may decide."""
    approvals_needed: int = 1
    approvals: list[Approval] = []
    requester: str = ""
    """The id of the actor whose request this is; he may not decide it."""
    asked_by: str = ""
    """Who had asked before that one took it over; he may not either."""
    bulk_up_to: int = 0
    """Up to this amount (minor units) it may be decided together with others; 0: only by itself."""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    rule: str = ""
    text: str = ""
    asked: list[Asked] = []
    """Questions of the approvers, with their answers."""
    editable: list[Editable] = []
    """What `decide` may change with its approval, as `edits`. The rules judge it again."""
    edits: dict[str, Any] = {}
    """What was changed at the gate before this one, and is to be decided now."""
    edited_by: str = ""
    """Who changed it."""
    edit_reason: str = ""


class RepairView(Part):
    """A step that keeps failing and waits for a person."""

    step: str
    error: str
    attempts: int = 0
    since: datetime | None = None
    actions: list[str] = []
    """Of `retry`, `edit`, `skip`, `undo_all`: those that are possible here."""
    switched_off: bool = False
    """It waits because such requests are switched off for whoever asked: who takes it over acts for himself."""
    editable: dict[str, Any] = {}
    """With `edit`: the fields that may be corrected, as they are now."""
    proposed: dict[str, Any] = {}
    """What one person wants to correct and another has to say too."""
    proposed_by: list[str] = []
    """Who wants that, or to skip the step."""
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


class PacketStep(Part):
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
    """Of its last change."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str = ""
    retryable: bool | None = None
    """Of a failure: whether the same may work later. None: it did not fail."""


class Effects(Part):
    """The steps by what has become of them, in the words that `steps` has for them."""

    done: list[str] = []
    """Done, and can be undone."""
    irreversible: list[str] = []
    """Done, and final."""
    pending: list[str] = []
    """Under way, of unknown outcome, failed or still to come."""
    compensated: list[str] = []
    """Done, and undone again."""


class LimitView(Part):
    """A cumulative limit that this run counts against."""

    rule: str
    bucket: str
    amount: Money
    """What this run takes of it."""
    cap: Money | None = None
    cap_count: int | None = None
    window_s: int | None = None
    """None: for ever."""


class PolicyView(Part):
    decision: str = ""
    """`allow`, `deny`, `ask`, `confirm`, `verify`, `approve`"""
    rule_ids: list[str] = []
    policy: str = ""
    version: str = ""
    digest: str = ""
    limits: list[LimitView] = []


class DryRun(Part):
    """What would happen if it were done, as far as the run knows now. The facts are read again before anything is."""

    summary: str = ""
    steps: list[str] = []
    """Still to come, in order."""
    irreversible: list[str] = []
    """Those of them that are final."""


class Recommendation(Part):
    """A legal command that would go on, and why: `POST /v1/work/{reference}/{action}` with `body`."""

    action: str
    label: str = ""
    why: str = ""
    body: dict[str, Any] = {}
    """What the record knows of the command's body: digests, the level that is needed."""
    asks: list[str] = []
    """What of the body whoever gives the command has to bring: `outcome`, `code`, `facts.symptom`."""
    arguments: dict[str, Any] = {}
    """The form of the body, as a JSON Schema: what is required of it, known or not, and in which shape."""
    people: int = 1
    """So many have to say it, each of them once."""
    requires_scope: str = ""
    """One, or several with spaces between."""
    requires_roles: list[str] = []
    """Any of these; empty: no role is asked for."""
    dry_run: DryRun | None = None


class PacketNote(Part):
    at: datetime
    author: str
    text: str


class RelatedCase(Part):
    """An open case of the customer that another run, or somebody in the case system, opened."""

    id: str
    subject: str = ""
    state: str = ""
    queue: str = ""
    order_id: str = ""
    work: str = ""
    """The reference of the run that opened it; empty: no run did."""


class Links(Part):
    """Where more is to be found. Paths are those of the gateway and the console."""

    trace: str = ""
    """The trace's id."""
    case: str = ""
    """The case system's id of the case that this run opened or joined."""
    related: list[RelatedCase] = []
    """The customer's other open cases, as they were read with the facts; those of the same order first."""
    history: str = ""
    console: str = ""


class Integrity(Part):
    """The head of the run's evidence chain when the packet was made."""

    events: int = 0
    head_hash: str = ""


class Packet(Part):
    packet_version: Literal[1] = 1
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
    slots: list[Slot] = []
    facts: list[PacketFact] = []
    effect: Effect | None = None
    digest: str = ""
    """Of `effect`: what the caller confirmed."""
    gate: GateView | None = None
    repair: RepairView | None = None
    steps: list[PacketStep] = []
    effects: Effects = Effects()
    promises: list[str] = []
    """Sentences that were said to the caller."""
    policy: PolicyView = PolicyView()
    recommended: list[Recommendation] = []
    """The first one is the next step."""
    open_questions: list[OpenQuestion] = []
    notes: list[PacketNote] = []
    repeated: list[Repeated] = []
    """What the agent said again and again, when that is why a person is needed."""
    work: list[WorkView] = []
    """Of a conversation that was handed off: all that was begun in it."""
    owner: str = ""
    """The id of the actor who holds the run; empty: nobody."""
    owner_until: datetime | None = None
    next: list[str] = []
    """Legal commands now."""
    revision: int = Field(default=0, ge=0)
    integrity: Integrity = Integrity()
    trace_id: str = ""
    links: Links = Links()
    returned: "ReturnPacket | None" = None
    """What a person said who had taken this run over and handed it back."""


class ReturnPacket(Part):
    """What a person who had taken a run over gives back to the agent: `result.returned` of the Answer from then on."""

    packet_version: Literal[1] = 1
    reference: str
    decision: str = ""
    edits: dict[str, Any] = {}
    """The arguments of the request that are different now; null: one that is no longer there."""
    message_for_caller: str = ""
    may_say: list[str] = []
    next_contact: str = ""
    by: str
    """The person, by his label."""
    at: datetime


Packet.model_rebuild()
