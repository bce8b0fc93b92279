"""How every order change runs: lock the order, open a case, change it, settle the difference, tell everybody.

What exactly is changed is the plan of `domain.order_*`; here is the order of the steps, and each one's undo.
"""

import asyncio
from typing import Any, ClassVar, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.cases import CaseActivities as cases
    from activities.change_sights import ChangeQuestion, ChangeSight
    from activities.crm import CrmActivities as crm
    from activities.house import Hold, Lock
    from activities.orders import OrderActivities as orders
    from connectors.effects import Receipt
    from domain.cases import Case, CaseDraft, CaseResolution, CaseState, CustomerNote
    from domain.evidence import PolicyTrace
    from domain.order_change_policy import OrderChangePolicy
    from domain.order_changes import ChangeFacts, ChangePlan, rule_order_change
    from domain.order_money import NO_WAY_BACK
    from domain.orders import Order
    from domain.packet import PacketStep
    from domain.payments import Payment, Refunded
    from domain.values import Value
    from domain.verdicts import Ruled

from workflows._asking import Ruling, decide, ruling
from workflows._holding import hold, judge_again, lock
from workflows._paying import as_ours, charge, pay_back
from workflows._process import Process
from workflows._related import cases_of
from workflows._seeing import in_force, order_of, question, see_change, value
from workflows._steps import TELLS, Saga

R = TypeVar("R", bound=Value)


