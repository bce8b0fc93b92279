"""What the case of a claim is about: the loss, by coverage, kind and day; and the claim, once there is one."""

from domain.case_terms import Matter
from domain.claim_notices import NoticeOfLoss, ReopenRequest, coverages_meant
from domain.claims import Claim, Coverage


def matter_of(ask: NoticeOfLoss, coverages: list[Coverage], claim_id: str = "") -> Matter:
    meant = coverages_meant(coverages, ask.coverage_id, ask.order_id, ask.kind)
    coverage = meant[0] if len(meant) == 1 else None
    under = f" under {coverage.id}" if coverage else ""
    return Matter(
        subject=f"Claim for {ask.kind.replace('_', ' ')} on {ask.loss_on}{under}",
        order_id=coverage.order_id if coverage else "", of=_claim(claim_id), records=_records(claim_id, coverage),
    )  # fmt: skip


def matter_of_reopening(ask: ReopenRequest, claims: list[Claim], coverages: list[Coverage]) -> Matter:
    """The same as the claim's own: it is one matter, however often it is reopened."""
    claim = next((claim for claim in claims if claim.id == ask.claim_id), None)
    if claim is None:
        return Matter(subject=f"Reopening of claim {ask.claim_id}")
    coverage = next((coverage for coverage in coverages if coverage.id == claim.coverage_id), None)
    return Matter(
        subject=f"Claim for {claim.kind.replace('_', ' ')} on {claim.loss_on} under {claim.coverage_id}",
        order_id=coverage.order_id if coverage else "", of=_claim(claim.id), records=_records(claim.id, coverage),
    )  # fmt: skip


def _claim(id: str) -> str:
    return f"claim:{id}" if id else ""


def _records(claim_id: str, coverage: Coverage | None) -> list[str]:
    return [*filter(None, [_claim(claim_id), f"coverage:{coverage.id}" if coverage else ""])]
