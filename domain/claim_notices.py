"""First notice of loss: what was said, what is missing, and whether it is on file already."""

from datetime import date
from typing import Annotated

from pydantic import Field

from domain.answers import Missing
from domain.claim_policy import ClaimPolicy
from domain.claims import Claim, ClaimState, Coverage, Evidence
from domain.likeness import likeness
from domain.money import Money
from domain.values import Value

_SETTLE_BY = (
    "How it shall be made good: payment, replacement or repair_voucher. Empty: asked for where there is a choice."
)
_LINE = "Of a replacement: which covered unit, when there are several."
_PROVIDER = "Of a repair voucher: the repairer, if the caller says."
_CHOICES = ("settle_by", "line_id", "provider")
PROOF = {
    "type": "object",
    "properties": {"ref": {"type": "string"}, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "required": ["ref", "sha256"],
}
"""The shape in which `evidence.<kind>` is brought, as a JSON Schema."""
Fact = Annotated[str, Field(max_length=500)]


class NoticeOfLoss(Value):
    """Report a loss under a coverage of the verified caller."""

    kind: str = Field(min_length=1, max_length=80, description="Kind of loss: defect, accidental_damage, theft, ...")
    loss_on: date = Field(description="The day on which it happened.")
    description: str = Field(min_length=3, max_length=2_000, description="What happened, in the caller's words.")
    amount: Money = Field(description="What the loss amounts to, in minor units.")
    coverage_id: str = Field(default="", max_length=100, description="The coverage, when the caller knows it.")
    order_id: str = Field(default="", max_length=100, description="The order that the coverage belongs to, if any.")
    facts: dict[str, Fact] = Field(default={}, max_length=20, description="Facts that this kind of loss needs.")
    evidence: list[Evidence] = Field(default=[], max_length=20, description="Proofs, by reference and hash.")
    instrument_id: str = Field(default="", max_length=100, description="Where the money shall go, if the caller says.")
    settle_by: str = Field(default="", max_length=40, description=_SETTLE_BY)
    line_id: str = Field(default="", max_length=100, description=_LINE)
    provider: str = Field(default="", max_length=100, description=_PROVIDER)


class ReopenRequest(Value):
    """The same event has cost more: a closed claim goes on."""

    claim_id: str = Field(min_length=1, max_length=100, description="The claim's number.")
    reason: str = Field(min_length=1, max_length=80, description="A reason code of the claim policy.")
    amount: Money = Field(description="What comes on top of the loss reported before, in minor units.")
    loss_on: date | None = Field(default=None, description="The day of the event, if the caller names one.")
    evidence: list[Evidence] = Field(default=[], max_length=20, description="Proofs, by reference and hash.")
    instrument_id: str = Field(default="", max_length=100, description="Where the money shall go, if the caller says.")
    settle_by: str = Field(default="", max_length=40, description=_SETTLE_BY)
    line_id: str = Field(default="", max_length=100, description=_LINE)
    provider: str = Field(default="", max_length=100, description=_PROVIDER)


class ClaimLookup(Value):
    claim_id: str = Field(min_length=1, max_length=100, description="The claim's number.")


def choose_coverage(ask: NoticeOfLoss, mine: list[Coverage]) -> Coverage | Missing:
    """The coverage that is meant. An ambiguous match is never guessed."""
    named = coverages_meant(mine, ask.coverage_id, ask.order_id, ask.kind)
    if len(named) == 1:
        return named[0]
    text = "Under which coverage is it?" if named else "No such coverage was found for this caller; ask for it again."
    return Missing(field="coverage_id", reason=text, options=[c.id for c in named or mine])


def coverages_meant(mine: list[Coverage], coverage_id: str, order_id: str, kind: str) -> list[Coverage]:
    """Those that fit what was said; empty words fit all."""
    named = [c for c in mine if coverage_id in ("", c.id) and order_id in ("", c.order_id)]
    if not coverage_id and len(named) > 1:
        named = [c for c in named if kind in c.covers]
    return named


def lacking(ask: NoticeOfLoss, policy: ClaimPolicy) -> list[Missing]:
    """The facts and proofs that this kind of loss still needs. The kind is one of the policy's."""
    required = policy.required[ask.kind]
    known = {name for name, text in ask.facts.items() if text.strip()}
    proved = {proof.kind for proof in ask.evidence}
    wanted = required.evidence if ask.amount.minor > required.evidence_above else []
    facts = [Missing(field=f"facts.{n}", reason=f"{_plain(n)} is needed.") for n in required.facts if n not in known]
    proofs = [
        Missing(field=f"evidence.{n}", reason=f"{_plain(n)} is needed, by reference and SHA-256.")
        for n in wanted
        if n not in proved
    ]
    return facts + proofs


def completed(ask: NoticeOfLoss, given: dict[str, object]) -> NoticeOfLoss:
    """The notice with what was brought later: `facts.symptom`, `evidence.photo` with `{ref, sha256}`.

    Raises ValueError (pydantic's too) naming what cannot be read.
    """
    facts, evidence = dict(ask.facts), list(ask.evidence)
    choices = {field: value for field, value in given.items() if field in _CHOICES}
    for field, value in given.items():
        if field in choices:
            continue
        section, _, name = field.rpartition(".")
        if section == "evidence":
            if not isinstance(value, dict):
                raise ValueError(f"{field} must be an object with ref and sha256.")
            evidence.append(Evidence.model_validate({**value, "kind": name}))
        elif section in ("", "facts") and isinstance(value, str):
            facts[name] = value
        else:
            raise ValueError(f"{field} is not what was asked for; give facts.<name> as text or evidence.<kind>.")
    return NoticeOfLoss.model_validate(ask.model_dump() | {"facts": facts, "evidence": evidence} | choices)


def chosen(ask: ReopenRequest, given: dict[str, object]) -> ReopenRequest:
    """The request with what the caller chose later. Raises ValueError naming what was not asked for."""
    if unknown := [field for field in given if field not in _CHOICES]:
        raise ValueError(f"{', '.join(unknown)} is not what was asked for; give {', '.join(_CHOICES)}.")
    return ReopenRequest.model_validate(ask.model_dump() | given)


def same_loss(ask: NoticeOfLoss, coverage: Coverage, claims: list[Claim], policy: ClaimPolicy) -> Claim | None:
    """The claim that this notice is about already: same coverage, day and kind, and told alike."""
    told = [c for c in same_day(ask, coverage, claims) if likeness(c.description, ask.description) >= policy.same_text]
    return told[0] if told else None


def same_day(ask: NoticeOfLoss, coverage: Coverage, claims: list[Claim]) -> list[Claim]:
    """Claims of the same coverage, day and kind, withdrawn ones left out."""
    key = (coverage.id, ask.loss_on, ask.kind)
    return [c for c in claims if (c.coverage_id, c.loss_on, c.kind) == key and c.state is not ClaimState.WITHDRAWN]


def reopened_until(claim: Claim, policy: ClaimPolicy) -> date | None:
    """The last day on which it may be reopened; None: it is not closed."""
    return (claim.closed_at + policy.reopen.within).date() if claim.closed_at else None


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
