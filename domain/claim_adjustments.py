"""What an adjuster may change before he approves a claim: what the loss is assessed at, and how it is made good.

Never whose claim it is, under which coverage, or to whom money goes: that is for the caller, who is verified for it.
"""

from typing import Any, Self, TypeVar

from pydantic import ConfigDict, ValidationError

from domain.answers import Denial
from domain.claim_notices import NoticeOfLoss, ReopenRequest
from domain.claim_policy import ClaimPolicy
from domain.claim_remedies import Loss, Remedy, offers_for
from domain.claim_settlement import deductible_due, limit_left
from domain.claims import SettlementKind
from domain.edits import Editable
from domain.money import Money
from domain.values import Value
from domain.verdicts import Deny

R = TypeVar("R", NoticeOfLoss, ReopenRequest)


class Adjustment(Value):
    """What differs from what the caller asked for. Empty fields are as he said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Money | None = None
    """What the loss is assessed at; deductible and limit come off it as ever."""
    settle_by: str = ""
    line_id: str = ""
    provider: str = ""

    def with_(self, changes: dict[str, Any]) -> Self:
        """Raises ValidationError naming what cannot be read."""
        return type(self).model_validate(self.model_dump(mode="json") | changes)

    @property
    def of_amount(self) -> Self:
        """Without what the caller has chosen anew since."""
        return type(self)(amount=self.amount)


def adjusted(ask: R, adjustment: Adjustment | None) -> R:
    """The request as it is judged once an adjuster has changed it."""
    if adjustment is None:
        return ask
    changes = {name: value for name in Adjustment.model_fields if (value := getattr(adjustment, name))}
    return ask.model_copy(update=changes)


def edited(before: Adjustment | None, changes: dict[str, Any], editable: list[Editable]) -> Adjustment | Denial:
    """The adjustment that it comes to, within the bounds of what is editable."""
    try:
        after = (before or Adjustment()).with_(changes)
    except ValidationError as wrong:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        return Denial(rule="gate.edit_value", text=f"The claim cannot be changed to this: {faults}")
    return _out_of_bounds(after, editable) or after


def _out_of_bounds(after: Adjustment, editable: list[Editable]) -> Denial | None:
    bounds = next((one for one in editable if one.name == "amount"), None)
    amount = after.amount
    if amount is None or bounds is None or bounds.more_than is None or bounds.at_most is None:
        return None
    least, most = bounds.more_than, bounds.at_most
    if amount.currency == most.currency and least < amount <= most:
        return None
    text = f"The loss can be assessed at more than {least}, at most at {most}; {amount} was given."
    return Denial(rule="gate.edit_value", text=text)


def editable_of(loss: Loss, remedy: Remedy, policy: ClaimPolicy, cap: Money) -> list[Editable]:
    """`cap`: the most that may be paid in one action."""
    due = deductible_due(loss.coverage, loss.own, loss.others)
    left = limit_left(loss.coverage, loss.own, loss.others)
    most = (left if left <= cap else cap) + due
    amount = Editable(
        name="amount",
        now=loss.amount.model_dump(mode="json"),
        more_than=due,
        at_most=most,
        note=_referral(loss, policy),
    )
    possible = [kind for kind, offer in offers_for(loss, policy).items() if not isinstance(offer, Deny)]
    kinds = Editable(name="settle_by", now=str(remedy.kind), options=[str(kind) for kind in possible])
    return [amount, *([kinds] if len(possible) > 1 else []), *_details(loss, remedy, policy, possible)]


def _details(loss: Loss, remedy: Remedy, policy: ClaimPolicy, possible: list[SettlementKind]) -> list[Editable]:
    """Of a replacement the unit, of a voucher the repairer, where there is a choice."""
    units = [item.line_id for item in loss.items if item.coverage_id == loss.coverage.id]
    repairers = policy.settling.repairers
    unit = Editable(name="line_id", now=remedy.item.line_id if remedy.item else "", options=units)
    repairer = Editable(name="provider", now=remedy.provider, options=repairers)
    offered = {
        SettlementKind.REPLACEMENT: [unit] if len(units) > 1 else [],
        SettlementKind.REPAIR_VOUCHER: [repairer] if len(repairers) > 1 else [],
    }
    return [one for kind, fields in offered.items() if kind in possible for one in fields]


def _referral(loss: Loss, policy: ClaimPolicy) -> str:
    """Up to which amount whose authority goes."""
    currency = loss.amount.currency
    bands = [
        f"up to {Money(minor=band.up_to, currency=currency)} {_roles(band.roles)}"
        if band.up_to is not None
        else f"above that {_roles(band.roles)}"
        for band in policy.approval
    ]
    return f"Of what is made good: {'; '.join(bands)}."


def _roles(roles: list[str]) -> str:
    return " or ".join(role.replace("_", " ") for role in roles)
