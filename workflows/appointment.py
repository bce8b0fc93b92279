"""Move a technician's visit to another time: the policy decides, or a person does; then the customer is told.

All of this process is in this file; its limits are in `policies/appointment.yaml`. A visit is a case of the category
`appointment`: its owner is the technician, its `resolution_due` the agreed beginning, and it takes place at the
customer's address on record.
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, ClassVar

from pydantic import Field, field_validator
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case_sights import CaseQuestion
    from activities.casework import CaseworkActivities as casework
    from activities.messaging import MessagingActivities as messaging
    from domain.answers import Effect
    from domain.business_time import Calendars, calendar_of, local, midnight, spoken, written
    from domain.calls import ToolCall
    from domain.case_intake import CaseFacts
    from domain.case_terms import Matter
    from domain.cases import Case, CaseChange
    from domain.diaries import Diary
    from domain.limits import LimitEntry, counted
    from domain.messages import CustomerMessage
    from domain.packet import PacketStep
    from domain.policies import ActionPolicy, Wider
    from domain.segments import Segment
    from domain.standing import Standing, approved_by, entrusted, needs_caller, said_yes, switched_off
    from domain.values import Value, digest
    from domain.velocity import velocity
    from domain.verdicts import Allow, AskApproval, AskInput, Deny, Ruled, asking

from workflows._asking import Ruling, ruling
from workflows._casework import only_tell
from workflows._catalog import Tool
from workflows._holding import agree, hold
from workflows._process import Closed, Process
from workflows._related import cases_of
from workflows._seeing import case_facts, in_force, question, see_case
from workflows._steps import TELLS, Saga

CATEGORY = PROCESS = "appointment"


# What is asked for


class RescheduleRequest(Value):
    """Another time for a visit that is agreed."""

    start: datetime = Field(
        description="When the visit is to begin: 2026-11-24T14:00, local time of the company unless an offset is given."
    )
    appointment_id: str = Field(
        default="", max_length=100, description="Only when the caller has several appointments: the answer names them."
    )

    @field_validator("start")
    @classmethod
    def _of_this_age(cls, start: datetime) -> datetime:
        if not 2000 <= start.year <= 2200:
            raise ValueError(f"{start.year} is not a year in which somebody is visited.")
        return start


# What the policy limits


class AppointmentSegment(Segment):
    """What holds for some customers in place of the document's own word."""

    notice: timedelta | None = None
    ahead_days: int | None = Field(default=None, ge=1, le=366)
    most_moves: int | None = Field(default=None, ge=1)


class AppointmentPolicy(ActionPolicy):
    name: ClassVar[str] = "appointment"

    segments: tuple[AppointmentSegment, ...] = ()

    lasts: Annotated[timedelta, Wider.NEITHER] = Field(ge=timedelta(minutes=5), le=timedelta(hours=24))
    """A visit: the technician has no other one meanwhile, and it ends within his hours."""
    notice: Annotated[timedelta, Wider.LESS]
    """A visit that begins sooner, or is to begin sooner, is moved only when a person approves."""
    ahead_days: Annotated[int, Wider.MORE] = Field(ge=1, le=366)
    most_moves: Annotated[int, Wider.MORE] = Field(ge=1)
    """So often one appointment is moved."""
    offers: Annotated[int, Wider.NEITHER] = Field(default=3, ge=1, le=10)
    """So many free times are offered when the one that was asked for is not."""
    calendars: Calendars
    """Hours of the technicians per tenant."""

    @property
    def notice_words(self) -> str:
        return f"{self.notice / timedelta(hours=1):g} hours"

    def limits_in_words(self) -> list[str]:
        return [
            f"an appointment is moved at most {self.most_moves} times",
            f"less than {self.notice_words} ahead only with the approval of {self.approval.who}",
            f"at most {self.ahead_days} days ahead, within the hours of the technicians",
        ]


# What is done


class Visit(Value):
    """An appointment as the case system has it."""

    case: Case
    starts: datetime


class MovePlan(Value):
    effect: Effect
    visit: Visit
    starts: datetime
    spoken: str
    customer_id: str
    locks: list[LimitEntry]
    """Nobody else moves this visit, or fills the technician's day, meanwhile."""
    limits: list[LimitEntry]
    """How often this visit is moved, and whatever the document limits over time."""


