"""What the policy document `claim` may say."""

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from domain.claims import SettlementKind
from domain.money import Money
from domain.policies import AuthorityPolicy
from domain.values import Value


class _Section(Value):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Requirement(_Section):
    """What must be known of a loss of this kind before it is looked at."""

    facts: list[str] = []
    evidence: list[str] = []
    evidence_above: int = 0
    """Only of losses above this amount; 0: of all."""


class StraightThrough(_Section):
    """Paid without anybody looking: all of this must hold, beside the limit of the actor."""

    kinds: list[str]
    up_to: int
    """Of what is paid."""
    recent_claims: int
    """At most so many other claims of the customer within `recent_days`."""


class SpecialInvestigation(_Section):
    """One of these is enough."""

    roles: list[str] = Field(min_length=1)
    new_coverage_days: int
    """A loss within so many days after the coverage began."""
    late_notice_days: int
    """A notice that comes later than this after the loss."""
    recent_claims: int
    """More other claims of the customer than this within `recent_days`."""
    evidence_used_again: list[str] = []
    """Kinds of proof that are the same for every claim; any other is used for one."""


class Reopen(_Section):
    within: timedelta
    """Counted from the closure."""
    reasons: list[str] = Field(min_length=1)


class DeductibleBy(StrEnum):
    """How the customer bears his part."""

    DEDUCTED = "deducted"
    """Taken off what he gets."""
    CHARGED = "charged"
    """He pays it."""
    EXCLUDES = "excludes"
    """While one is due, there is no settlement of this kind."""


_HONOURED = {
    SettlementKind.PAYMENT: DeductibleBy.DEDUCTED,
    SettlementKind.REPLACEMENT: DeductibleBy.CHARGED,
    SettlementKind.REPAIR_VOUCHER: DeductibleBy.DEDUCTED,
}
_POSSIBLE = {
    SettlementKind.PAYMENT: [DeductibleBy.DEDUCTED],
    SettlementKind.REPLACEMENT: [DeductibleBy.CHARGED, DeductibleBy.EXCLUDES],
    SettlementKind.REPAIR_VOUCHER: [DeductibleBy.DEDUCTED, DeductibleBy.EXCLUDES],
}


class Settling(_Section):
    """How losses are made good. A coverage may grant fewer kinds than these."""

    kinds: dict[str, list[SettlementKind]] = {}
    """By kind of loss, in the order in which they are offered. A kind of loss that is not here: payment."""
    deductible: dict[SettlementKind, DeductibleBy] = _HONOURED
    repairers: list[str] = []
    """Who takes vouchers; the first one unless the caller names another."""
    voucher_valid_for: timedelta = Field(default=timedelta(days=90), ge=timedelta(days=1))

    @model_validator(mode="after")
    def _can_be_honoured(self) -> Self:
        for kind, possible in _POSSIBLE.items():
            how = self.deductible.get(kind)
            if how not in possible:
                text = f"deductible.{kind}: {how} is not possible; one of {', '.join(possible)}."
                raise ValueError(text)
        return self


class ClaimPolicy(AuthorityPolicy):
    name: ClassVar[str] = "claim"

    required: dict[str, Requirement]
    """By kind of loss. A kind that is not here is not taken."""
    same_text: float = Field(ge=0, le=1)
    """From this likeness on two descriptions of one day's loss are one notice."""
    recent_days: int
    straight_through: StraightThrough
    special_investigation: SpecialInvestigation
    settling: Settling = Settling()
    reopen: Reopen
    info_expires_after: timedelta
    """How long the caller has to bring what is missing."""
    info_remind_every: timedelta

    def limits_in_words(self) -> list[str]:
        direct, siu = self.straight_through, self.special_investigation
        up_to = Money(minor=direct.up_to, currency=self.currencies[0])
        return [
            f"paid without anybody looking: {', '.join(direct.kinds)}, up to {up_to}, at most {direct.recent_claims} "
            f"other claims of the customer within {self.recent_days} days; all else needs the approvers of its amount",
            f"special investigation first ({', '.join(siu.roles)}): a loss within {siu.new_coverage_days} days of the "
            f"coverage's beginning, reported more than {siu.late_notice_days} days late, more than {siu.recent_claims} "
            "other claims, or a proof used before",
        ]

    @property
    def actions(self) -> list[str]:
        """Kinds of loss."""
        return list(self.required)
