"""Pay an open order with another instrument: charged in full to the new one, then given back to the old one."""

from datetime import datetime

from pydantic import Field

from domain.answers import Effect
from domain.money import total
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import PROCESS, ChangeFacts, ChangePlan, Planned, still_open
from domain.order_money import NO_WAY_BACK, capture_limits, covers, not_covered, told
from domain.orders import ChangeDraft, Order
from domain.payments import ChargeOrder
from domain.tenders import allocate
from domain.values import Value
from domain.verdicts import Deny, asking


class ChangePaymentRequest(Value):
    """Pay an open order with another instrument of the customer."""

    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")
    instrument_id: str = Field(min_length=1, max_length=100, description="The instrument that pays from now on.")


def plan_payment(
    ask: ChangePaymentRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, at: datetime
) -> Planned:
    if closed := still_open(order, policy):
        return closed
    paid = [payment for payment in seen.payments if payment.refundable]
    payers = {payment.instrument.id for payment in paid}
    if len(payers) != 1:
        text = f"Order {order.id} was paid by {len(payers)} instruments; only one that one paid can be paid otherwise."
        return Deny(rule=f"{PROCESS}.one_instrument", text=text)
    others = [i for i in seen.instruments if i.customer_id == order.customer_id and i.id not in payers]
    chosen = next((i for i in others if i.id == ask.instrument_id), None)
    if chosen is None:
        text = f"{ask.instrument_id} is no other instrument of the customer than the one that paid order {order.id}."
        return asking("instrument_id", f"{PROCESS}.which_instrument", text, [i.id for i in others])
    amount = total([payment.refundable for payment in paid], order.currency)
    if not covers(chosen, amount):
        return not_covered(chosen, amount, others)
    moves = allocate(amount, paid, policy.tender_order, None)
    charge = ChargeOrder(order_id=order.id, instrument_id=chosen.id, amount=amount)
    label, back = chosen.label or chosen.id, told(moves, seen, policy)
    effect = Effect(
        action="change_payment",
        subject=f"order {order.id}",
        amount=amount,
        moves=moves,
        details={"charge": charge.model_dump(mode="json", exclude={"change"})},
        irreversible=NO_WAY_BACK,
        summary=f"Pay order {order.id} with {label}: {amount} is charged to it, and back goes {back}.",
    )
    change = ChangeDraft(order_id=order.id, kind="payment", version=order.version, instrument_id=chosen.id)
    return ChangePlan(
        effect=effect, customer_id=order.customer_id, order_id=order.id, change=change, charge=charge,
        limits=capture_limits(moves, seen), done=f"Order {order.id} is paid with {label} now; back goes {back}.",
        other_payee=True,
    )  # fmt: skip
