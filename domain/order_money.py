"""Money of a change: what goes back to which instrument and when, and how a difference in price is settled."""

from domain.answers import MoneyMove
from domain.customers import Instrument, InstrumentKind
from domain.limits import LimitEntry
from domain.money import Money, total
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import PROCESS, ChangeFacts
from domain.orders import Order
from domain.payments import ChargeOrder
from domain.replacements import kept_for_claims
from domain.tenders import allocate, capture_limit, kept_limits
from domain.values import Value
from domain.verdicts import AskInput, Deny, asking

NO_WAY_BACK = "Money that has left cannot be called back."


class Settled(Value):
    """How a difference is settled: charged, paid back, or there is none."""

    charge: ChargeOrder | None = None
    moves: list[MoneyMove] = []
    told: str = ""
    """`5.00 EUR are charged to card ending 4242`; empty: nothing."""


def settle(
    difference: Money, instrument_id: str, order: Order, seen: ChangeFacts, policy: OrderChangePolicy
) -> Settled | AskInput | Deny:
    """With one instrument of the customer. `difference`: what the lines cost more (below zero: less) than before."""
    if not difference:
        return Settled()
    way = "is to be paid" if difference.minor > 0 else "goes back"
    amount = Money(minor=abs(difference.minor), currency=difference.currency)
    mine = [i for i in seen.instruments if i.customer_id == order.customer_id]
    chosen = next((i for i in mine if i.id == instrument_id), None)
    if chosen is None:
        text = f"A difference of {amount} {way}: with which instrument of the customer?"
        return asking("instrument_id", f"{PROCESS}.which_instrument", text, [i.id for i in mine])
    if difference.minor > 0:
        return _charged(amount, chosen, order, mine)
    return _paid_back(amount, chosen, seen, policy, order)


def covers(instrument: Instrument, amount: Money) -> bool:
    """Stored value must hold the amount; what a card can bear is the bank's to say."""
    if instrument.kind is not InstrumentKind.STORED_VALUE:
        return True
    held = instrument.balance
    return held is not None and held.currency == amount.currency and amount <= held


def not_covered(instrument: Instrument, amount: Money, others: list[Instrument]) -> AskInput:
    text = f"{instrument.label or instrument.id} holds {instrument.balance}, which does not cover {amount}."
    return asking("instrument_id", f"{PROCESS}.balance", text, [i.id for i in others if covers(i, amount)])


def moves_back(
    amount: Money, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, payee: Instrument | None
) -> list[MoneyMove] | Deny:
    """Over the captures that paid, to their instruments or to `payee`."""
    left = total([p.refundable for p in seen.payments], order.currency) - kept_for_claims(order)
    if left < amount:
        text = f"Order {order.id} has {left} left to refund; {amount} would go back."
        return Deny(rule=f"{PROCESS}.above_captured", text=text)
    return allocate(amount, seen.payments, policy.tender_order, payee)


def told(moves: list[MoneyMove], seen: ChangeFacts, policy: OrderChangePolicy) -> str:
    """`70.00 EUR to card ending 4242 within 7 business days and 30.00 EUR to gift card ending 77 at once`."""
    kinds = {p.instrument.id: p.instrument.kind for p in seen.payments} | {i.id: i.kind for i in seen.instruments}
    parts = [f"{move.amount} to {move.label} {policy.arrives(kinds.get(move.target, 'unknown'))}" for move in moves]
    return " and ".join(parts)


def capture_limits(moves: list[MoneyMove], seen: ChangeFacts) -> list[LimitEntry]:
    paid = {payment.id: payment for payment in seen.payments}
    kept = kept_limits(seen.order, seen.payments, moves, PROCESS) if seen.order else []
    return [*(capture_limit(paid[m.payment], m, n, f"{PROCESS}.above_captured") for n, m in enumerate(moves, 1)), *kept]


def _charged(amount: Money, chosen: Instrument, order: Order, mine: list[Instrument]) -> Settled | AskInput:
    if not covers(chosen, amount):
        return not_covered(chosen, amount, mine)
    charge = ChargeOrder(order_id=order.id, instrument_id=chosen.id, amount=amount)
    return Settled(charge=charge, told=f"{amount} is charged to {chosen.label or chosen.id}")


def _paid_back(
    amount: Money, chosen: Instrument, seen: ChangeFacts, policy: OrderChangePolicy, order: Order
) -> Settled | AskInput | Deny:
    """To stored value, or to an instrument that paid at least so much."""
    if chosen.kind is InstrumentKind.STORED_VALUE:
        moves = moves_back(amount, order, seen, policy, chosen)
    else:
        paid = [p for p in seen.payments if p.instrument.id == chosen.id]
        if total([p.refundable for p in paid], order.currency) < amount:
            text = f"{chosen.label or chosen.id} did not pay {amount} of order {order.id}, so it cannot go back there."
            able = [i.id for i in seen.instruments if i.kind is InstrumentKind.STORED_VALUE]
            able += [p.instrument.id for p in seen.payments if amount <= p.refundable and p.instrument.id not in able]
            return asking("instrument_id", f"{PROCESS}.did_not_pay", text, able)
        moves = allocate(amount, paid, policy.tender_order, None)
    if isinstance(moves, Deny):
        return moves
    return Settled(moves=moves, told=told(moves, seen, policy))
