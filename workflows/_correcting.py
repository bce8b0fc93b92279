"""Edit and retry: a refused step gets another input from people, once the rules allow it. The step stays the same."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.sights import OrderSight, Question, SightActivities
    from domain.answers import Denial
    from domain.payments import RefundOrder
    from domain.repairs import redirected

from workflows._seeing import until_read, value
from workflows._steps import Taken, show

if TYPE_CHECKING:
    from workflows._process import Process


async def correct(process: "Process[Any]", taken: Taken, wanted: Any, people: list[str]) -> Denial | None:
    """Gives the step its corrected input, or says why the rules refuse it."""
    judge = _RULES.get(taken.view.name)
    if judge and (refused := await judge(process, taken, wanted)):
        return refused
    before, after = taken.payload.model_dump(mode="json"), wanted.model_dump(mode="json")
    was = {name: old for name, old in before.items() if old != after[name]}
    body = {"ref": taken.ref.value, "was": was, "now": {name: after[name] for name in was}, "by": people}
    process.record.add("corrected", step=taken.view.name, body=body)
    taken.payload = wanted
    return None


async def _to_whom(process: "Process[Any]", taken: Taken, order: RefundOrder) -> Denial | None:
    """Only to what paid or to the same customer's stored value, as the policy has it; whoever asks."""
    assert process.policy_model
    process.looks += 1
    seen = process.assurance
    ask = Question(
        tenant=process.call.actor.tenant, call_id=process.call.interaction.call_id, policy=process.policy_model.name,
        order_id=order.order_id, instruments=True, at=workflow.now(),
        held=seen.model_copy(update={"expires_at": None}) if seen else None,
    )  # fmt: skip
    sight: OrderSight = await until_read(
        process, SightActivities.see_order_again, ask, step=f"payee/{process.looks}",
        label="Reading the customer's instruments", may_undo=False,
    )  # fmt: skip
    to_stored_value = bool(sight.policy.get("to_stored_value")) and _may_go_elsewhere(process)
    payee = redirected(
        order, value(sight.payments) or [], value(sight.instruments) or [], to_stored_value=to_stored_value
    )
    if isinstance(payee, Denial):
        return payee
    name = payee.label or payee.id
    first = taken.first_label = taken.first_label or taken.view.label
    show(process, taken, label=f"Refund {order.amount} to {name}")
    instead = first.removeprefix(f"Refund {order.amount} to ")
    process.corrections[first] = f"But {order.amount} went to {name} instead of {instead}: a colleague corrected it."
    return None


def _may_go_elsewhere(process: "Process[Any]") -> bool:
    """A cancelled order's captures go back to where they came from, each."""
    return process.effect is None or process.effect.action != "cancel_order"


_RULES: dict[str, Callable[["Process[Any]", Taken, Any], Awaitable[Denial | None]]] = {"send_refund": _to_whom}
"""By the name of the step: what is judged anew."""
