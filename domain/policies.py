"""What a policy document may say. The documents lie in `policies/`; rules in `domain` read them.

Amounts are minor units of each currency in `currencies`, at face value. Durations are ISO 8601 (`PT48H`).
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from domain.autonomy import Autonomy, strictest
from domain.calls import ActorKind
from domain.case_terms import CaseTerms
from domain.cooling import CoolingOff
from domain.sections import ApprovalBand as ApprovalBand
from domain.sections import AssuranceBand as AssuranceBand
from domain.sections import ByKind as ByKind
from domain.sections import GateClock as GateClock
from domain.sections import Levels as Levels
from domain.sections import Section as Section
from domain.sections import Wider as Wider
from domain.sections import whole
from domain.segments import AuthoritySegment, Segment, check_segments, fitting, overlaid
from domain.values import Value, digest
from domain.velocity import VelocityLimit

ACTS: Levels = {ActorKind.AI: Autonomy.ACT, ActorKind.HUMAN: Autonomy.ACT}
_LATER: dict[str, Any] = {
    "autonomy": {"ai": "act", "human": "act"}, "autonomy_in": {}, "limits": [], "segments": [], "segment": "",
    "cooling_off": None, "case": None,
}  # fmt: skip
"""Words that came after documents were in force, and what they mean when nothing is said."""


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
        known = self.actions
        for word, action in self._named_actions():
            if known is not None and action not in known:
                raise ValueError(f"{word}: {action} is no segment of {self.name}; there are: {', '.join(known)}.")
        return self

    def _named_actions(self) -> list[tuple[str, str]]:
        return [("autonomy_in", action) for action in self.autonomy_in]

    @property
    def actions(self) -> list[str] | None:
        """The segments of the process: what `autonomy_in` and a limit's `only` may name. None: it tells none."""
        return None

    @property
    def digest(self) -> str:
        """Of what the document says. A switch is no new policy: gates that wait stay as they are.

        Hazard: words that came later count only where a document says something, so that gates opened before them keep
        their digest.
        """
        said = self.model_dump(mode="json", exclude={"switched"})
        if gate := said.get("gate"):
            said["gate"] = {word: value for word, value in gate.items() if (word, value) not in _LATER_GATE_WORDS}
        return digest({name: value for name, value in said.items() if name not in _LATER or value != _LATER[name]})

    def limits_in_words(self) -> list[str]:
        """Limits that are no amounts, for `handrail policy boundaries`: each document knows its own."""
        return []

    def autonomy_of(self, kind: ActorKind, *segments: str) -> Autonomy:
        """What counts for this kind of actor now."""
        words = [self.autonomy, self.switched, *(self.autonomy_in.get(segment, {}) for segment in segments)]
        return strictest([levels[kind] for levels in words if kind in levels])


class CustomerPolicy(PolicyBase):
    """Of a process that acts for a customer: what counts over time, and what holds for some customers only."""

    limits: list[VelocityLimit] = []
    """How much, or how often, within a time."""
    segments: tuple[Segment, ...] = ()
    """The first one that fits a customer counts."""
    segment: str = ""
    """Which of them counts here. Never written in a document: see `of`."""
    case: CaseTerms | None = None
    """When a case is opened for people, and for whom. None: only where the process does it anyway."""
    opens_cases: ClassVar[bool] = True
    """Does its process heed the word `case`?"""

    @model_validator(mode="after")
    def _segments_agree(self) -> Self:
        if self.case and not self.opens_cases:
            raise ValueError(f"case: {self.name} opens no case for people; leave the word out.")
        check_segments(self.segments, self.limits, getattr(self, "per_action", {}))
        return self

    def _named_actions(self) -> list[tuple[str, str]]:
        """Everywhere in the document."""
        in_segments = [("segments", action) for segment in self.segments for action in segment.autonomy_in]
        in_limits = [("limits", action) for limit in self.limits for action in limit.only]
        return [*super()._named_actions(), *in_segments, *in_limits]

    def of(self, labels: Iterable[str]) -> Self:
        """As it counts for a customer with these labels: the document, or its first segment that fits laid over it."""
        return self.in_segment(found.name) if (found := fitting(self.segments, labels)) else self

    def in_segment(self, name: str) -> Self:
        """The document itself where it has no such segment."""
        segment = next((segment for segment in self.segments if segment.name == name), None)
        if segment is None:
            return self
        return self.model_copy(update={**overlaid(dict(self), segment, self.limits), "segment": segment.name})


_LATER_GATE_WORDS = [("rejection_stands_for", "P30D"), ("bulk_up_to", 0)]
"""Words with what they say when nothing is said: they count only where a document says more (see `digest`)."""


class DecidedPolicy(CustomerPolicy):
    """Of a process whose requests people may have to decide, and callers to confirm."""

    gate: GateClock = GateClock()
    confirmation_expires_after: timedelta = timedelta(minutes=30)


class ActionPolicy(DecidedPolicy):
    """... that moves no money."""

    approval: ApprovalBand
    """Who says yes to what `autonomy` leaves an agent only to suggest, or has each approved."""


class AuthorityPolicy(DecidedPolicy):
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
    segments: tuple[AuthoritySegment, ...] = ()
    cooling_off: CoolingOff | None = None
    """After what is on record of the customer was changed. None: there is none."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        whole("assurance", self.assurance)
        whole("approval", self.approval)
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

    @property
    def actions(self) -> list[str]:
        return self.reasons


class VerificationSegment(Segment):
    """What holds for some customers in place of the document's own word, once it is known who calls."""

    valid_for: timedelta | None = None


class VerificationPolicy(CustomerPolicy):
    """How a caller is verified by facts on record."""

    name: ClassVar[str] = "verify_caller"
    opens_cases: ClassVar[bool] = False

    segments: tuple[VerificationSegment, ...] = ()

    max_failures: int = Field(ge=1)
    lock_for: timedelta
    valid_for: timedelta
    level: int = Field(default=1, ge=1, le=4)

    @model_validator(mode="after")
    def _counts_failures_only(self) -> Self:
        if self.limits:
            raise ValueError("limits: verification by facts counts its failures (max_failures), and nothing else.")
        return self
