"""The rules of moving a visit, as a table. It is Monday 7 September 2026, 09:00 in Berlin."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.appointments import AppointmentFacts, AppointmentPolicy, RescheduleRequest, rule_reschedule
from domain.cases import Case, CaseChange
from domain.verdicts import Allow, AskApproval, AskInput
from tests.appointment.visits import POLICY, ZONE
from tests.domain.refund_facts import standing

AT = datetime(2026, 9, 7, 9, tzinfo=ZONE)
AGREED = AT + timedelta(days=3)


def case(id: str = "V-1", starts: datetime = AGREED, owner: str = "Ben", **more: Any) -> Case:
    given = {"category": "appointment", "state": "open", "customer_id": "C-1"} | more
    return Case(id=id, subject="Boiler", owner=owner, resolution_due=starts, **given)


def verdict(
    start: str, *cases: Case, diary: tuple[Case, ...] = (), policy: AppointmentPolicy = POLICY, **who: Any
) -> Any:
    ask = RescheduleRequest.model_validate({"start": start})
    mine = list(cases or (case(),))
    seen = AppointmentFacts(cases=mine, diaries=[*mine, *diary])
    at = AT.astimezone(ZONE)
    plan = rule_reschedule(ask, seen, policy, standing(**who), at).plan
    yes = [plan.effect.digest] if plan else []
    return rule_reschedule(ask, seen, policy, standing(**who, confirmed=yes), at).verdict


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2026-09-09T10:00", ""),
        ("2026-09-09T08:00+00:00", ""),
        ("2026-09-09T13:00", ""),
        ("2026-09-09T10:30", "appointment.hours"),
        ("2026-09-09T05:00", "appointment.hours"),
        ("2026-09-09T23:30", "appointment.hours"),
        ("2026-09-11T13:00", "appointment.hours"),
        ("2026-09-12T10:00", "appointment.hours"),
        ("2026-09-07T08:59", "appointment.past"),
        ("2000-01-01T00:00", "appointment.past"),
        ("2026-11-05T10:00", ""),
        ("2026-11-06T10:00", "appointment.ahead"),
        ("2200-12-31T23:59", "appointment.ahead"),
        ("2026-09-10T09:00", "appointment.same_time"),
        ("2026-09-07T13:00", "appointment.notice"),
    ],
)
def test_when_a_visit_may_begin(start: str, rule: str) -> None:
    said = verdict(start)

    assert getattr(said, "rule", "") == rule
    if isinstance(said, AskInput):
        assert len(said.missing[0].options) == POLICY.offers
        assert all(isinstance(verdict(offer), Allow) for offer in said.missing[0].options)


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        (case("V-2", AT.replace(day=9, hour=10)), "appointment.taken"),
        (case("V-2", AT.replace(day=9, hour=8, minute=1)), "appointment.taken"),
        (case("V-2", AT.replace(day=9, hour=8)), ""),
        (case("V-2", AT.replace(day=9, hour=13)), ""),
        (case("V-2", AT.replace(day=9, hour=10), state="withdrawn"), ""),
        (case("V-2", AT.replace(day=9, hour=10), owner="Eva"), ""),
        (case("V-2", AT.replace(day=9, hour=10), category="question"), ""),
    ],
)
def test_a_technician_is_at_one_place(other: Case, rule: str) -> None:
    assert getattr(verdict("2026-09-09T10:00", diary=(other,)), "rule", "") == rule


@pytest.mark.parametrize(
    ("cases", "rule"),
    [
        ([case(state="resolved")], "appointment.owner"),
        ([case(category="question")], "appointment.owner"),
        ([case(starts=AT)], "appointment.begun"),
        ([case(), case("V-2", AT + timedelta(days=5))], "appointment.which"),
        ([case(), case("V-2", AT - timedelta(days=5), state="resolved")], ""),
    ],
)
def test_which_visit_is_moved(cases: list[Case], rule: str) -> None:
    assert getattr(verdict("2026-09-09T10:00", *cases), "rule", "") == rule


def test_a_visit_that_is_near_is_moved_by_a_person_only() -> None:
    said = verdict("2026-09-16T10:00", case(starts=AT + timedelta(hours=23)))

    assert isinstance(said, AskApproval)
    assert (said.rule, said.roles) == ("appointment.notice", ["supervisor"])


@pytest.mark.parametrize("level", ["approve_each", "suggest"])
def test_an_agent_without_autonomy_asks_a_person(level: str) -> None:
    bound = AppointmentPolicy.model_validate(POLICY.model_dump() | {"autonomy": {"ai": level}})

    assert verdict("2026-09-09T10:00", policy=bound).rule == f"appointment.{level}"
    assert isinstance(verdict("2026-09-09T10:00", policy=bound, kind="human"), Allow)


def test_local_time_follows_the_change_of_the_clock() -> None:
    """Summer time ends on 25 October: ten o'clock is an hour later then."""
    asked = [RescheduleRequest.model_validate({"start": day}) for day in ("2026-10-22T10:00", "2026-10-29T10:00")]
    plans = [
        rule_reschedule(ask, AppointmentFacts(cases=[case()]), POLICY, standing(), AT).plan for ask in asked
    ]  # fmt: skip

    assert [plan.starts.utcoffset() for plan in plans if plan] == [timedelta(hours=2), timedelta(hours=1)]
    assert [plan.effect.details["to"] for plan in plans if plan] == ["2026-10-22T10:00+02:00", "2026-10-29T10:00+01:00"]


def test_what_somebody_else_changed_since_is_not_taken_back() -> None:
    was, to = case(priority="low"), AGREED + timedelta(days=1)
    change = CaseChange(case_id=was.id, comment="Moved.", resolution_due=to, priority="high", before=was)
    ours = was.model_copy(update={"resolution_due": to, "priority": "high"})

    back = change.back(ours)
    partly = change.back(ours.model_copy(update={"resolution_due": AGREED + timedelta(days=2)}))

    assert back
    assert (back.resolution_due, back.priority) == (AGREED, "low")
    assert partly
    assert (partly.resolution_due, partly.priority) == (None, "low")
    assert change.back(was) is None
