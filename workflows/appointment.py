"""Move a technician's visit to another time: the policy decides, or a person does; then the customer is told."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case_sights import CaseQuestion
    from activities.casework import CaseworkActivities as casework
    from activities.house import Hold, Lock
    from activities.messaging import MessagingActivities as messaging
    from domain.appointments import (
        CATEGORY,
        AppointmentFacts,
        AppointmentPolicy,
        MovePlan,
        RescheduleRequest,
        rule_reschedule,
    )
    from domain.calls import ToolCall
    from domain.cases import CaseChange
    from domain.messages import CustomerMessage
    from domain.packet import PacketStep
    from domain.verdicts import Allow

from workflows._asking import Ruling, decide
from workflows._casework import only_tell
from workflows._catalog import Tool
from workflows._process import Closed, Process
from workflows._seeing import in_force, see_case, value
from workflows._steps import TELLS, Saga


@workflow.defn(name="appointment")
class RescheduleAppointment(Process[RescheduleRequest]):
    request_model = RescheduleRequest
    policy_model = AppointmentPolicy

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.reschedule)

    async def reschedule(self, saga: Saga) -> None:
        plan = await self.agree(saga)
        if plan is None:
            return
        self.working(f"{plan.effect.summary} It is on its way.")

        await saga.reserve(self.hold(plan))
        case_id = plan.visit.case.id
        moved = await saga.step(
            casework.change_case, self.change(plan), undo=casework.change_back, label=f"Move appointment {case_id}"
        )
        await saga.keep()
        if moved is None:
            return self.done("The appointment was not moved, by a person's decision.", {})
        told = await only_tell(
            self, saga, messaging.tell_customer, self.message(plan), "Tell the customer the new time"
        )

        result = {"appointment_id": case_id, **plan.effect.details, "told": told.value.to if told else ""}
        self.done(f"Done: your appointment is on {plan.spoken}.", result)

    async def agree(self, saga: Saga) -> MovePlan | None:
        """Judged once more under the lock: whoever had it before may have taken the time."""
        while plan := await decide(self, self.rule):
            await saga.reserve(self.lock(plan))
            again = await self.rule()
            if isinstance(again.verdict, Allow) and again.effect == plan.effect:
                return again.plan
            await saga.unlock()
        return None

    async def rule(self) -> Ruling[MovePlan]:
        """Look at the facts, and let the rules speak."""
        sight = await see_case(self, self.question())
        policy, trace = in_force(AppointmentPolicy, sight)
        seen = AppointmentFacts(
            customer=value(sight.customer), cases=value(sight.cases) or [], diaries=value(sight.diaries) or []
        )
        ruled = rule_reschedule(
            self.request, seen, policy, self.standing(), workflow.now(), self.call.actor.tenant
        )  # fmt: skip
        return Ruling(
            verdict=ruled.verdict,
            plan=ruled.plan,
            effect=ruled.plan.effect if ruled.plan else None,
            title=f"Move appointment {ruled.plan.visit.case.id} to {ruled.plan.spoken}" if ruled.plan else "",
            basis=ruled.basis,
            policy=trace,
            clock=policy.gate,
            patience=policy.confirmation_expires_after,
        )

    def question(self) -> CaseQuestion:
        actor, call_id = self.call.actor, self.call.interaction.call_id
        return CaseQuestion(
            tenant=actor.tenant, call_id=call_id, policy=AppointmentPolicy.name, diaries=CATEGORY, at=workflow.now()
        )

    def lock(self, plan: MovePlan) -> Lock:
        holder = f"{self.run_key}/lock"
        return Lock(tenant=self.call.actor.tenant, holder=holder, entries=plan.locks, at=workflow.now())

    def hold(self, plan: MovePlan) -> Hold:
        return Hold(tenant=self.call.actor.tenant, holder=self.run_key, entries=plan.limits, at=workflow.now())

    def change(self, plan: MovePlan) -> CaseChange:
        case = plan.visit.case
        why = f"Moved to {plan.spoken} at the customer's request. Reference {self.reference}."
        return CaseChange(
            case_id=case.id, comment=why, resolution_due=plan.starts, version=case.version, before=case
        )  # fmt: skip

    def message(self, plan: MovePlan) -> CustomerMessage:
        text = f"Your appointment ({plan.visit.what}) is on {plan.spoken} now. If you did not ask for this, call us."
        return CustomerMessage(customer_id=plan.customer_id, text=text)

    def planned_steps(self) -> list[PacketStep]:
        return [
            PacketStep(name="change_case", label="Move the appointment", undo="Undone by change back."),
            PacketStep(name="tell_customer", label="Tell the customer the new time", undo=TELLS),
        ]


reschedule_appointment = Tool(
    process=RescheduleAppointment,
    name="reschedule_appointment",
    description=(
        "Move an appointment of the verified caller with a technician to another time. A time that is not free is "
        "answered with those that are. Answers needs_confirmation first: read the effect to the caller and call again "
        "with confirm=digest. Repeat the same call freely: it is one change."
    ),
)
