"""How a loss is made good: by payment, by a replacement, or by a repair voucher.

Which kinds are open is for coverage, policy and shop to say; which of them it is, for the caller. Whatever the kind,
its value counts against the limit, and the deductible is honoured: taken off, or charged.
"""

from domain.answers import Missing
from domain.claim_policy import ClaimPolicy, DeductibleBy
from domain.claim_settlement import Share, share_of
from domain.claims import Claim, Coverage, SettlementKind
from domain.customers import Address, Customer, Instrument
from domain.money import Money
from domain.values import Value
from domain.verdicts import AskInput, Deny


class CoveredItem(Value):
    """A unit that a coverage is for, with what the catalogue says of it now."""

    coverage_id: str
    order_id: str
    line_id: str
    product_id: str
    variant_id: str
    name: str
    price: Money | None = None
    """None: it is sold no more."""
    available: bool = False
    delivered_to: Address | None = None


class Choice(Value):
    """What the caller said about it; empty: nothing yet."""

    kind: str = ""
    line_id: str = ""
    provider: str = ""
    instrument_id: str = ""


class Loss(Value):
    """What is to be made good, and with what."""

    kind: str
    """Of the loss: `defect`, `theft`."""
    amount: Money
    coverage: Coverage
    own: Claim | None
    others: list[Claim]
    """The coverage's other claims."""
    items: list[CoveredItem]
    instruments: list[Instrument]
    customer: Customer | None
    able: list[SettlementKind]
    """What the systems can do."""
    choice: Choice


class Remedy(Value):
    """One kind, with all that it takes."""

    kind: SettlementKind
    share: Share
    """`paid` is its value: what counts against the limit, whatever the kind."""
    instrument: Instrument | None = None
    """Where money goes to, or what a deductible is charged to."""
    charge: Money | None = None
    """The deductible, where it is not taken off."""
    item: CoveredItem | None = None
    address: Address | None = None
    provider: str = ""
    valid_days: int = 0


Offer = Remedy | Missing | Deny
"""A kind as it is open to the caller, what must still be said of it, or why it is not."""


def remedy_for(loss: Loss, policy: ClaimPolicy) -> Remedy | AskInput | Deny:
    """The one that the caller chose, or the only one. Which of several is never guessed."""
    offers = offers_for(loss, policy)
    possible = [kind for kind, offer in offers.items() if not isinstance(offer, Deny)]
    if not possible:
        refusals = [offer for offer in offers.values() if isinstance(offer, Deny)]
        return refusals[0] if refusals else _nothing(loss)
    chosen = next((kind for kind in possible if kind == loss.choice.kind), None)
    if chosen is None and (loss.choice.kind or len(possible) > 1):
        missing = Missing(field="settle_by", reason=_which(loss, offers), options=[str(kind) for kind in possible])
        return AskInput(rule="claim.settlement", missing=[missing])
    offer = offers[chosen or possible[0]]
    if isinstance(offer, Missing):
        payee = offer.field == "instrument_id"
        return AskInput(rule="claim.payee" if payee else "claim.settlement", missing=[offer], final=payee)
    return offer


def offers_for(loss: Loss, policy: ClaimPolicy) -> dict[SettlementKind, Offer]:
    """Of the kinds that coverage, policy and systems have."""
    allowed = policy.settling.kinds.get(loss.kind, [SettlementKind.PAYMENT])
    kinds = [kind for kind in allowed if kind in loss.coverage.settles_by and kind in loss.able]
    return {kind: _OFFERS[kind](loss, policy) for kind in kinds}


def _nothing(loss: Loss) -> Deny:
    text = f"{loss.coverage.kind.words.capitalize()} {loss.coverage.id} makes a loss of this kind good in no way."
    return Deny(rule="claim.settlement", text=text)


def _which(loss: Loss, offers: dict[SettlementKind, Offer]) -> str:
    words = [kind.words for kind, offer in offers.items() if not isinstance(offer, Deny)]
    asked = f"Shall it be made good by {' or '.join(words)}?"
    if not loss.choice.kind:
        return asked
    offer = next((offer for kind, offer in offers.items() if kind == loss.choice.kind), None)
    unknown = f"{loss.choice.kind.replace('_', ' ').capitalize()} is not offered."
    why = offer.text if isinstance(offer, Deny) else unknown
    return f"{why} {asked}"


def _payment(loss: Loss, policy: ClaimPolicy) -> Offer:
    share = share_of(loss.amount, loss.coverage, loss.own, loss.others)
    if isinstance(share, Deny):
        return share
    payee = _instrument(loss, "Where shall the money go?")
    if isinstance(payee, Missing):
        return payee
    return Remedy(kind=SettlementKind.PAYMENT, share=share, instrument=payee)