@workflow.defn(name="appointment")
class RescheduleAppointment(Process[RescheduleRequest]):
    request_model = RescheduleRequest
    policy_model = AppointmentPolicy

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.reschedule)

    async def reschedule(self, saga: Saga) -> None:
        plan = await agree(self, saga, self.rule, lambda plan: plan.locks)
        if plan is None:
            return
        self.working(f"{plan.effect.summary} It is on its way.")

        await saga.reserve(hold(self, plan.limits))
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

    async def rule(self) -> Ruling[MovePlan]:
        """Look at the facts, and let the rules speak."""
        sight = await see_case(self, question(self, CaseQuestion, diaries=CATEGORY))
        policy, trace = in_force(AppointmentPolicy, sight)
        seen, tenant = case_facts(sight), self.call.actor.tenant
        ruled = rule_reschedule(self.request, seen, policy, self.standing(), workflow.now(), tenant)
        return ruling(ruled, policy, trace, lambda plan: f"Move appointment {plan.visit.case.id} to {plan.spoken}")

    def change(self, plan: MovePlan) -> CaseChange:
        case = plan.visit.case
        why = f"Moved to {plan.spoken} at the customer's request. Reference {self.reference}."
        return CaseChange(
            case_id=case.id, comment=why, resolution_due=plan.starts, version=case.version, before=case
        )  # fmt: skip

    def message(self, plan: MovePlan) -> CustomerMessage:
        what = plan.visit.case.subject
        text = f"Your appointment ({what}) is on {plan.spoken} now. If you did not ask for this, call us."
        return CustomerMessage(customer_id=plan.customer_id, text=text)

    def matter(self) -> Matter:
        """A case of its own, beside the appointment's."""
        id = self.request.appointment_id
        known = any(case.id == id for case in cases_of(self))
        return Matter(subject=f"Appointment {id} of the customer", links=[id] if known else [])

    def planned_steps(self) -> list[PacketStep]:
        return [
            PacketStep(name="change_case", label="Move the appointment", undo="Undone by change back."),
            PacketStep(name="tell_customer", label="Tell the customer the new time", undo=TELLS),
        ]


# What the rules say


def rule_reschedule(
    ask: RescheduleRequest, seen: CaseFacts, policy: AppointmentPolicy, standing: Standing, at: datetime,
    tenant: str = "default",
) -> Ruled[MovePlan]:  # fmt: skip
    """The whole judgement: who asks, which visit it is, whether it may begin then, who has to say yes."""
    if first := switched_off(policy, standing, PROCESS) or needs_caller(standing, at):
        return Ruled(verdict=first)
    visit = _which(ask, seen)
    if not isinstance(visit, Visit):
        return Ruled(verdict=visit)
    his = _diary(visit, seen, policy, tenant)
    starts = local(ask.start, his.calendar.zone)
    if refused := _movable(visit, starts, at) or _possible(visit, starts, his, policy, at):
        return Ruled(verdict=refused)
    plan = _plan(visit, starts, seen, policy, standing, his.calendar.zone)
    basis = digest([plan.effect.digest, visit.case.state, policy.digest])
    verdict = (
        said_yes(plan.effect, standing, PROCESS)
        or entrusted(basis, policy.approval, policy, standing, PROCESS)
        or _in_time(visit, starts, policy, standing, basis, at)
        or Allow(rules=[f"{PROCESS}.{name}" for name in ("owner", "hours", "taken", "notice", "moves")])
    )
    return Ruled(verdict=verdict, plan=plan, basis=basis)


def _which(ask: RescheduleRequest, seen: CaseFacts) -> Visit | AskInput | Deny:
    """The visit that is meant; of several none is guessed."""
    visits, asked = _visits(seen.cases), ask.appointment_id
    if asked:
        visits = [visit for visit in visits if visit.case.id == asked]
    coming = [visit for visit in visits if not visit.case.closed]
    if len(coming) == 1:
        return coming[0]
    if visits and not coming and asked:
        text = f"Appointment {asked} is {visits[0].case.state}; only one that is still to come is moved."
        return Deny(rule=f"{PROCESS}.closed", text=text)
    if coming:
        told = "; ".join(f"{visit.case.id}, {visit.case.subject}" for visit in coming)
        ids = [visit.case.id for visit in coming]
        return asking("appointment_id", f"{PROCESS}.which", f"Ask which one is meant: {told}.", ids)
    what = f"No appointment {asked} was" if asked else "No appointment was"
    return asking("appointment_id", f"{PROCESS}.owner", f"{what} found for this caller; ask for its number.")


