"""Money of a change: charged before the point of no return, paid back after it, and watched until it is settled."""

from typing import TYPE_CHECKING, Any, Protocol

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.billing import BillingActivities as billing
    from domain.answers import Effect
    from domain.limits import LimitEntry
    from domain.order_changes import ChangePlan
    from domain.order_money import NO_WAY_BACK
    from domain.payments import Payment, Refunded, RefundOrder, RefundState

from workflows._settling import settled
from workflows._steps import Saga

if TYPE_CHECKING:
    from workflows._process import Process


class PaysBack(Protocol):
    """A plan whose effect has moves of money back to a customer."""

    @property
    def order_id(self) -> str: ...
    @property
    def effect(self) -> Effect: ...


def as_ours(process: "Process[Any]", limits: list[LimitEntry]) -> list[LimitEntry]:
    """`refund/1` becomes the reference under which billing will list it, so that it is not counted twice."""
    numbered = [(entry, entry.reference.partition("/")[2]) for entry in limits]
    return [
        entry.model_copy(update={"reference": process.mint("send_refund", int(n)).value}) if n else entry
        for entry, n in numbered
    ]


async def charge(saga: Saga, plan: ChangePlan, made_as: str) -> Payment | None:
    """None: nothing was to be charged. `made_as`: the reference of the order's change or request that it is for."""
    if plan.charge is None:
        return None
    order = plan.charge.model_copy(update={"change": made_as})
    label = f"Charge {order.amount} to {order.instrument_id}"
    charged = await saga.step(billing.charge, order, undo=billing.void_charge, label=label)
    return charged.value if charged else None


async def pay_back(
    process: "Process[Any]", saga: Saga, plan: PaysBack, reason: str, made_as: str = ""
) -> list[Refunded]:
    """One instruction to billing per tender; then each is watched until it is settled. One that fails at settlement
    is sent anew when a person says so, as he says. `made_as`: of the order's change that it pays back for."""
    if not plan.effect.moves:
        return []
    sent: dict[int, Refunded] = {}
    todo = _orders(plan, reason, made_as)
    while todo:
        for n, (label, order) in todo.items():
            if receipt := await saga.step(billing.send_refund, order, undo=NO_WAY_BACK, label=label, n=n):
                sent[n] = receipt.value
        sent = await settled(process, sent)
        failed = [n for n, refund in sent.items() if refund.state is RefundState.FAILED]
        todo = {}
        for n in failed:
            error = f"Refund {sent.pop(n).id} was accepted by billing and failed at settlement."
            if again := await saga.came_back(billing.send_refund, n, error):
                todo[n + 100] = (again.view.label, again.payload)
    return list(sent.values())


def _orders(plan: PaysBack, reason: str, made_as: str) -> dict[int, tuple[str, RefundOrder]]:
    """Numbered from 1, each with its label."""
    orders = {}
    for n, move in enumerate(plan.effect.moves, 1):
        order = RefundOrder(
            payment_id=move.payment, order_id=plan.order_id, amount=move.amount, instrument_id=move.target,
            reason=reason, change=made_as,
        )  # fmt: skip
        orders[n] = (f"Refund {move.amount} to {move.label}", order)
    return orders
