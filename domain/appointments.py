"""Appointments: visits of a technician, kept as cases, and the rules by which one is moved to another time.

A visit is a case of the category `appointment`: its owner is the technician, its `resolution_due` the agreed beginning,
and it takes place at the customer's address on record.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from domain.answers import Effect, Missing
from domain.business_time import Calendar, between, openings, spoken
from domain.cases import Case
from domain.customers import Customer
from domain.limits import LimitEntry
from domain.policies import ApprovalBand, CustomerPolicy, GateClock
from domain.segments import Segment
from domain.standing import Standing, entrusted, needs_caller, switched_off
from domain.values import Value, digest
from domain.velocity import velocity
from domain.verdicts import Allow, AskApproval, AskConfirmation, AskInput, Deny, Verdict

CATEGORY = PROCESS = "appointment"
_NO_MONEY = "XXX"


class AppointmentSegment(Segment):
    """What holds for some customers in place of the document's own word."""

    notice: timedelta | None = None
    ahead_days: int | None = Field(default=None, ge=1, le=366)
    most_moves: int | None = Field(default=None, ge=1)


class AppointmentPolicy(CustomerPolicy):
    name: ClassVar[str] = "appointment"

    segments: tuple[AppointmentSegment, ...] = ()

    lasts: timedelta = Field(ge=timedelta(minutes=5), le=timedelta(hours=24))
    """A visit: the technician has no other one meanwhile, and it ends within his hours."""
    notice: timedelta
    """A visit that begins sooner, or is to begin sooner, is moved only when a person approves."""
    approval: ApprovalBand
    ahead_days: int = Field(ge=1, le=366)
    most_moves: int = Field(ge=1)
    """So often one appointment is moved."""
    offers: int = Field(default=3, ge=1, le=10)
    """So many free times are offered when the one that was asked for is not."""
    calendars: dict[str, Calendar]
    """Hours of the technicians per tenant; `default` for all others."""
    gate: GateClock = GateClock()
    confirmation_expires_after: timedelta = timedelta(minutes=30)

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if "default" not in self.calendars:
            raise ValueError("calendars: `default` is missing; it holds for every tenant without one.")
        return self

    def calendar(self, tenant: str) -> Calendar:
        return self.calendars.get(tenant, self.calendars["default"])

    @property
    def notice_words(self) -> str:
        return f"{self.notice / timedelta(hours=1):g} hours"

    def limits_in_words(self) -> list[str]:
        roles = " or ".join(self.approval.roles)
        return [
            f"an appointment is moved at most {self.most_moves} times",
            f"less than {self.notice_words} ahead only with the approval of {roles}",
            f"at most {self.ahead_days} days ahead, within the hours of the technicians",
        ]


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


class Visit(Value):
    """An appointment as the case system has it."""

    case: Case
    starts: datetime
    technician: str
    what: str


class AppointmentFacts(Value):
    """What was seen: the caller's cases, and those of the technicians who come to him."""

    customer: Customer | None = None
    cases: list[Case] = []
    diaries: list[Case] = []


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


class Ruled(Value):
    verdict: Verdict
    plan: MovePlan | None = None
    basis: str = ""


def rule_reschedule(
    ask: RescheduleRequest, seen: AppointmentFacts, policy: AppointmentPolicy, standing: Standing, at: datetime,
    tenant: str = "default",
) -> Ruled:  # fmt: skip
    """The whole judgement: who asks, which visit it is, whether it may begin then, who has to say yes."""
    if first := switched_off(policy, standing, PROCESS) or needs_caller(standing, at):
        return Ruled(verdict=first)
    visit = _which(ask, seen)
    if not isinstance(visit, Visit):
        return Ruled(verdict=visit)
    calendar = policy.calendar(tenant)
    starts = _instant(ask.start, calendar)
    if refused := _movable(visit, starts, at) or _possible(visit, starts, seen, policy, calendar, at):
        return Ruled(verdict=refused)
    plan = _plan(visit, starts, seen, policy, standing, calendar)
    basis = digest([plan.effect.digest, visit.case.state, policy.digest])
    verdict = (
        _confirmed(plan, standing)
        or entrusted(basis, policy.approval, policy, standing, PROCESS)
        or _in_time(visit, starts, policy, standing, basis, at)
        or Allow(rules=[f"{PROCESS}.{name}" for name in ("owner", "hours", "taken", "notice", "moves")])
    )
    return Ruled(verdict=verdict, plan=plan, basis=basis)