def _replacement(loss: Loss, policy: ClaimPolicy) -> Offer:
    """The very same again: its price now is the loss, and the coverage bears it whole, less the deductible."""
    item = _item(loss)
    if isinstance(item, Missing | Deny):
        return item
    price = item.price
    if price is None or not item.available or price.currency != loss.amount.currency:
        return Deny(rule="claim.unavailable", text=f"{item.name} is not available now.")
    if loss.amount < price:
        text = f"{item.name} costs {price} now, which is more than the loss of {loss.amount}."
        return Deny(rule="claim.above_loss", text=text)
    share = share_of(price, loss.coverage, loss.own, loss.others)
    if isinstance(share, Deny):
        return share
    if share.paid + share.deductible < price:
        text = (
            f"{item.name} costs {price} now, which is more than {loss.coverage.kind.words} {loss.coverage.id} has left."
        )
        return Deny(rule="claim.limit", text=text)
    if loss.customer is None or loss.customer.address is None:
        return Deny(rule="claim.no_address", text="The customer's record has no address to send anything to.")
    remedy = Remedy(kind=SettlementKind.REPLACEMENT, share=share, item=item, address=loss.customer.address)
    return _charged(remedy, loss, policy) if share.deductible else remedy


def _charged(remedy: Remedy, loss: Loss, policy: ClaimPolicy) -> Offer:
    """Nothing can be taken off goods: the customer pays the deductible, or gets none while he owes one."""
    due = remedy.share.deductible
    if policy.settling.deductible[SettlementKind.REPLACEMENT] is DeductibleBy.EXCLUDES:
        return Deny(rule="claim.deductible", text=f"No replacement while a deductible of {due} is due.")
    instrument = _instrument(loss, f"From which instrument shall the deductible of {due} be taken?")
    if isinstance(instrument, Missing):
        return instrument
    if instrument.balance is not None and instrument.balance < due:
        text = f"{instrument.label or instrument.id} does not cover the deductible of {due}."
        others = [one.id for one in loss.instruments if one.id != instrument.id]
        return Missing(field="instrument_id", reason=text, options=others)
    return remedy.model_copy(update={"instrument": instrument, "charge": due})


def _repair_voucher(loss: Loss, policy: ClaimPolicy) -> Offer:
    share = share_of(loss.amount, loss.coverage, loss.own, loss.others)
    if isinstance(share, Deny):
        return share
    if share.deductible and policy.settling.deductible[SettlementKind.REPAIR_VOUCHER] is DeductibleBy.EXCLUDES:
        return Deny(rule="claim.deductible", text=f"No repair voucher while a deductible of {share.deductible} is due.")
    repairers = policy.settling.repairers
    if not repairers:
        return Deny(rule="claim.no_repairer", text="No repairer works for us.")
    if loss.choice.provider and loss.choice.provider not in repairers:
        text = f"{loss.choice.provider} does not work for us; choose one of the options."
        return Missing(field="provider", reason=text, options=repairers)
    return Remedy(
        kind=SettlementKind.REPAIR_VOUCHER, share=share, provider=loss.choice.provider or repairers[0],
        valid_days=policy.settling.voucher_valid_for.days,
    )  # fmt: skip


_OFFERS = {
    SettlementKind.PAYMENT: _payment,
    SettlementKind.REPLACEMENT: _replacement,
    SettlementKind.REPAIR_VOUCHER: _repair_voucher,
}


def _instrument(loss: Loss, question: str) -> Instrument | Missing:
    wanted = loss.choice.instrument_id or loss.coverage.instrument_id
    chosen = [one for one in loss.instruments if not wanted or one.id == wanted]
    if len(chosen) == 1:
        return chosen[0]
    text = question if chosen else f"The customer has no instrument {wanted}."
    return Missing(field="instrument_id", reason=text, options=[one.id for one in loss.instruments])


def _item(loss: Loss) -> CoveredItem | Missing | Deny:
    mine = [item for item in loss.items if item.coverage_id == loss.coverage.id]
    if not mine:
        text = f"{loss.coverage.kind.words.capitalize()} {loss.coverage.id} is for nothing that could be sent again."
        return Deny(rule="claim.no_item", text=text)
    named = [item for item in mine if loss.choice.line_id in ("", item.line_id)]
    if len(named) == 1:
        return named[0]
    text = "Which of the covered units is it?" if named else f"There is no covered unit {loss.choice.line_id}."
    return Missing(field="line_id", reason=text, options=[item.line_id for item in mine])
