"""The parts of which policy documents are made. Unknown words are refused: a typo must not widen a limit."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from domain.autonomy import Autonomy
from domain.calls import ActorKind
from domain.values import Value

ByKind = dict[str, int]
"""Per kind of actor (`ai`, `human`, `system`)."""


def _off(word: Any) -> Any:
    """Hazard: YAML reads a bare `off` as false."""
    return Autonomy.OFF if word is False else word


Levels = dict[ActorKind, Annotated[Autonomy, BeforeValidator(_off)]]
"""Per kind of actor; a kind that is not named acts."""


class Wider(StrEnum):
    """Which way a word of a document gives more freedom. A policy model says it at its own words
    (`most: Annotated[int, Wider.MORE]`); for those that documents share, `domain.policy_changes` says it."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


class Section(Value):
    """A part of a document; unknown words are refused here too."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Priority(StrEnum):
    """Of a case."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        return list(Priority).index(self)

    def raised(self, by: int = 1) -> "Priority":
        ladder = list(Priority)
        return ladder[min(self.rank + by, len(ladder) - 1)]


class AssuranceBand(Section):
    """Up to this amount this level of the caller's assurance is enough. `up_to` null: any amount."""

    up_to: int | None = None
    level: int = Field(ge=0, le=4)


class ApprovalBand(Section):
    """Up to this amount these roles decide, so many of them, each person once."""

    up_to: int | None = None
    roles: list[str] = Field(min_length=1)
    approvers: int = Field(default=1, ge=1, le=5)

    @property
    def who(self) -> str:
        return " or ".join(self.roles)


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


def whole(name: str, bands: list[AssuranceBand] | list[ApprovalBand]) -> None:
    """Raises ValueError unless every amount has a band."""
    tops = [band.up_to for band in bands]
    if not tops or tops[-1] is not None:
        raise ValueError(f"{name}: the last band must have `up_to: null`, so that every amount has a rule.")
    limits = [top for top in tops[:-1] if top is not None]
    if len(limits) != len(tops) - 1 or limits != sorted(limits):
        raise ValueError(f"{name}: `up_to` must grow from band to band.")