def free_times(
    near: datetime, visit: Visit, seen: AppointmentFacts, policy: AppointmentPolicy, calendar: Calendar, at: datetime
) -> list[str]:
    """The first free times from the day of `near` on, in local time, none within the notice period."""
    zone = ZoneInfo(calendar.zone)
    day = near.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    earliest, latest = max(day, at + policy.notice), at + timedelta(days=policy.ahead_days)
    found: list[str] = []
    for opened, closed in openings(earliest, calendar):
        start = opened
        while start + policy.lasts <= closed and len(found) < policy.offers:
            if earliest <= start <= latest and start != visit.starts and not _taken(start, visit, seen, policy):
                found.append(start.astimezone(zone).isoformat(timespec="minutes"))
            start += policy.lasts
        if len(found) == policy.offers or closed > latest:
            break
    return found


def _which(ask: RescheduleRequest, seen: AppointmentFacts) -> Visit | AskInput | Deny:
    """The visit that is meant; of several none is guessed."""
    visits = [visit for case in seen.cases if (visit := _visit(case))]
    if ask.appointment_id:
        visits = [visit for visit in visits if visit.case.id == ask.appointment_id]
    coming = sorted((visit for visit in visits if not visit.case.closed), key=lambda visit: visit.starts)
    if len(coming) == 1:
        return coming[0]
    if visits and not coming and ask.appointment_id:
        text = f"Appointment {ask.appointment_id} is {visits[0].case.state}; only one that is still to come is moved."
        return Deny(rule=f"{PROCESS}.closed", text=text)
    if coming:
        told = "; ".join(f"{visit.case.id}, {visit.what}" for visit in coming)
        return _asking("appointment_id", f"{PROCESS}.which", f"Ask which one is meant: {told}.", _ids(coming))
    what = f"No appointment {ask.appointment_id} was" if ask.appointment_id else "No appointment was"
    return _asking("appointment_id", f"{PROCESS}.owner", f"{what} found for this caller; ask for its number.", [])


def _visit(case: Case) -> Visit | None:
    if case.category != CATEGORY or case.resolution_due is None:
        return None
    return Visit(case=case, starts=case.resolution_due, technician=case.owner, what=case.subject)


def _movable(visit: Visit, starts: datetime, at: datetime) -> Deny | None:
    if visit.starts <= at:
        text = f"Appointment {visit.case.id} has begun already; a colleague has to look into it."
        return Deny(rule=f"{PROCESS}.begun", text=text)
    if visit.starts == starts:
        return Deny(rule=f"{PROCESS}.same_time", text=f"Appointment {visit.case.id} is agreed for this time already.")
    return None


def _possible(
    visit: Visit, starts: datetime, seen: AppointmentFacts, policy: AppointmentPolicy, calendar: Calendar, at: datetime
) -> AskInput | None:
    """May a visit begin then? Otherwise what is free is offered."""
    when = spoken(starts, calendar.zone)
    offers = free_times(max(starts, at), visit, seen, policy, calendar, at)
    if starts <= at:
        return _asking("start", f"{PROCESS}.past", f"{when} is over; ask for a time to come.", offers)
    if starts > at + timedelta(days=policy.ahead_days):
        offers = free_times(at, visit, seen, policy, calendar, at)
        text = f"{when} is too far ahead; {policy.ahead_days} days are possible."
        return _asking("start", f"{PROCESS}.ahead", text, offers)
    if between(starts, starts + policy.lasts, calendar) < policy.lasts:
        text = f"Nobody can be there on {when} for as long as it takes; offer another time."
        return _asking("start", f"{PROCESS}.hours", text, offers)
    if _taken(starts, visit, seen, policy):
        return _asking("start", f"{PROCESS}.taken", f"{when} is taken; offer another time.", offers)
    return None