def _visits(cases: list[Case]) -> list[Visit]:
    """In the order in which they begin."""
    known = [(case, case.resolution_due) for case in cases if case.category == CATEGORY]
    return sorted((Visit(case=case, starts=due) for case, due in known if due), key=lambda visit: visit.starts)


def _movable(visit: Visit, starts: datetime, at: datetime) -> Deny | None:
    id = visit.case.id
    if visit.starts <= at:
        text = f"Appointment {id} has begun already; a colleague has to look into it."
        return Deny(rule=f"{PROCESS}.begun", text=text)
    if visit.starts == starts:
        return Deny(rule=f"{PROCESS}.same_time", text=f"Appointment {id} is agreed for this time already.")
    return None


def _possible(visit: Visit, starts: datetime, his: Diary, policy: AppointmentPolicy, at: datetime) -> AskInput | None:
    """May a visit begin then? Otherwise what is free is offered, from that day on."""
    when, near = spoken(starts, his.calendar.zone), max(starts, at)
    latest = at + timedelta(days=policy.ahead_days)
    if starts <= at:
        rule, text = f"{PROCESS}.past", f"{when} is over; ask for a time to come."
    elif starts > latest:
        rule, near = f"{PROCESS}.ahead", at
        text = f"{when} is too far ahead; {policy.ahead_days} days are possible."
    elif not his.works(starts):
        rule, text = f"{PROCESS}.hours", f"Nobody can be there on {when} for as long as it takes; offer another time."
    elif his.is_taken(starts):
        rule, text = f"{PROCESS}.taken", f"{when} is taken; offer another time."
    else:
        return None
    zone = his.calendar.zone
    free = his.free(max(midnight(near, zone), at + policy.notice), latest)
    offers = [written(start, zone) for start in islice((t for t in free if t != visit.starts), policy.offers)]
    return asking("start", rule, text, offers)


def _diary(visit: Visit, seen: CaseFacts, policy: AppointmentPolicy, tenant: str) -> Diary:
    """Of the technician, without this visit."""
    his = [case for case in seen.diaries if case.owner == visit.case.owner and case.id != visit.case.id]
    busy = [other.starts for other in _visits(his) if not other.case.closed]
    return Diary(calendar=calendar_of(tenant, policy.calendars), lasts=policy.lasts, busy=busy)


def _in_time(
    visit: Visit, starts: datetime, policy: AppointmentPolicy, standing: Standing, basis: str, at: datetime
) -> AskApproval | None:
    if min(visit.starts, starts) - at >= policy.notice:
        return None
    text = f"It is less than {policy.notice_words} until then, so {policy.approval.who} has to approve it."
    return approved_by(policy.approval, basis, standing, f"{PROCESS}.notice", text)


def _plan(
    visit: Visit, starts: datetime, seen: CaseFacts, policy: AppointmentPolicy, standing: Standing, zone: str
) -> MovePlan:
    case, when, was = visit.case, spoken(starts, zone), spoken(visit.starts, zone)
    place = str(seen.customer.address) if seen.customer and seen.customer.address else ""
    effect = Effect(
        action="reschedule_appointment",
        subject=f"appointment {case.id}",
        details={
            "from": written(visit.starts, zone), "to": written(starts, zone), "technician": case.owner, "place": place
        },
        summary=f"Your appointment ({case.subject}) moves from {was} to {when}{f' at {place}' if place else ''}.",
    )  # fmt: skip
    busy = f"Appointment {case.id}, or the technician's day, is being changed by another request right now."
    often = f"Appointment {case.id} was moved {policy.most_moves} times already; a colleague has to agree on a time."
    whats = (f"appointment:{case.id}:change", f"technician:{case.owner}:{midnight(starts, zone).date()}")
    return MovePlan(
        effect=effect, visit=visit, starts=starts, spoken=when, customer_id=standing.customer_id,
        locks=[counted(what, f"{PROCESS}.busy", busy) for what in whats],
        limits=[
            counted(f"appointment:{case.id}:moves", f"{PROCESS}.moves", often, policy.most_moves),
            *velocity(policy.limits, PROCESS, effect.action, None, standing.customer_id, standing.actor),
        ],
    )  # fmt: skip


reschedule_appointment = Tool(
    process=RescheduleAppointment,
    name="reschedule_appointment",
    description=(
        "Move an appointment of the verified caller with a technician to another time. A time that is not free is "
        "answered with those that are. Answers needs_confirmation first: read the effect to the caller and call again "
        "with confirm=digest. Repeat the same call freely: it is one change."
    ),
)
