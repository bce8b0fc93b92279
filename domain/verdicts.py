"""What the rules say of a request: allow, deny, or ask somebody first. Always with the rule and plain words."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.answers import Missing
from domain.values import Value

P = TypeVar("P")


class Allow(Value):
    rules: list[str]


class Deny(Value):
    rule: str
    text: str


class AskInput(Value):
    """The caller must say more."""

    rule: str
    missing: list[Missing]
    final: bool = False
    """The run ends with this answer: with other words it is another request."""


class AskVerification(Value):
    """The caller's assurance is too low for this effect."""

    rule: str
    text: str
    level: int
    methods: list[str]


class AskConfirmation(Value):
    """The caller must say yes to the exact effect."""

    rule: str
    text: str


class AskApproval(Value):
    """People must decide: `approvers` of them, each once, each with one of `roles`."""

    rule: str
    text: str
    roles: list[str]
    approvers: int = 1
    basis: str = ""
    """What this approval is bound to; empty: to effect, facts and policy, as the amount's is."""


Verdict = Allow | Deny | AskInput | AskVerification | AskConfirmation | AskApproval


@dataclass(frozen=True)
class Ruled(Generic[P]):
    """What the rules say, of which plan, with what an approval of it would be bound to."""

    verdict: Verdict
    plan: P | None = None
    basis: str = ""
    """Digest of effect + facts + policy version."""


def asking(field: str, rule: str, text: str, options: list[str] | None = None) -> AskInput:
    """One question, which ends the run."""
    return AskInput(rule=rule, missing=[Missing(field=field, reason=text, options=options or [])], final=True)


def basis_of(verdict: Verdict, basis: str) -> str:
    """What an approval must carry, if one is asked for."""
    return verdict.basis if isinstance(verdict, AskApproval) and verdict.basis else basis