class Change(Process[R]):
    """A subclass names its request model, its planner, and what its planner must see."""

    policy_model = OrderChangePolicy
    planner: ClassVar[Any] = None
    """`plan_cancel`, ...: `domain.order_changes.Planner`."""
    needs_instruments: ClassVar[bool] = False
    covered = False
    """A claim may make good what goes back."""

    async def change(self, saga: Saga) -> None:
        plan = await decide(self, self.rule)
        if plan is None:
            return
        self.working(f"{plan.effect.summary.rstrip('.')}: it is on its way.")

        await saga.reserve(self.lock(plan))
        if plan.limits:
            await saga.reserve(self.hold(plan))
        if self.covered:
            await judge_again(self.rule, plan)
        case = None
        if not self.casefile.open:
            case = await saga.step(cases.open_case, self.case(plan), undo=cases.withdraw_case, label="Open a case")
        changed = await self.change_records(saga, plan)
        charged = await charge(saga, plan, self.made_as(plan))
        saga.money_moves(plan.final)
        sent = await pay_back(self, saga, plan, plan.effect.action, self.made_as(plan))
        await asyncio.gather(self.note(saga, plan), self.resolve(saga, plan, case))
        await saga.keep()

        self.finish(plan, changed, charged, sent)

    # What is seen and judged

    async def rule(self) -> Ruling[ChangePlan]:
        ruled, policy, trace = await self.judge()
        return ruling(ruled, policy, trace, lambda plan: plan.effect.summary.partition(":")[0].rstrip("."))

    async def judge(self) -> tuple[Ruled[ChangePlan], OrderChangePolicy, PolicyTrace]:
        sight = await see_change(self, self.question())
        self.covered = sight.covered
        policy, trace = in_force(OrderChangePolicy, sight)
        asked: Any = self.request
        seen, standing = facts_of(sight), self.standing()
        return rule_order_change(asked, type(self).planner, seen, policy, standing, workflow.now()), policy, trace

    def question(self) -> ChangeQuestion:
        asked: Any = self.request
        lines = [swap.line_id for swap in getattr(asked, "items", [])]
        order_id = getattr(asked, "order_id", "")
        return question(
            self, ChangeQuestion, order_id=order_id, instruments=self.needs_instruments, lines=lines, made_good=True
        )

    # What is done

    async def change_records(self, saga: Saga, plan: ChangePlan) -> Order | None:
        """At the order system or the CRM; the order as it is then."""
        if plan.address:
            label = f"Change the address of customer {plan.customer_id}"
            await saga.step(crm.update_address, plan.address, undo=crm.restore_address, label=label)
        if plan.change:
            label = f"Change order {plan.order_id} ({plan.change.kind})"
            changed = await saga.step(orders.change_order, plan.change, undo=orders.revert_change, label=label)
            return changed.value if changed else None
        if plan.request:
            label = f"Open the {plan.request.kind} of order {plan.order_id}"
            opened = await saga.step(orders.open_request, plan.request, undo=orders.withdraw_request, label=label)
            return opened.value if opened else None
        return None

    async def note(self, saga: Saga, plan: ChangePlan) -> None:
        note = CustomerNote(customer_id=plan.customer_id, text=f"{plan.done} Reference {self.reference}.")
        await saga.must(crm.note_customer, note, label="Note it on the customer's record")

    async def resolve(self, saga: Saga, plan: ChangePlan, case: Receipt[Case] | None) -> None:
        if case:
            done = CaseResolution(case_id=case.value.id, state=CaseState.RESOLVED, comment=plan.done)
            await saga.must(cases.resolve_case, done, label=f"Resolve case {case.value.id}")

    def finish(self, plan: ChangePlan, order: Order | None, charged: Payment | None, sent: list[Refunded]) -> None:
        result: dict[str, Any] = {
            "order_id": plan.order_id,
            "order_status": str(order.status) if order else "",
            "request_id": self._request_id(order, plan),
            "charge": charged.model_dump(mode="json", include={"id", "captured"}) if charged else None,
            "refunds": [refund.model_dump(mode="json") for refund in sent],
        }
        if len(sent) < len(plan.effect.moves) or (plan.charge and not charged):
            return self.done(f"{self.title}: only partly done, by a person's decision.", result)
        self.done(plan.done, result)

    def _request_id(self, order: Order | None, plan: ChangePlan) -> str:
        mine = self.made_as(plan)
        return next((request.id for request in order.requests if request.reference == mine), "") if order else ""

    # What each system is told

    def made_as(self, plan: ChangePlan) -> str:
        """The reference under which the order system has the change: billing books its money for it."""
        return self.mint("open_request" if plan.request else "change_order").value

    def lock(self, plan: ChangePlan) -> Lock:
        return lock(self, [plan.lock])

    def hold(self, plan: ChangePlan) -> Hold:
        return hold(self, as_ours(self, plan.limits))

    def case(self, plan: ChangePlan) -> CaseDraft:
        subject = plan.effect.action.replace("_", " ").capitalize() + f": {plan.effect.subject}"
        body = f"{plan.effect.summary} Reference {self.reference}."
        links = [case.id for case in cases_of(self, plan.order_id)] if plan.order_id else []
        return CaseDraft(subject=subject, customer_id=plan.customer_id, order_id=plan.order_id, body=body, links=links)

    def planned_steps(self) -> list[PacketStep]:
        effect = self.effect
        moves = effect.moves if effect else []
        charge = effect.details.get("charge") if effect else None
        steps = [
            ("open_case", "Open a case", "Undone by withdraw case."),
            ("change", effect.summary if effect else "Change it", "Undone by taking the change back."),
            *([("charge", "Charge the difference", "Undone by void charge.")] if charge else []),
        ]
        labels = [f"Refund {move.amount} to {move.label}" for move in moves]
        return [
            *(PacketStep(name=name, label=label, undo=undo) for name, label, undo in steps),
            *(PacketStep(name="send_refund", label=label, undo=NO_WAY_BACK, irreversible=True) for label in labels),
            PacketStep(name="note_customer", label="Note it on the customer's record", undo=TELLS),
            PacketStep(name="resolve_case", label="Resolve the case", undo=TELLS),
        ]


def facts_of(sight: ChangeSight) -> ChangeFacts:
    return ChangeFacts(
        order=order_of(sight),
        payments=value(sight.payments) or [],
        instruments=value(sight.instruments) or [],
        customer=value(sight.customer),
        products=value(sight.products) or [],
    )
