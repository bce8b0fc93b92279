"""Open a case: with the right team, by when, and only once; then see it to its end."""

from datetime import timedelta
from typing import Any

from pydantic import Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case_sights import CaseQuestion, CaseSight
    from activities.cases import CaseActivities as cases
    from activities.casework import CaseworkActivities as casework
    from activities.crm import CrmActivities as crm
    from activities.house import Hold
    from connectors.effects import Receipt
    from domain.answers import Denial, Status
    from domain.business_time import Calendar, calendar_of, spoken
    from domain.calls import Actor, ActorKind, ToolCall
    from domain.case_amending import change_of, is_another, may_amend, plan_after
    from domain.case_clock import Goal, Tick, timetable
    from domain.case_events import DELAYED, CaseEvent, case_for, offered
    from domain.case_intake import CasePlan, CaseRequest, Way, body_of, rule_case, sentence
    from domain.case_policy import CasePolicy
    from domain.cases import Case, CaseChange, CaseComment, CaseDraft, CaseReopening, CaseState, CustomerNote
    from domain.orders import Order
    from domain.packet import PacketStep
    from domain.standing import needs_caller
    from domain.values import Value
    from domain.verdicts import Deny

from workflows._asking import Ruling, decide, ruling
from workflows._casework import Amends, CaseWatch, Handler, WatchState, only_tell
from workflows._catalog import Tool
from workflows._hands import Amended, adopt, wanted
from workflows._holding import hold
from workflows._moving_on import Luggage, Undo, move_on, pack, unpack
from workflows._phase import Phase
from workflows._process import Closed, Process
from workflows._seeing import case_facts, in_force, keep, question, see_case, value
from workflows._steps import TELLS, Saga, StepRefused

A_MOMENT = timedelta(seconds=1)
LONGEST_MOMENT = timedelta(minutes=1)


class CaseLuggage(Luggage):
    """What an open case's run takes along when it goes on as a new one."""

    sight: CaseSight
    plan: CasePlan
    asked: CaseRequest
    more: dict[str, Any]
    watch: WatchState


_WOULD_BE_LOST = frozenset({"resolve", "reassign", "amend"})
"""What no longer reaches a case that somebody is closing."""
_UNDOS: dict[str, Undo] = {
    "open_case": (CaseDraft, cases.withdraw_case),
    "reopen_case": (CaseReopening, casework.close_again),
    "change_case": (CaseChange, casework.change_back),
}


