"""How much of a loss is paid: deductible and limit, over all claims of the coverage."""

from domain.claims import Claim, ClaimState, Coverage, DeductiblePer
from domain.money import Money, total
from domain.values import Value
from domain.verdicts import Deny


class Share(Value):
    paid: Money
    deductible: Money
    """Taken off with this payment."""
    reserve: Money
    """What is set aside before anybody has looked: the loss, as far as the limit goes."""


def share_of(loss: Money, coverage: Coverage, own: Claim | None, others: list[Claim]) -> Share | Deny:
    """`others`: the coverage's other claims. `own`: the claim that is paid on, once there is one."""
    due = deductible_due(coverage, own, others)
    if loss <= due:
        text = f"The loss of {loss} is not above the deductible of {due}; nothing would be paid."
        return Deny(rule="claim.below_deductible", text=text)
    left = limit_left(coverage, own, others)
    if left.minor <= 0:
        text = f"The limit of {coverage.limit} of {coverage.kind.words} {coverage.id} is used up."
        return Deny(rule="claim.limit", text=text)
    return Share(paid=_least(loss - due, left), deductible=due, reserve=_least(loss, left))


def deductible_due(coverage: Coverage, own: Claim | None, others: list[Claim]) -> Money:
    """Once per claim, however often it is paid on; or once per period, over all claims."""
    counted = [own] if own else []
    if coverage.deductible_per is DeductiblePer.PERIOD:
        counted = [*counted, *others]
    rest = coverage.deductible - total([claim.deductible_taken for claim in counted], coverage.limit.currency)
    return Money(minor=max(0, rest.minor), currency=rest.currency)


def limit_left(coverage: Coverage, own: Claim | None, others: list[Claim]) -> Money:
    """After what was paid on all claims, and what is set aside for the others."""
    used = [exposure(claim) for claim in others] + ([own.paid] if own else [])
    return coverage.limit - total(used, coverage.limit.currency)


def exposure(claim: Claim) -> Money:
    return claim.paid + claim.reserve if claim.state is ClaimState.OPEN else claim.paid


def _least(one: Money, other: Money) -> Money:
    return one if one <= other else other
