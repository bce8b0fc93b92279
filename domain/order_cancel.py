"""Cancel an order: while it is open and unchanged, for a reason on the list. Each capture goes back whence it came."""

from datetime import datetime

from pydantic import Field

from domain.answers import Effect
from domain.money import total
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import PROCESS, ChangeFacts, ChangePlan, Planned, still_open
from domain.order_money import NO_WAY_BACK, capture_limits, told
from domain.orders import ChangeDraft, Order
from domain.replacements import replaced
from domain.tenders import allocate
from domain.values import Value
from domain.verdicts import asking


class CancelRequest(Value):
    """Cancel a whole order."""

    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")
    reason: str = Field(min_length=1, max_length=80, description="A reason code of the policy: no_longer_needed, ...")


def plan_cancel(
    ask: CancelRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, at: datetime
) -> Planned:
    if refused := still_open(order, policy) or replaced([line.id for line in order.lines], order, PROCESS):
        return refused
    if ask.reason not in policy.cancel_reasons:
        text = f"{ask.reason!r} is no reason for cancelling here; choose one of the options."
        return asking("reason", f"{PROCESS}.reason", text, policy.cancel_reasons)
    amount = total([p.refundable for p in seen.payments], order.currency)
    moves = allocate(amount, seen.payments, policy.tender_order, None)
    back = f": {told(moves, seen, policy)}" if moves else "; nothing was paid"
    effect = Effect(
        action="cancel_order",
        subject=f"order {order.id}",
        amount=amount,
        moves=moves,
        details={"reason": ask.reason},
        irreversible=NO_WAY_BACK if moves else "",
        summary=f"Cancel order {order.id}{back}.",
    )
    change = ChangeDraft(order_id=order.id, kind="cancel", version=order.version, reason=ask.reason)
    limits = capture_limits(moves, seen)
    done = f"Order {order.id} is cancelled{back}."
    return ChangePlan(
        effect=effect, customer_id=order.customer_id, order_id=order.id, change=change, limits=limits, done=done
    )