class _OpensCase(Process[Any]):
    policy_model = CasePolicy
    amends: Amends | None = None
    """Who changes an open case in place. None: it is taken back and opened anew."""

    watch: CaseWatch | None = None
    more: dict[str, Any] = {}
    """What the result tells besides the case."""
    too_late = ""
    plan: CasePlan
    sight: CaseSight

    @workflow.init
    def __init__(self, call: ToolCall | CaseLuggage) -> None:
        super().__init__(call.call if isinstance(call, CaseLuggage) else call)
        self.is_open = isinstance(call, CaseLuggage)
        if isinstance(call, CaseLuggage):
            self.go_on(call)

    async def create_case(self, saga: Saga) -> None:
        if self.is_open:
            self.is_open = False
            return self.finish(await self.until_closed())
        plan = await self.agree(saga)
        if plan is None:
            return
        self.record.customer_id = plan.customer_id
        self.working(f"{plan.effect.summary} It is on its way.")

        match plan.way:
            case Way.JOIN:
                return await self.join(saga, plan)
            case Way.REOPEN:
                again = self.reopening(plan)
                opened = await saga.step(
                    casework.reopen_case, again, undo=casework.close_again, label=f"Reopen case {again.case_id}"
                )
            case Way.OPEN:
                opened = await saga.step(
                    cases.open_case, self.draft(plan), undo=cases.withdraw_case, label=f"Open a case for {plan.queue}"
                )
        await saga.keep()
        if opened is None:
            return self.done("The case was not opened, by a person's decision.", {})
        if plan.way is Way.OPEN:
            await self.opened(saga, plan, opened.value)

        self.plan = plan
        self.finish(await self.see_to_its_end(saga, opened))

    async def agree(self, saga: Saga) -> CasePlan | None:
        """What is to be done; while another run opens such a case for the customer, its end is waited for."""
        pause = A_MOMENT
        while True:
            plan = await decide(self, self.rule)
            if plan is None or not plan.limits:
                return plan
            try:
                await saga.reserve(self.hold(plan))
                return plan
            except StepRefused as full:
                if full.rule != "case.in_flight":
                    raise
            await workflow.sleep(pause)
            pause = min(pause * 2, LONGEST_MOMENT)

    async def rule(self) -> Ruling[CasePlan]:
        """Look at the facts, and let the rules speak."""
        sight = self.sight = await see_case(self, self.question())
        self.terms, trace = in_force(CasePolicy, sight)
        tenant = self.call.actor.tenant
        asked = self.ask(value(sight.order))
        if isinstance(asked, Deny):
            return Ruling(verdict=asked, policy=trace)
        self.asked = asked
        by_event = self.call.actor.kind is ActorKind.SYSTEM
        ruled = rule_case(
            asked, case_facts(sight), self.terms, self.standing(), workflow.now(), tenant, by_event=by_event
        )  # fmt: skip
        return ruling(ruled, self.terms, trace, lambda plan: plan.effect.summary)

    def ask(self, order: Order | None) -> CaseRequest | Deny:
        """What is asked for."""
        raise NotImplementedError

    async def opened(self, saga: Saga, plan: CasePlan, case: Case) -> None:
        """What else is done once it is open."""

    async def join(self, saga: Saga, plan: CasePlan) -> None:
        """There is one about this already: what is new is added there, and nothing is opened."""
        known = plan.case
        assert known is not None
        subject = sentence(self.asked.subject)
        text = f"The customer asked again: {subject} {body_of(self.asked)} Reference {self.reference}."
        comment = CaseComment(case_id=known.id, text=text, attachments=self.asked.attachments)
        await saga.must(casework.comment_case, comment, label=f"Add it to case {known.id}")
        say = f"There is a case about this already, {known.id}; I have added what you said to it."
        self.done(say, self.result(known, plan) | {"joined": True})

    async def see_to_its_end(self, saga: Saga, opened: Receipt[Case]) -> Case:
        """Handed to the team: it stays open here until the team, or a person at the desk, closes it."""
        tenant = self.call.actor.tenant
        calendar = self.terms.calendar(tenant, self.plan.priority)
        ticks = timetable(workflow.now(), self.plan.priority, tenant, self.terms)
        self.watch = self.watching(saga, opened.value, calendar, ticks)
        return await self.until_closed()

    def watching(self, saga: Saga, case: Case, calendar: Calendar, ticks: list[Tick]) -> CaseWatch:
        zone = calendar_of(self.call.actor.tenant, self.terms.calendars).zone

        def tell(watch: CaseWatch) -> tuple[str, dict[str, Any]]:
            return progress(watch, zone), self.result(watch.case, self.plan)

        return CaseWatch(self, saga, case, self.terms, calendar, ticks, tell, self.amends, self.move_on)

    async def until_closed(self) -> Case:
        watch = self.watch
        assert watch
        try:
            case = await watch.until_closed()
            self.too_late = " It was closed before your change reached it." if watch.unheard else ""
            return case
        finally:
            self.watch = None

    # When its history grows too long

    async def move_on(self) -> None:
        await move_on(self, self.packed)

    def packed(self) -> CaseLuggage:
        assert self.watch
        own = {"sight": self.sight, "plan": self.plan, "asked": self.asked, "more": self.more}
        return pack(self, CaseLuggage, **own, watch=self.watch.kept())

    def go_on(self, luggage: CaseLuggage) -> None:
        """As it was: parked, with its team."""
        keep(self, luggage.sight)
        self.sight, self.plan, self.asked, self.more = luggage.sight, luggage.plan, luggage.asked, luggage.more
        self.terms, _ = in_force(CasePolicy, luggage.sight)
        self.saga = unpack(self, luggage, _UNDOS)
        self.phase = Phase.PARKED
        kept = luggage.watch
        self.watch = self.watching(self.saga, kept.case, kept.calendar, kept.ticks)
        self.watch.go_on(kept)

    def own_commands(self) -> dict[str, Handler]:
        return self.watch.commands() if self.watch else {}

    def barred(self) -> frozenset[str]:
        return _WOULD_BE_LOST if self.watch and self.watch.closing else frozenset()

    def finish(self, case: Case) -> None:
        if case.merged_into:
            say = f"Case {case.id} goes on in case {case.merged_into}."
        elif case.state is CaseState.WITHDRAWN:
            say = f"Case {case.id} was closed without being solved."
        else:
            say = f"Case {case.id} is resolved."
        self.done(say + self.too_late, shown(case))

    def result(self, case: Case, plan: CasePlan) -> dict[str, Any]:
        return shown(case) | {"related": plan.related} | self.more

    def question(self) -> CaseQuestion:
        by_event = self.call.actor.kind is ActorKind.SYSTEM
        return question(self, CaseQuestion, order_id=self.request.order_id, of_order=by_event)

    def hold(self, plan: CasePlan) -> Hold:
        """Of its own for each case: that of one which was opened and taken back stays counted."""
        holder = f"{self.run_key}/{self.generation}" if self.generation else self.run_key
        return hold(self, plan.limits, holder)

    def draft(self, plan: CasePlan) -> CaseDraft:
        return CaseDraft(
            subject=self.asked.subject,
            customer_id=plan.customer_id,
            order_id=plan.order_id,
            queue=plan.queue,
            body=body_of(self.asked),
            category=plan.category,
            priority=plan.priority,
            links=plan.related,
            attachments=self.asked.attachments,
            first_response_due=plan.due.first_response,
            resolution_due=plan.due.resolution,
        )

    def reopening(self, plan: CasePlan) -> CaseReopening:
        assert plan.case is not None
        text = f"Asked again: {sentence(self.asked.subject)} {body_of(self.asked)} Reference {self.reference}."
        return CaseReopening(
            case_id=plan.case.id,
            comment=text,
            attachments=self.asked.attachments,
            first_response_due=plan.due.first_response,
            resolution_due=plan.due.resolution,
        )

    def planned_steps(self) -> list[PacketStep]:
        way = Way(self.effect.action) if self.effect else Way.OPEN
        return [
            {
                Way.OPEN: PacketStep(name="open_case", label="Open a case", undo="Undone by withdraw case."),
                Way.REOPEN: PacketStep(name="reopen_case", label="Reopen the case", undo="Undone by close again."),
                Way.JOIN: PacketStep(name="comment_case", label="Add it to the case", undo=TELLS),
            }[way]
        ]


