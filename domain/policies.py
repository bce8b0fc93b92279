"""What a policy document may say. The documents lie in `policies/`; rules in `domain` read them.

Amounts are minor units of each currency in `currencies`, at face value. Durations are ISO 8601 (`PT48H`).
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from domain.autonomy import Autonomy, strictest
from domain.calls import ActorKind
from domain.values import Value, digest

ByKind = dict[str, int]
"""Per kind of actor (`ai`, `human`, `system`)."""


def _off(word: Any) -> Any:
    """Hazard: YAML reads a bare `off` as false."""
    return Autonomy.OFF if word is False else word


Levels = dict[ActorKind, Annotated[Autonomy, BeforeValidator(_off)]]
"""Per kind of actor; a kind that is not named acts."""
ACTS: Levels = {ActorKind.AI: Autonomy.ACT, ActorKind.HUMAN: Autonomy.ACT}


class PolicyBase(Value):
    """Every document names itself and its version. Unknown words are refused: a typo must not widen a limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """The document's name and file: a process declares its policy by the class."""

    policy: str
    version: str
    autonomy: Levels = ACTS
    """How much each kind of actor may do by itself."""
    autonomy_in: dict[str, Levels] = {}
    """... in segments of the process, such as a reason code or a kind of change. The stricter word counts."""
    switched: Levels = {}
    """What the kill switch says now (`handrail policy switch`). Never written in a document."""

    @model_validator(mode="after")
    def _is_its_own(self) -> Self:
        if self.policy != self.name:
            raise ValueError(f"policy: this document says that it is {self.policy!r}; {self.name!r} is wanted here.")
        return self

    @property
    def digest(self) -> str:
        """Of what the document says. A switch is no new policy: gates that wait stay as they are.

        Hazard: autonomy counts only where the document limits it, so that gates opened before these words existed keep
        their digest, and recorded histories replay.
        """
        said = self.model_dump(mode="json", exclude={"switched"})
        if gate := said.get("gate"):
            said["gate"] = {word: value for word, value in gate.items() if (word, value) not in _LATER_GATE_WORDS}
        if self.autonomy == ACTS and not self.autonomy_in:
            said = {name: value for name, value in said.items() if name not in ("autonomy", "autonomy_in")}
        return digest(said)

    def limits_in_words(self) -> list[str]:
        """Limits that are no amounts, for `handrail policy boundaries`: each document knows its own."""
        return []

    def autonomy_of(self, kind: ActorKind, *segments: str) -> Autonomy:
        """What counts for this kind of actor now."""
        words = [self.autonomy, self.switched, *(self.autonomy_in.get(segment, {}) for segment in segments)]
        return strictest([levels[kind] for levels in words if kind in levels])


class Section(Value):
    """A part of a document; unknown words are refused here too."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AssuranceBand(Section):
    """Up to this amount this level of the caller's assurance is enough. `up_to` null: any amount."""

    up_to: int | None = None
    level: int = Field(ge=0, le=4)


class ApprovalBand(Section):
    """Up to this amount these roles decide, so many of them, each person once."""

    up_to: int | None = None
    roles: list[str] = Field(min_length=1)
    approvers: int = Field(default=1, ge=1, le=5)


class GateClock(Section):
    """The durable clock of a gate: reminders, escalation, expiry, counted from its opening. And what a decision of it
    means afterwards, and how it may be given."""

    remind_every: timedelta = timedelta(hours=4)
    escalate_after: timedelta = timedelta(hours=12)
    escalate_to: list[str] = []
    """Roles that may decide as well once it is escalated."""
    expires_after: timedelta = timedelta(hours=48)
    rejection_stands_for: timedelta = timedelta(days=30)
    """How long a person's no to exactly this effect is final, whoever asks again."""
    bulk_up_to: int = Field(default=0, ge=0)
    """Up to this amount each, gates of one kind may be decided in one go; 0: each is looked at by itself."""


_LATER_GATE_WORDS = [("rejection_stands_for", "P30D"), ("bulk_up_to", 0)]
"""Words with what they say when nothing is said: they count only where a document says more (see `digest`)."""


class AuthorityPolicy(PolicyBase):
    """Limits that every process with money has: who may do how much, on whose word."""

    currencies: list[str] = Field(min_length=1)
    assurance: list[AssuranceBand]
    payee_change_level: int = Field(default=2, ge=0, le=4)
    """Assurance needed when money goes to another instrument than the one that paid."""
    confirm_above: ByKind
    """Above this amount the caller confirms the exact effect; -1: always."""
    auto_up_to: ByKind
    """Up to this amount this kind of actor needs no approval."""
    approval: list[ApprovalBand]
    per_action: ByKind
    """Never more than this in one action, approved or not."""
    gate: GateClock = GateClock()
    confirmation_expires_after: timedelta = timedelta(minutes=30)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, bands in (("assurance", self.assurance), ("approval", self.approval)):
            tops = [band.up_to for band in bands]
            if not tops or tops[-1] is not None:
                raise ValueError(f"{name}: the last band must have `up_to: null`, so that every amount has a rule.")
            limits = [top for top in tops[:-1] if top is not None]
            if len(limits) != len(tops) - 1 or limits != sorted(limits):
                raise ValueError(f"{name}: `up_to` must grow from band to band.")
        return self


class RefundPolicy(AuthorityPolicy):
    name: ClassVar[str] = "refund"

    statuses: list[str] = Field(min_length=1)
    """Order statuses in which money may go back."""
    window_days: int = Field(ge=0)
    """Counted from delivery (from placement when there is no delivery date)."""
    reasons: list[str] = Field(min_length=1)
    tender_order: list[str] = ["card", "wallet", "stored_value", "unknown"]
    """Which captures are refunded first."""
    to_stored_value: bool = True
    """May the caller choose stored value in place of the original instrument?"""
    customer_day: int
    ai_agent_hour: int
    ai_agent_hour_count: int


class VerificationPolicy(PolicyBase):
    """How a caller is verified by facts on record."""

    name: ClassVar[str] = "verify_caller"

    max_failures: int = Field(ge=1)
    lock_for: timedelta
    valid_for: timedelta
    level: int = Field(default=1, ge=1, le=4)
