"""Refund an order: policy decides, or a person does; then the money goes back, and is seen to have arrived."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.cases import CaseActivities as cases
    from activities.crm import CrmActivities as crm
    from activities.house import Hold
    from activities.orders import OrderActivities as orders
    from activities.sights import OrderSight, Question
    from connectors.effects import Receipt
    from domain.calls import ToolCall
    from domain.cases import Case, CaseDraft, CaseResolution, CaseState, CustomerNote
    from domain.orders import MarkDraft
    from domain.packet import PacketStep
    from domain.payments import Refunded
    from domain.policies import RefundPolicy
    from domain.refunds import NO_WAY_BACK, PayTo, RefundFacts, RefundPlan, RefundRequest, rule_refund

from workflows._asking import Ruling, decide, ruling
from workflows._catalog import Tool
from workflows._holding import hold, judge_again
from workflows._paying import as_ours, pay_back
from workflows._process import Closed, Process
from workflows._related import cases_of
from workflows._seeing import in_force, order_of, question, see_order, value
from workflows._steps import TELLS, Saga


@workflow.defn(name="refund")
class Refund(Process[RefundRequest]):
    request_model = RefundRequest
    policy_model = RefundPolicy
    covered = False
    """A claim may make good what is refunded."""

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.refund_order)

    async def refund_order(self, saga: Saga) -> None:
        plan = await decide(self, self.rule)
        if plan is None:
            return
        self.working(f"{plan.effect.summary.rstrip('.')}: it is on its way.")

        await saga.reserve(self.hold(plan))
        if self.covered:
            await judge_again(self.rule, plan)
        case = None
        if not self.casefile.open:
            case = await saga.step(cases.open_case, self.case(plan), undo=cases.withdraw_case, label="Open a case")
        await saga.step(orders.mark_order, self.mark(plan), undo=orders.clear_mark, label=f"Mark order {plan.order_id}")
        saga.money_moves(f"{plan.amount} on order {plan.order_id} is on its way back")
        sent = await pay_back(self, saga, plan, self.request.reason)
        await asyncio.gather(self.note(saga, plan), self.resolve(saga, plan, case), saga.keep())

        self.finish(plan, sent)

    async def rule(self) -> Ruling[RefundPlan]:
        """Look at the facts, and let the rules speak."""
        sight = await see_order(self, self.question())
        self.covered = sight.covered
        policy, trace = in_force(RefundPolicy, sight)
        ruled = rule_refund(self.request, facts_of(sight), policy, self.standing(), workflow.now())
        return ruling(ruled, policy, trace, lambda plan: f"Refund {plan.amount} of order {plan.order_id}")

    async def note(self, saga: Saga, plan: RefundPlan) -> None:
        text = f"{plan.effect.summary} Reason: {self.request.reason}. Reference {self.reference}."
        note = CustomerNote(customer_id=plan.customer_id, text=text)
        await saga.must(crm.note_customer, note, label="Note it on the customer's record")

    async def resolve(self, saga: Saga, plan: RefundPlan, case: Receipt[Case] | None) -> None:
        if case:
            done = CaseResolution(case_id=case.value.id, state=CaseState.RESOLVED, comment=plan.effect.summary)
            await saga.must(cases.resolve_case, done, label=f"Resolve case {case.value.id}")

    def finish(self, plan: RefundPlan, sent: list[Refunded]) -> None:
        refunds = [refund.model_dump(mode="json") for refund in sent]
        result = {"order_id": plan.order_id, "amount": plan.amount.model_dump(mode="json"), "refunds": refunds}
        if len(sent) < len(plan.effect.moves):
            return self.done(
                f"The refund of order {plan.order_id} was only partly made, by a person's decision.", result
            )
        targets = " and ".join(f"{move.amount} to {move.label}" for move in plan.effect.moves)
        self.done(f"Done: {targets}, for order {plan.order_id}.", result)

    def question(self) -> Question:
        instruments = self.request.to is not PayTo.ORIGINAL
        return question(self, Question, order_id=self.request.order_id, instruments=instruments, made_good=True)

    def hold(self, plan: RefundPlan) -> Hold:
        return hold(self, as_ours(self, plan.limits))

    def case(self, plan: RefundPlan) -> CaseDraft:
        subject = f"Refund {plan.amount} of order {plan.order_id}"
        body = f"{plan.effect.summary} Reason: {self.request.reason}. Reference {self.reference}."
        links = [case.id for case in cases_of(self, plan.order_id)]
        return CaseDraft(subject=subject, customer_id=plan.customer_id, order_id=plan.order_id, body=body, links=links)

    def mark(self, plan: RefundPlan) -> MarkDraft:
        return MarkDraft(order_id=plan.order_id, kind="refund", note=self.reference)

    def planned_steps(self) -> list[PacketStep]:
        moves = self.effect.moves if self.effect else []
        labels = [f"Refund {move.amount} to {move.label}" for move in moves]
        money = [PacketStep(name="send_refund", label=label, undo=NO_WAY_BACK, irreversible=True) for label in labels]
        return [
            PacketStep(name="open_case", label="Open a case", undo="Undone by withdraw case."),
            PacketStep(name="mark_order", label="Mark the order", undo="Undone by clear mark."),
            *money,
            PacketStep(name="note_customer", label="Note it on the customer's record", undo=TELLS),
            PacketStep(name="resolve_case", label="Resolve the case", undo=TELLS),
        ]


def facts_of(sight: OrderSight) -> RefundFacts:
    return RefundFacts(
        order=order_of(sight),
        payments=value(sight.payments) or [],
        instruments=value(sight.instruments) or [],
        customer=value(sight.customer),
        open_cases=value(sight.open_cases) or [],
    )


refund_order = Tool(
    process=Refund,
    name="refund_order",
    description=(
        "Refund an order of the verified caller: chosen lines, an amount, or (neither given) all that is left. "
        "May answer needs_confirmation: read the effect to the caller and call again with confirm=digest. "
        "Repeat the same call freely: it is one refund."
    ),
    business_key=lambda arguments: {
        name: arguments.get(name) for name in ("order_id", "lines", "amount", "to", "instrument_id")
    },
)