@workflow.defn(name="case")
class CreateCase(_OpensCase):
    request_model = CaseRequest
    personal_arguments = frozenset({"subject", "description", "facts"})

    @workflow.run
    async def run(self, call: ToolCall | CaseLuggage) -> Closed:
        return await self.conduct(self.create_case)

    @property
    def amends(self) -> Amends:  # type: ignore[override]
        return self

    def ask(self, order: Order | None) -> CaseRequest:
        asked: CaseRequest = self.request
        return asked

    # Its caller changes his mind while it is open with its team

    def accept_amendment(self, actor: Actor, arguments: dict[str, Any]) -> Denial | None:
        request = wanted(self, arguments)
        if isinstance(request, Denial):
            return request
        standing = self.standing().model_copy(update={"actor": actor})
        refused = may_amend(self.asked, request, self.terms, standing, workflow.now())
        if not refused:
            adopt(self, actor, request, arguments)
        return refused

    async def amendment(self, case: Case, actor: Actor) -> CaseChange:
        """From the facts of now: it may have become a case that is known already."""
        self.sight = await see_case(self, self.question())
        cases = case_facts(self.sight).cases
        self._changing_to = self.request
        if is_another(self.asked, self.request, case, cases, self.terms, workflow.now()):
            raise Amended
        return change_of(self.asked, self.request, case, self.terms, actor.kind, actor.label)

    def amended(self, case: Case) -> None:
        self.asked = self._changing_to
        self.plan = plan_after(self.plan, self.asked, case, self.terms)
        self.effect, self.title = self.plan.effect, self.plan.effect.summary


