"""The rules of cases as tables: the shipped policy, duplicates, priorities, the clock; what a policy may not say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.assurance import Assurance
from domain.calls import Actor, ActorKind
from domain.case_clock import Goal, Stroke, Tick, dues, put_off, still_to_come, struck, timetable
from domain.case_intake import CaseFacts, CasePlan, CaseRequest, Way, rule_case
from domain.case_policy import CasePolicy, Priority
from domain.cases import Attachment, Case, CaseState
from domain.likeness import likeness
from domain.orders import Order, OrderStatus
from domain.standing import Standing
from domain.verdicts import Allow, AskInput, AskVerification, Ruled

SHIPPED: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "policies" / "case.yaml").read_text())
POLICY = CasePolicy.model_validate(SHIPPED)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
ORDER = Order(id="4821", customer_id="C-1", status=OrderStatus.SHIPPED, currency="EUR", placed_at=NOW)
ASK = CaseRequest(
    category="late_delivery", subject="Parcel is late", order_id="4821", facts={"promised_date": "2026-11-20"}
)


def standing(kind: ActorKind = ActorKind.AI, *, verified: bool = True) -> Standing:
    seen = Assurance(tenant="t", call_id="c", customer_id="C-1", level=1, expires_at=NOW + timedelta(hours=1))
    return Standing(actor=Actor(id="bot", kind=kind), assurance=seen if verified else None)


def known(**more: Any) -> Case:
    given = {"id": "case-1", "subject": "My parcel is late", "state": "open", "category": "late_delivery"}
    return Case.model_validate(given | {"order_id": "4821", "queue": "logistics", "created_at": NOW} | more)


def ruled(ask: CaseRequest = ASK, *cases: Case, by: Standing | None = None) -> Ruled[CasePlan]:
    return rule_case(ask, CaseFacts(order=ORDER, cases=list(cases)), POLICY, by or standing(), NOW)


@pytest.mark.parametrize(
    ("levels", "kind", "rule"),
    [
        ({"ai": "act"}, "ai", "allow"),
        ({"ai": "approve_each"}, "ai", "case.approve_each"),
        ({"ai": "suggest"}, "ai", "case.suggest"),
        ({"ai": "off"}, "ai", "case.switched_off"),
        ({"ai": "suggest"}, "human", "allow"),
    ],
)
@pytest.mark.parametrize("where", ["everywhere", "in its category", "in another category"])
def test_each_level_of_autonomy_counts_for_the_actor_and_the_category_that_it_names(
    levels: dict[str, str], kind: str, rule: str, where: str
) -> None:
    said = {"everywhere": {"autonomy": levels}, "in its category": {"autonomy_in": {"late_delivery": levels}}}
    words = said.get(where, {"autonomy_in": {"question": levels}})
    policy = CasePolicy.model_validate(SHIPPED | words)

    judged = rule_case(ASK, CaseFacts(order=ORDER), policy, standing(ActorKind(kind)), NOW)

    assert getattr(judged.verdict, "rule", "allow") == ("allow" if where == "in another category" else rule)


def test_what_a_person_approved_is_opened() -> None:
    policy = CasePolicy.model_validate(SHIPPED | {"autonomy": {"ai": "approve_each"}})
    asked = rule_case(ASK, CaseFacts(order=ORDER), policy, standing(), NOW)

    approved = standing().model_copy(update={"approved": [asked.basis]})

    assert isinstance(rule_case(ASK, CaseFacts(order=ORDER), policy, approved, NOW).verdict, Allow)


@pytest.mark.parametrize(
    ("case", "way"),
    [
        ({}, Way.JOIN),
        ({"state": "pending"}, Way.JOIN),
        ({"category": "question"}, Way.OPEN),
        ({"order_id": "4822"}, Way.OPEN),
        ({"subject": "Late delivery of order 4821"}, Way.JOIN),
        ({"state": "withdrawn"}, Way.OPEN),
        ({"state": "resolved"}, Way.OPEN),
        ({"state": "resolved", "resolved_at": NOW - timedelta(days=14)}, Way.REOPEN),
        ({"state": "resolved", "resolved_at": NOW - timedelta(days=14, seconds=1)}, Way.OPEN),
        ({"state": "resolved", "resolved_at": NOW, "merged_into": "case-9"}, Way.OPEN),
    ],
)
def test_a_case_that_is_known_is_joined_or_opened_again(case: dict[str, Any], way: Way) -> None:
    plan = ruled(ASK, known(**case)).plan

    assert plan
    assert plan.way is way


@pytest.mark.parametrize(("subject", "way"), [("Lamp is broken", Way.JOIN), ("Box was wet", Way.OPEN)])
def test_where_an_order_may_have_several_cases_the_subject_decides(subject: str, way: Way) -> None:
    photo = Attachment(reference="upload/1", sha256="ab" * 32)
    facts = {"item": "lamp", "damage": "item"}
    ask = CaseRequest(category="damaged_item", subject="Broken lamp", order_id="4821", facts=facts, attachments=[photo])

    plan = ruled(ask, known(category="damaged_item", subject=subject)).plan

    assert plan
    assert plan.way is way


def test_of_several_the_open_one_is_joined_before_a_closed_one_is_opened_again() -> None:
    closed = known(id="case-2", subject="Parcel is late", state="resolved", resolved_at=NOW)

    plan = ruled(ASK, closed, known()).plan

    assert plan
    assert plan.case
    assert (plan.way, plan.case.id) == (Way.JOIN, "case-1")


def test_merged_cases_that_point_at_each_other_end() -> None:
    one = known(id="case-1", state="resolved", resolved_at=NOW, merged_into="case-2")
    two = known(id="case-2", state="resolved", resolved_at=NOW, merged_into="case-1")

    plan = ruled(ASK, one, two).plan

    assert plan
    assert plan.way is Way.OPEN


@pytest.mark.parametrize(
    ("kind", "asked", "given"),
    [
        (ActorKind.AI, None, Priority.NORMAL),
        (ActorKind.AI, Priority.URGENT, Priority.HIGH),
        (ActorKind.AI, Priority.LOW, Priority.NORMAL),
        (ActorKind.HUMAN, Priority.URGENT, Priority.URGENT),
        (ActorKind.HUMAN, Priority.LOW, Priority.LOW),
        (ActorKind.SYSTEM, Priority.URGENT, Priority.HIGH),
    ],
)
def test_the_priority_is_the_categorys_within_what_the_actor_may(
    kind: ActorKind, asked: Priority | None, given: Priority
) -> None:
    plan = ruled(ASK.model_copy(update={"priority": asked}), by=standing(kind)).plan

    assert plan
    assert plan.priority is given


def test_nobody_unknown_learns_anything() -> None:
    verdict = ruled(by=standing(verified=False)).verdict

    assert isinstance(verdict, AskVerification)


def test_only_an_event_speaks_for_the_buyer_of_an_order() -> None:
    by_event = ruled(by=standing(ActorKind.SYSTEM, verified=False))

    assert isinstance(by_event.verdict, Allow)
    assert by_event.plan
    assert by_event.plan.customer_id == "C-1"


def test_what_an_event_asked_for_needs_no_caller_when_a_person_has_taken_it_over() -> None:
    person = standing(ActorKind.HUMAN, verified=False)

    assert isinstance(ruled(by=person).verdict, AskVerification)
    taken = rule_case(ASK, CaseFacts(order=ORDER), POLICY, person, NOW, by_event=True)
    assert isinstance(taken.verdict, Allow)
    assert taken.plan
    assert taken.plan.customer_id == ORDER.customer_id


def test_another_customers_order_is_asked_for_again() -> None:
    seen = CaseFacts(order=ORDER.model_copy(update={"customer_id": "C-2"}))

    verdict = rule_case(ASK, seen, POLICY, standing(), NOW).verdict

    assert isinstance(verdict, AskInput)
    assert [missing.field for missing in verdict.missing] == ["order_id"]


@given(
    st.sampled_from(sorted(POLICY.categories)), st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=4)
)
def test_no_case_is_planned_while_a_fact_is_missing(category: str, facts: dict[str, str]) -> None:
    ask = CaseRequest(category=category, subject="Something", order_id="4821", facts=facts)

    result = ruled(ask)

    needs = POLICY.categories[category].needs
    complete = all(facts.get(fact.name, "").strip() for fact in needs if not fact.optional)
    if isinstance(result.verdict, AskInput):
        assert result.plan is None
        assert result.verdict.missing
    else:
        assert complete
        assert set(facts) <= {fact.name for fact in needs}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Parcel is late", "The parcel was late again", True),
        ("Broken screen", "screen is brokn", True),
        ("Parcel late", "Courier was rude to my neighbour", False),
        ("Invoice 4711 is wrong", "Invoice 4712 wrong", False),
        ("Invoice 4711 is wrong", "Wrong invoice 4711", True),
        ("Late for 3 days", "Late for 4 days", True),
        ("4711", "4712", False),
        ("", "Parcel", False),
    ],
)
def test_subjects_are_alike_as_people_write_them(one: str, other: str, alike: bool) -> None:
    assert (likeness(one, other) >= POLICY.same_subject) is alike


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_the_same_both_ways_and_whole_with_itself(one: str, other: str) -> None:
    assert likeness(one, one) == 1.0
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)


def test_the_clock_reminds_then_escalates_each_goal_in_business_time() -> None:
    ticks = timetable(NOW, Priority.HIGH, "default", POLICY)

    first = [tick for tick in ticks if tick.goal is Goal.FIRST_RESPONSE]
    assert [(tick.at - NOW, tick.stroke) for tick in first] == [
        (timedelta(hours=1), Stroke.REMIND), (timedelta(hours=1, minutes=48), Stroke.REMIND),
        (timedelta(hours=2), Stroke.ESCALATE),
    ]  # fmt: skip
    assert ticks == sorted(ticks, key=lambda tick: tick.at)


def test_an_urgent_case_counts_the_night_and_a_normal_one_does_not() -> None:
    evening = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)  # a Friday, 19:00 in Berlin

    assert dues(evening, Priority.URGENT, "default", POLICY).first_response - evening == timedelta(minutes=30)
    assert dues(evening, Priority.NORMAL, "default", POLICY).first_response == datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_tenant_has_its_own_hours() -> None:
    new_york = SHIPPED["calendars"]["default"] | {"zone": "America/New_York", "holidays": ["2026-11-23"]}
    policy = CasePolicy.model_validate(SHIPPED | {"calendars": SHIPPED["calendars"] | {"acme": new_york}})

    assert dues(NOW, Priority.NORMAL, "acme", policy).first_response == datetime(2026, 11, 24, 18, tzinfo=UTC)
    assert dues(NOW, Priority.NORMAL, "other", policy) == dues(NOW, Priority.NORMAL, "default", policy)


def test_a_clock_that_is_off_does_not_strike_and_one_that_is_late_strikes_once_a_goal() -> None:
    ticks = timetable(NOW, Priority.NORMAL, "default", POLICY)
    later = NOW + timedelta(days=30)

    assert [(t.goal, t.stroke) for t in struck(ticks, later)] == [
        (Goal.FIRST_RESPONSE, Stroke.ESCALATE), (Goal.RESOLUTION, Stroke.ESCALATE),
    ]  # fmt: skip
    assert struck(still_to_come(ticks, answered=True, pending=True), later) == []
    assert struck(ticks, NOW) == []


@given(st.integers(0, 60 * 24 * 20).map(lambda minutes: NOW + timedelta(minutes=minutes)))
def test_waiting_for_the_customer_never_brings_a_target_nearer(until: datetime) -> None:
    ticks, calendar = timetable(NOW, Priority.NORMAL, "default", POLICY), POLICY.calendar("default", Priority.NORMAL)

    after = put_off(ticks, NOW, until, calendar)

    for before, now in zip(ticks, after, strict=True):
        assert now == before if before.goal is Goal.FIRST_RESPONSE else now.at >= before.at
    assert _of(after, Goal.RESOLUTION) == sorted(_of(after, Goal.RESOLUTION), key=lambda tick: tick.at)


def _of(ticks: list[Tick], goal: Goal) -> list[Tick]:
    return [tick for tick in ticks if tick.goal is goal]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"queues": ["service"]}, "is no queue here"),
        ({"targets": {"urgent": {"first_response": "PT1H", "resolution": "PT2H"}}}, "targets: low, normal, high"),
        ({"calendars": {"acme": {"zone": "UTC"}}}, "`default` is missing"),
        ({"remind_at": [1.5]}, "remind_at"),
        ({"reopen_day": 3}, "Extra inputs"),
        ({"policy": "cases"}, "'case' is wanted here"),
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused_with_the_reason(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CasePolicy.model_validate(SHIPPED | change)


def test_a_case_in_a_state_of_the_vendors_own_is_open() -> None:
    assert not known(state=CaseState.UNKNOWN).closed


@pytest.mark.parametrize("subject", ["Where is my parcel?", "Parcel is late", "Parcel is late."])
def test_what_is_done_is_told_in_whole_sentences(subject: str) -> None:
    plan = ruled(ASK.model_copy(update={"subject": subject})).plan

    assert plan is not None
    assert plan.effect.summary.endswith(subject if subject[-1] in "?." else f"{subject}.")