def _taken(starts: datetime, visit: Visit, seen: AppointmentFacts, policy: AppointmentPolicy) -> bool:
    others = [_visit(case) for case in seen.diaries if case.id != visit.case.id and not case.closed]
    return any(
        other.technician == visit.technician and abs(other.starts - starts) < policy.lasts for other in others if other
    )


def _confirmed(plan: MovePlan, standing: Standing) -> AskConfirmation | None:
    if plan.effect.digest in standing.confirmed:
        return None
    return AskConfirmation(rule=f"{PROCESS}.confirmation", text=f"{plan.effect.summary} Shall I go ahead?")


def _in_time(
    visit: Visit, starts: datetime, policy: AppointmentPolicy, standing: Standing, basis: str, at: datetime
) -> AskApproval | None:
    if min(visit.starts, starts) - at >= policy.notice or basis in standing.approved:
        return None
    roles = " or ".join(policy.approval.roles)
    text = f"It is less than {policy.notice_words} until then, so {roles} has to approve it."
    return AskApproval(
        rule=f"{PROCESS}.notice", text=text, roles=policy.approval.roles, approvers=policy.approval.approvers
    )


def _plan(
    visit: Visit, starts: datetime, seen: AppointmentFacts, policy: AppointmentPolicy, standing: Standing,
    calendar: Calendar,
) -> MovePlan:  # fmt: skip
    zone, case = ZoneInfo(calendar.zone), visit.case
    place = str(seen.customer.address) if seen.customer and seen.customer.address else ""
    details = {
        "from": visit.starts.astimezone(zone).isoformat(timespec="minutes"),
        "to": starts.astimezone(zone).isoformat(timespec="minutes"),
        "technician": visit.technician,
        "place": place,
    }
    when = spoken(starts, calendar.zone)
    where = f" at {place}" if place else ""
    summary = f"Your appointment ({visit.what}) moves from {spoken(visit.starts, calendar.zone)} to {when}{where}."
    effect = Effect(action="reschedule_appointment", subject=f"appointment {case.id}", details=details, summary=summary)
    day = starts.astimezone(zone).date()
    busy = f"Appointment {case.id}, or the technician's day, is being changed by another request right now."
    locks = [
        _once(f"appointment:{case.id}:change", f"{PROCESS}.busy", busy),
        _once(f"technician:{visit.technician}:{day}", f"{PROCESS}.busy", busy),
    ]
    often = f"Appointment {case.id} was moved {policy.most_moves} times already; a colleague has to agree on a time."
    moves = _once(f"appointment:{case.id}:moves", f"{PROCESS}.moves", often, policy.most_moves)
    over_time = velocity(policy.limits, PROCESS, effect.action, None, standing.customer_id, standing.actor)
    return MovePlan(
        effect=effect, visit=visit, starts=starts, spoken=when, customer_id=standing.customer_id, locks=locks,
        limits=[moves, *over_time],
    )  # fmt: skip


def _instant(start: datetime, calendar: Calendar) -> datetime:
    """An hour without an offset is local time."""
    return start if start.tzinfo else start.replace(tzinfo=ZoneInfo(calendar.zone))


def _once(bucket: str, rule: str, text: str, times: int = 1) -> LimitEntry:
    return LimitEntry(bucket=bucket, amount_minor=0, currency=_NO_MONEY, cap_count=times, rule=rule, text=text)


def _asking(field: str, rule: str, reason: str, options: list[str]) -> AskInput:
    return AskInput(rule=rule, missing=[Missing(field=field, reason=reason, options=options)])


def _ids(visits: list[Visit]) -> list[str]:
    return [visit.case.id for visit in visits]