@workflow.defn(name="proactive_case")
class ProactiveCase(_OpensCase):
    """Opened by what a system tells, before the customer calls; what the policy offers is put on his record."""

    request_model = CaseEvent

    @workflow.run
    async def run(self, call: ToolCall | CaseLuggage) -> Closed:
        return await self.conduct(self.create_case)

    def ask(self, order: Order | None) -> CaseRequest | Deny:
        return case_for(self.request, order, self.terms)

    async def opened(self, saga: Saga, plan: CasePlan, case: Case) -> None:
        remedy = self.terms.categories[plan.category].remedy
        if remedy is None:
            return
        note = CustomerNote(customer_id=plan.customer_id, text=offered(remedy, case.id, plan.order_id))
        if await only_tell(self, saga, crm.note_customer, note, f"Offer {remedy.offer}"):
            self.more = {"remedy": remedy.model_dump()}


def shown(case: Case) -> dict[str, Any]:
    """What the caller's agent may know of a case."""
    fields = {
        "id", "subject", "state", "category", "order_id", "queue", "priority", "merged_into", "first_response_due",
        "resolution_due", "first_response_at", "resolved_at",
    }  # fmt: skip
    told = case.model_dump(mode="json", include=fields)
    return {"case_id": told.pop("id"), **told}


def progress(watch: CaseWatch, zone: str) -> str:
    case, due = watch.case, spoken(watch.dues[watch.goal], zone)
    team = case.queue.replace("_", " ")
    if case.state is CaseState.PENDING:
        return f"Case {case.id} waits for your answer to the team of {team}."
    if watch.overdue:
        return f"Case {case.id} is late, and {team} has been told to look after it now."
    if watch.goal is Goal.FIRST_RESPONSE:
        return f"Case {case.id} is open with {team}; somebody answers by {due}."
    return f"Case {case.id} is being worked on by {team}, to be solved by {due}."


class CaseLookup(Value):
    order_id: str = Field(default="", max_length=100, description="Only cases about this order.")
    closed: bool = Field(default=False, description="Closed cases too.")


@workflow.defn(name="find_cases")
class FindCases(Process[CaseLookup]):
    request_model = CaseLookup
    reads_only = True

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.look_up)

    async def look_up(self, saga: Saga) -> None:
        actor, call_id = self.call.actor, self.call.interaction.call_id
        ask = CaseQuestion(tenant=actor.tenant, call_id=call_id, policy="case", at=workflow.now())
        sight = await see_case(self, ask)
        if unknown := needs_caller(self.standing(), workflow.now()):
            say = f"{unknown.text} Please verify the caller first."
            return self.tell(Status.NEEDS_VERIFICATION, say, phase=Phase.CLOSED, methods=unknown.methods)
        wanted = self.request.order_id
        found = [
            case
            for case in value(sight.cases) or []
            if (self.request.closed or not case.closed) and (not wanted or case.order_id == wanted)
        ]
        lines = "; ".join(f"{case.id}, {case.subject}, is {case.state} with {case.queue}" for case in found)
        self.done(f"These are the cases: {lines}." if found else "There is no such case.", {"cases": _all(found)})


def _all(found: list[Case]) -> list[dict[str, Any]]:
    return [shown(case) for case in found]


create_case = Tool(
    process=CreateCase,
    name="create_case",
    description=(
        "Hand something to a team that this conversation cannot solve. The answer names what the category still needs, "
        "joins or reopens a case about the same thing, and tells by when somebody answers. It is accepted at once and "
        "stays open until the team closes it. Repeat the same call freely: it is one case."
    ),
)
shipment_delayed = Tool(
    process=ProactiveCase,
    name="shipment_delayed",
    description="Opens a case for an order that is late, before its customer calls.",
    starts_on=DELAYED,
    from_event=lambda event: {"kind": event.kind, "order_id": event.object_id},
)
find_cases = Tool(
    process=FindCases,
    name="find_cases",
    description="The verified caller's cases: open ones, or closed ones too.",
    repeatable=True,
    reads_only=True,
)
