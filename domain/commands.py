"""What can be said to an open run. Each is validated by the door and judged by the run."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from domain.answers import Answer, Denial
from domain.calls import Actor
from domain.patience import Repeated
from domain.reasons import ReasonCode
from domain.values import Value

Note = Annotated[str, Field(max_length=2_000)]


class Confirm(Value):
    """The caller says yes to the effect with this digest."""

    digest: str = Field(min_length=1, max_length=80)


class Withdraw(Value):
    """The caller takes the request back. Accepted until money moves."""

    reason: Note = ""


class Provide(Value):
    """Facts that were asked for."""

    facts: dict[str, Any]
    note: Note = ""


class Verify(Value):
    """Look again at the caller's assurance; or, by a person with `assurance:attest`, attest it."""

    level: int = Field(default=0, ge=0, le=4)
    method: str = Field(default="", max_length=80)
    customer_id: str = Field(default="", max_length=200)
    code: str = Field(default="", max_length=80)
    """The one-time code that the caller gave. The rail seals it: the run never holds it."""


class Outcome(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_INFO = "request_info"


class Decide(Value):
    """A person decides a gate. Bound to the digest that he saw."""

    outcome: Outcome
    digest: str = Field(min_length=1, max_length=80)
    """The gate's digest (effect + facts + policy version), from the work item."""
    decision_id: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=80)
    note: Note = ""
    on_behalf_of: str = Field(default="", max_length=200)
    """The id of the person who delegated his right. Empty: in one's own name."""
    in_bulk: bool = False
    """One of several in one go: only where the policy allows that, up to its amount."""
    edits: dict[str, Any] = Field(default={}, max_length=20)
    """With `approve`: what is to be otherwise, of the fields that the packet's `gate.editable` names. The rules judge
    it again; above the decider's authority it is referred upwards."""


class Claim(Value):
    """Take ownership of a work item."""

    lease_s: int = Field(default=900, ge=30, le=86_400)


class Release(Value):
    """Give ownership back to the queue."""

    note: Note = ""


class RepairAction(StrEnum):
    RETRY = "retry"
    SKIP = "skip"
    EDIT = "edit"
    UNDO_ALL = "undo_all"


class Retry(Value):
    """Repair a step that keeps failing: try now, correct its input and try, skip with a reason, or undo everything
    before it. An edit meets the rules again; what moves money to another place takes two people who say the same."""

    action: RepairAction = RepairAction.RETRY
    reason: Note = ""
    changes: dict[str, Any] = Field(default={}, max_length=20)
    """With `edit`: the fields of the step's input that change, of those that the packet's `repair.editable` names."""


class AddNote(Value):
    """A note for people, kept with the run."""

    text: Note = Field(min_length=1)
    to_caller: bool = False
    """It was told to the caller too: of a case it is the answer that its first clock waits for."""
    related: str = Field(default="", max_length=200)
    """Of a case: another one that has to do with it. The case system links them, each to the other."""


class Resolve(Value):
    """The team closes its case: it is solved, or it goes on in another one."""

    comment: Note = ""
    into: str = Field(default="", max_length=200)
    """The case that it is merged into."""


class Reassign(Value):
    """Another team, or another priority, for a case. Empty fields stay as they are."""

    queue: str = Field(default="", max_length=60)
    priority: str = Field(default="", max_length=20)
    note: Note = ""


class Amend(Value):
    """The caller changes his mind: these arguments replace those of the same name; null removes one."""

    arguments: dict[str, Any] = Field(min_length=1)


class TakeOver(Value):
    """A person takes the run; the agent's next write does not happen."""

    reason: Note = ""
    lease_s: int = Field(default=3_600, ge=30, le=86_400)


class HandOff(Value):
    """Nobody on this side gets further with the caller: a person goes on with this run."""

    reason: ReasonCode = ReasonCode.CUSTOMER_REQUEST
    text: Note = ""
    repeated: SkipJsonSchema[list[Repeated]] = []
    """What was said again and again: counted by the house, never told by an agent."""


class HandBack(Value):
    """The return packet: what the agent is told when a person gives the run back."""

    decision: str = Field(default="", max_length=200)
    edits: dict[str, Any] = {}
    message_for_caller: Note = ""
    may_say: list[Note] = Field(default=[], max_length=20)
    next_contact: str = Field(default="", max_length=200)


class Command(Value):
    """A command as the run receives it: who, what, and the door's id for this very message."""

    name: str
    actor: Actor
    body: dict[str, Any] = {}
    message_id: str = ""


class Reply(Value):
    """What a run says to a tool call or command: its answer now, or why this command is refused."""

    answer: Answer
    refused: Denial | None = None
    nonce: str = ""
    """Echo of the message that was answered; another one means that this is a recorded answer."""


COMMANDS: dict[str, type[Value]] = {
    "confirm": Confirm,
    "withdraw": Withdraw,
    "provide": Provide,
    "verify": Verify,
    "decide": Decide,
    "claim": Claim,
    "release": Release,
    "retry": Retry,
    "note": AddNote,
    "resolve": Resolve,
    "reassign": Reassign,
    "amend": Amend,
    "take_over": TakeOver,
    "hand_off": HandOff,
    "hand_back": HandBack,
}

START, READ, DECIDE, OWN = "wf:{process}:start", "wf:{process}:read", "gate:{process}:decide", "work:own"
ATTEST = "assurance:attest"
"""Beside the command's own scope: to vouch for a caller."""
COMMAND_SCOPES = {
    "confirm": START,
    "amend": START,
    "withdraw": START,
    "provide": START,
    "verify": START,
    "note": START,
    "hand_off": START,
    "decide": DECIDE,
    "claim": OWN,
    "release": OWN,
    "take_over": OWN,
    "hand_back": OWN,
    "retry": OWN,
    "resolve": OWN,
    "reassign": OWN,
}
"""The scope that a door asks for each; `{process}` stands for the run's own."""
