"""Who has to look at a claim: nobody, an adjuster, or special investigation."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.claim_policy import ClaimPolicy
from domain.claims import Claim, ClaimState, Coverage, Evidence
from domain.money import Money
from domain.values import Value


class Lane(StrEnum):
    STRAIGHT_THROUGH = "straight_through"
    ADJUSTER = "adjuster"
    SPECIAL_INVESTIGATION = "special_investigation"


class Triage(Value):
    lane: Lane
    kind: str = ""
    """Of loss."""
    reasons: list[str] = []
    """Why it is not paid straight away, in words."""


class Reported(Value):
    """What triage looks at."""

    kind: str
    loss_on: date
    evidence: list[Evidence]
    to_pay: Money
    again: bool = False
    """A claim that was closed before."""
    adjusted: bool = False
    """An adjuster has changed what is paid: somebody with authority over it must agree."""
    same_day: list[str] = []
    """Other claims of the same coverage, day and kind."""


def triage(seen: Reported, coverage: Coverage, others: list[Claim], policy: ClaimPolicy, at: datetime) -> Triage:
    """`others`: the customer's claims of whatever coverage that were on file before."""
    counted = [claim for claim in others if claim.state is not ClaimState.WITHDRAWN]
    recent = len([c for c in counted if c.reported_at > at - timedelta(days=policy.recent_days)])
    if reasons := _suspicious(seen, coverage, counted, recent, policy, at.date()):
        return Triage(lane=Lane.SPECIAL_INVESTIGATION, kind=seen.kind, reasons=reasons)
    if reasons := _unclear(seen, recent, policy):
        return Triage(lane=Lane.ADJUSTER, kind=seen.kind, reasons=reasons)
    return Triage(lane=Lane.STRAIGHT_THROUGH, kind=seen.kind)


def _suspicious(
    seen: Reported, coverage: Coverage, others: list[Claim], recent: int, policy: ClaimPolicy, today: date
) -> list[str]:
    rules = policy.special_investigation
    used = {proof.sha256: claim.id for claim in others for proof in claim.evidence}
    single = [proof for proof in seen.evidence if proof.kind not in rules.evidence_used_again]
    proofs = sorted({used[proof.sha256] for proof in single if proof.sha256 in used})
    told = {
        f"The loss came within {rules.new_coverage_days} days of the coverage's beginning.": (
            seen.loss_on < coverage.starts_on + timedelta(days=rules.new_coverage_days)
        ),
        f"It was reported more than {rules.late_notice_days} days after the loss.": (
            today > seen.loss_on + timedelta(days=rules.late_notice_days)
        ),
        f"The customer has {recent} other claims of late.": recent > rules.recent_claims,
        f"A proof was used for claim {', '.join(proofs)} before.": bool(proofs),
    }
    return [reason for reason, holds in told.items() if holds]


def _unclear(seen: Reported, recent: int, policy: ClaimPolicy) -> list[str]:
    rules = policy.straight_through
    limit = Money(minor=rules.up_to, currency=seen.to_pay.currency)
    told = {
        f"{seen.kind.replace('_', ' ').capitalize()} is always looked at.": seen.kind not in rules.kinds,
        f"More than {limit} would be paid.": limit < seen.to_pay,
        f"The customer has {recent} other claims of late.": recent > rules.recent_claims,
        "It was closed before.": seen.again,
        "An adjuster has changed it.": seen.adjusted,
        f"Claim {', '.join(seen.same_day)} is of the same day and kind.": bool(seen.same_day),
    }
    return [reason for reason, holds in told.items() if holds]
