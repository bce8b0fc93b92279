"""What comes in through every door: a tool call by an actor, within an interaction."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from domain.money import Money
from domain.values import Value


class ActorKind(StrEnum):
    AI = "ai"
    HUMAN = "human"
    SYSTEM = "system"


class Mandate(Value):
    """In whose name a person decides: another one lent him his right (see `domain.delegations`)."""

    delegation: str
    principal: str
    """The id of the person whose right it is."""
    name: str = ""
    up_to: Money | None = None
    until: datetime


class Actor(Value):
    """Who acts. Set by the door from the credential, never from the caller's text."""

    id: str
    kind: ActorKind
    tenant: str = "default"
    name: str = ""
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    """Roles that gates ask for: `agent`, `supervisor`, `finance`, ..."""
    agent_version: str = ""
    """AI only: the version of the agent (prompt and tools) that acts."""
    model: str = ""
    """AI only: the language model behind the agent."""
    mandate: Mandate | None = None
    """He acts in another's name; `roles` and gate scopes are then the other's."""

    def may_read(self, process: str) -> bool:
        """Whether the credential opens work of this process."""
        return bool({f"wf:{process}:read", "wf:*:read"} & self.scopes)

    @property
    def label(self) -> str:
        mine = f"{self.kind} {self.name or self.id}"
        return f"{mine} for {self.mandate.name or self.mandate.principal}" if self.mandate else mine

    @property
    def persons(self) -> frozenset[str]:
        """The ids of who acts and of whom he acts for: of several votes, no two may share one."""
        return frozenset({self.id, self.mandate.principal} if self.mandate else {self.id})


class Intent(Value):
    label: str
    confidence: float | None = Field(default=None, ge=0, le=1)
    utterance_ref: str = ""


class Interaction(Value):
    """The conversation around a call. All of it is optional; none of it ever reaches a rule as free text."""

    channel: str = Field(default="", max_length=40)
    """`voice`, `chat`, `desk`, ..."""
    call_id: str = Field(default="", max_length=200)
    """The platform's id of this conversation. Verification and known work hang on it."""
    callback_number: str = Field(default="", max_length=40, pattern=r"^(\+?[0-9][0-9 ()./-]{2,38})?$")
    """Where the caller can be reached once he has hung up, by the platform's word."""
    locale: str = Field(default="", max_length=35)
    transcript_ref: str = Field(default="", max_length=500)
    intent: Intent | None = None
    summary: str = Field(default="", max_length=4_000)


class Known(Value):
    """Something that was said in this conversation before."""

    field: str
    """`order_id`, `facts.symptom`, `evidence.photo`"""
    value: Any = None
    said_in: str
    """The reference of the run in which it was said."""
    source: str = ""
    """Who said it there, as a packet's slots say it: `model`, `person`, `system`."""


class ToolCall(Value):
    """One call of one tool, the same from every door."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    """The process's own request model, as JSON. The door has validated it strictly."""
    actor: Actor
    interaction: Interaction = Interaction()
    request_id: str = Field(default="", max_length=200)
    """The caller's idempotency key; without one it is derived from call, tool and business key."""
    confirm: str = Field(default="", max_length=80)
    """The digest of the effect that the caller said yes to."""
    known: dict[str, Known] = {}
    """The arguments that were not given, and are known from this conversation: filled in by the door, never by a
    caller."""
