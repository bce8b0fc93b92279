"""The service clock of a case: when it is due, when somebody is reminded, and when it is escalated."""

from datetime import datetime
from enum import StrEnum

from domain.business_time import Calendar, add, between
from domain.case_policy import CasePolicy, Priority
from domain.values import Value


class Goal(StrEnum):
    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Stroke(StrEnum):
    """What the clock strikes."""

    REMIND = "remind"
    ESCALATE = "escalate"


class Tick(Value):
    at: datetime
    stroke: Stroke
    goal: Goal
    due: datetime


class Dues(Value):
    first_response: datetime
    resolution: datetime


def dues(at: datetime, priority: Priority, tenant: str, policy: CasePolicy) -> Dues:
    """The targets of a case opened at `at`, in the tenant's business time."""
    target, calendar = policy.targets[priority], policy.calendar(tenant, priority)
    return Dues(
        first_response=add(at, target.first_response, calendar), resolution=add(at, target.resolution, calendar)
    )


def timetable(at: datetime, priority: Priority, tenant: str, policy: CasePolicy) -> list[Tick]:
    """Every reminder and escalation of a case opened at `at`, in order."""
    target, calendar = policy.targets[priority], policy.calendar(tenant, priority)
    due = dues(at, priority, tenant, policy)
    ticks = []
    for goal, length, when in (
        (Goal.FIRST_RESPONSE, target.first_response, due.first_response),
        (Goal.RESOLUTION, target.resolution, due.resolution),
    ):
        reminders = [add(at, length * share, calendar) for share in sorted(policy.remind_at)]
        ticks += [Tick(at=moment, stroke=Stroke.REMIND, goal=goal, due=when) for moment in reminders]
        ticks.append(Tick(at=when, stroke=Stroke.ESCALATE, goal=goal, due=when))
    return sorted(ticks, key=lambda tick: tick.at)


def still_to_come(ticks: list[Tick], *, answered: bool, pending: bool = False) -> list[Tick]:
    """Once somebody has answered, the clock of the first response is off; while the customer is waited for, that of the
    resolution stands still."""
    off = {Goal.FIRST_RESPONSE: answered, Goal.RESOLUTION: pending}
    return [tick for tick in ticks if not off[tick.goal]]


def struck(ticks: list[Tick], now: datetime) -> list[Tick]:
    """Of each goal the last tick that is due by now, in order."""
    last = {tick.goal: tick for tick in ticks if tick.at <= now}
    return sorted(last.values(), key=lambda tick: tick.at)


def put_off(ticks: list[Tick], since: datetime, until: datetime, calendar: Calendar) -> list[Tick]:
    """The ticks of the resolution, later by the business time in which the customer was waited for."""
    waited = between(since, until, calendar)
    if not waited:
        return ticks

    def later(tick: Tick) -> Tick:
        at, due = add(tick.at, waited, calendar), add(tick.due, waited, calendar)
        return tick.model_copy(update={"at": at, "due": due})

    return [later(tick) if tick.goal is Goal.RESOLUTION else tick for tick in ticks]
