"""Money of a change: charged before the point of no return, paid back after it, and watched until it is settled."""

from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.billing import BillingActivities as billing
    from connectors.effects import Receipt
    from domain.answers import MoneyMove
    from domain.order_changes import ChangePlan
    from domain.order_money import NO_WAY_BACK
    from domain.payments import Payment, Refunded, RefundOrder, RefundState

from workflows._settling import settled
from workflows._steps import Saga

if TYPE_CHECKING:
    from workflows._process import Process


async def charge(saga: Saga, plan: ChangePlan, made_as: str) -> Payment | None:
    """None: nothing was to be charged. `made_as`: the reference of the order's change or request that it is for."""
    if plan.charge is None:
        return None
    order = plan.charge.model_copy(update={"change": made_as})
    label = f"Charge {order.amount} to {order.instrument_id}"
    charged = await saga.step(billing.charge, order, undo=billing.void_charge, label=label)
    return charged.value if charged else None


async def pay_back(process: "Process[Any]", saga: Saga, plan: ChangePlan, made_as: str) -> list[Refunded]:
    """One instruction to billing per tender. One that fails at settlement is sent anew when a person says so."""
    sent: dict[int, Refunded] = {}
    todo = dict(enumerate(plan.effect.moves, 1))
    while todo:
        for n, move in todo.items():
            if receipt := await _send(saga, plan, move, n, made_as):
                sent[n] = receipt.value
        sent = await settled(process, sent)
        failed = [n for n, refund in sent.items() if refund.state is RefundState.FAILED]
        todo = {}
        for n in failed:
            error = f"Refund {sent.pop(n).id} was accepted by billing and failed at settlement."
            if await saga.came_back(billing.send_refund, n, error) == "retry":
                todo[n + 100] = plan.effect.moves[n % 100 - 1]
    return list(sent.values())


async def _send(saga: Saga, plan: ChangePlan, move: MoneyMove, n: int, made_as: str) -> Receipt[Refunded] | None:
    order = RefundOrder(
        payment_id=move.payment, order_id=plan.order_id, amount=move.amount, instrument_id=move.target,
        reason=plan.effect.action, change=made_as,
    )  # fmt: skip
    label = f"Refund {move.amount} to {move.label}"
    sent: Receipt[Refunded] | None = await saga.step(billing.send_refund, order, undo=NO_WAY_BACK, label=label, n=n)
    return sent
