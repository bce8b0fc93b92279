"""A caller moves the visit of a technician: to a free hour, in time, and not for ever; and of two at once one wins."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.answers import Answer
from domain.business_time import calendar_of, spoken
from domain.case_intake import CaseFacts
from domain.cases import Case
from domain.policy_changes import changes
from domain.standing import Standing
from domain.verdicts import Allow, AskApproval, AskInput
from handrail.policies import load
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.matter import Matter
from tests.desk.people import Conversation
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.domain.refund_facts import standing
from tests.policies.documents import SHIPPED as FOLDER
from workflows.appointment import AppointmentPolicy, RescheduleRequest, rule_reschedule

POLICY = AppointmentPolicy.model_validate(load(FOLDER / "appointment.yaml", AppointmentPolicy))
CALENDAR = calendar_of("default", POLICY.calendars)
ZONE = ZoneInfo(CALENDAR.zone)
AT = datetime(2026, 9, 7, 9, tzinfo=ZONE)
AGREED = AT + timedelta(days=3)
"""Monday 7 September 2026, 09:00 in Berlin: the table of the rules."""


def hour(nth: int, at: str) -> datetime:
    """This local time on the nth whole working day that is outside of the notice period (Monday to Thursday)."""
    day, left = datetime.now(ZONE).date() + timedelta(days=1), nth
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 4 and day not in CALENDAR.holidays
    return local(day, at)


def local(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), tzinfo=ZONE)


async def agreed(shop: Shop, sold: Sold, starts: datetime, technician: str = "Ben", n: int = 1) -> str:
    """A visit at the buyer of this order, as the case system has it."""
    document = await shop.state()
    id = f"V-{sold.id}-{n}"
    document["cases"].append(
        {"id": id, "subject": "Repair of the boiler", "category": "appointment", "queue": "field_service",
         "customer_id": sold.customer, "owner": technician, "resolution_due": starts.astimezone(UTC).isoformat(),
         "created_at": datetime.now(UTC).isoformat()}
    )  # fmt: skip
    await shop.admin("PUT", "dataset", document)
    return id


async def moved(caller: Conversation, starts: datetime | str, **more: Any) -> Answer:
    """Asks, and says yes to the effect."""
    wanted = {"start": starts if isinstance(starts, str) else starts.isoformat(), **more}
    asked = await caller.call("reschedule_appointment", wanted)
    if asked.status != "needs_confirmation":
        return asked
    return await caller.call("reschedule_appointment", wanted, confirm=asked.digest)


async def visit(shop: Shop, id: str) -> dict[str, Any]:
    return next(case for case in (await shop.state())["cases"] if case["id"] == id)


async def begins(shop: Shop, id: str) -> datetime:
    return datetime.fromisoformat((await visit(shop, id))["resolution_due"])


async def letters(shop: Shop) -> list[str]:
    return [message["text"] for message in (await shop.admin("GET", "outbox"))["data"]]


MONDAY, TUESDAY, WEDNESDAY = hour(1, "10:00"), hour(2, "14:00"), hour(3, "10:00")


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.mark.parametrize("door", DOORS)
async def test_a_caller_moves_his_visit_and_is_written_to(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    id = await agreed(shop, order, MONDAY)
    caller = await desk.caller(order, door=door)

    asked = await caller.call("reschedule_appointment", {"start": TUESDAY.isoformat()})
    before = await begins(shop, id)
    done = await desk.end(await moved(caller, TUESDAY))

    when = spoken(TUESDAY, ZONE.key)
    assert (asked.status, before) == ("needs_confirmation", MONDAY)
    assert when in asked.say
    assert "Gartenstrasse 1" in asked.say
    assert (done.status, done.say) == ("done", f"Done: your appointment is on {when}.")
    assert await begins(shop, id) == TUESDAY
    record = await visit(shop, id)
    assert [record["owner"], record["state"]] == ["Ben", "open"]
    assert record["comments"][-1]["text"].startswith(f"Moved to {when} at the customer's request.")
    assert [when in letter for letter in await letters(shop)] == [True]
    assert done.result
    assert "ada" not in str(done.result["told"])


async def test_an_hour_without_an_offset_is_local_time(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await agreed(shop, order, MONDAY)

    done = await desk.end(await moved(await desk.caller(order), TUESDAY.replace(tzinfo=None)))

    assert done.status == "done"
    assert await begins(shop, id) == TUESDAY


async def test_asked_again_it_is_one_change(desk: Desk, shop: Shop, order: Sold, caller: Conversation) -> None:
    id = await agreed(shop, order, MONDAY)
    done = await desk.end(await moved(caller, TUESDAY))

    again = await caller.call("reschedule_appointment", {"start": TUESDAY.isoformat()})

    assert again == done
    assert len((await visit(shop, id))["comments"]) == 1
    assert rule(await moved(await desk.caller(order), TUESDAY)) == "appointment.same_time"


async def test_a_time_that_is_taken_is_told_with_those_that_are_free(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    neighbour = await shop.sell()
    await agreed(shop, neighbour, hour(2, "13:30"))
    id = await agreed(shop, order, MONDAY)

    refused = await moved(caller, TUESDAY)
    offers = refused.missing[0].options
    done = await desk.end(await moved(caller, offers[-1]))

    assert (refused.status, refused.missing[0].field) == ("needs_input", "start")
    assert "is taken" in refused.say
    assert offers == [hour(2, at).isoformat(timespec="minutes") for at in ("08:00", "10:00")] + [
        hour(3, "08:00").isoformat(timespec="minutes")
    ]
    assert done.status == "done"
    assert await begins(shop, id) == hour(3, "08:00")


async def test_another_technicians_day_is_no_hindrance(desk: Desk, shop: Shop, order: Sold) -> None:
    await agreed(shop, await shop.sell(), TUESDAY, technician="Eva")
    await agreed(shop, order, MONDAY)

    assert (await desk.end(await moved(await desk.caller(order), TUESDAY))).status == "done"


async def test_which_of_two_is_asked_and_not_guessed(desk: Desk, shop: Shop, order: Sold, caller: Conversation) -> None:
    ids = [await agreed(shop, order, MONDAY, n=1), await agreed(shop, order, hour(3, "10:00"), n=2)]

    asked = await moved(caller, TUESDAY)
    done = await desk.end(await moved(caller, TUESDAY, appointment_id=ids[1]))

    assert [(m.field, m.options) for m in asked.missing] == [("appointment_id", ids)]
    assert done.status == "done"
    assert [await begins(shop, id) for id in ids] == [MONDAY, TUESDAY]


async def test_nobody_moves_or_learns_of_anothers_visit(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, await shop.sell(), MONDAY)

    answers = [await moved(caller, TUESDAY, appointment_id=name) for name in (id, "V-no-such")]

    assert {answer.status for answer in answers} == {"needs_input"}
    assert answers[0].say.replace(id, "V-no-such") == answers[1].say
    assert await begins(shop, id) == MONDAY


async def test_an_unverified_caller_moves_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    await agreed(shop, order, MONDAY)

    asked = await desk.agent().call("reschedule_appointment", {"start": TUESDAY.isoformat()})

    assert (asked.status, asked.missing) == ("needs_verification", [])


async def test_at_short_notice_a_person_decides(desk: Desk, shop: Shop, order: Sold, caller: Conversation) -> None:
    id = await agreed(shop, order, datetime.now(UTC) + timedelta(hours=23))

    waiting = await moved(caller, TUESDAY)
    held_back = await begins(shop, id)
    await desk.person("supervisor").decide(waiting)
    done = await desk.end(waiting)

    assert (waiting.status, held_back != TUESDAY) == ("needs_approval", True)
    assert "less than 24 hours" in waiting.say
    assert done.status == "done"
    assert await begins(shop, id) == TUESDAY


async def test_a_person_who_says_no_leaves_it_as_it_is(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, datetime.now(UTC) + timedelta(hours=23))
    waiting = await moved(caller, TUESDAY)
    await desk.person("supervisor").decide(waiting, "reject", reason="other")

    assert rule(await desk.end(waiting)) == "gate.rejected"
    assert await begins(shop, id) != TUESDAY
    assert await letters(shop) == []


async def test_no_more_often_than_the_policy_says(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await agreed(shop, order, MONDAY)
    days = [hour(n, "10:00") for n in (2, 3, 4, 5)]

    ends = [await desk.end(await moved(await desk.caller(order), day)) for day in days]

    assert [end.status for end in ends] == ["done", "done", "done", "denied"]
    assert rule(ends[-1]) == "appointment.moves"
    assert await begins(shop, id) == days[2]


# Two at once, systems that refuse or lose their answer, and people who work elsewhere: one wins, nothing is left


async def test_of_two_who_move_one_visit_at_once_one_wins(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await agreed(shop, order, MONDAY)
    callers = [await desk.caller(order) for _ in range(2)]

    answers = await asyncio.gather(*(moved(c, at) for c, at in zip(callers, (TUESDAY, WEDNESDAY), strict=True)))
    ends = [await desk.until(answer, lambda now: now.status != "accepted") for answer in answers]

    won = [at for at, end in zip((TUESDAY, WEDNESDAY), ends, strict=True) if end.status == "done"]
    other = next(end for end in ends if end.status != "done")
    assert len(won) == 1
    assert other.status == "needs_confirmation" or rule(other) == "appointment.busy"
    assert await begins(shop, id) == won[0]
    assert len(await letters(shop)) == 1


async def test_of_two_who_want_one_hour_at_once_one_gets_it(desk: Desk, shop: Shop, order: Sold) -> None:
    sold = [order, await shop.sell()]
    ids = [await agreed(shop, one, hour(1, at)) for one, at in zip(sold, ("08:00", "10:00"), strict=True)]
    callers = [await desk.caller(one) for one in sold]

    answers = await asyncio.gather(*(moved(c, TUESDAY) for c in callers))
    ends = [await desk.end(answer) for answer in answers]

    assert [await begins(shop, id) == TUESDAY for id in ids].count(True) == 1
    assert [end.status for end in ends].count("done") == 1
    other = next(end for end in ends if end.status != "done")
    assert rule(other) == "appointment.busy" or "is taken" in other.say


async def test_who_moves_it_in_the_case_systems_own_screen_meanwhile_wins(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, MONDAY)
    await shop.fault("update_case", "slow", delay_ms=700)
    asking = asyncio.create_task(moved(caller, TUESDAY))
    await slowed_down(shop)
    await shop.write_elsewhere("PATCH", f"/cases/{id}", {"resolution_due": WEDNESDAY.isoformat()})

    end = await desk.end(await asking)

    assert end.status == "undone"
    assert "changed meanwhile" in end.say
    assert await begins(shop, id) == WEDNESDAY
    assert await letters(shop) == []


async def slowed_down(shop: Shop) -> None:
    """The write is at the case system, which has not looked at it yet."""
    seen: list[int] = []
    while not any(seen):
        seen = [fault["fired"] for fault in (await shop.admin("GET", "faults"))["data"]]


@pytest.mark.parametrize("kind", ["lost_answer", "error_after", "error_before", "no_op"])
async def test_a_change_whose_answer_is_lost_is_made_once(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation, kind: str
) -> None:
    id = await agreed(shop, order, MONDAY)
    await shop.fault("update_case", kind)

    assert (await desk.end(await moved(caller, TUESDAY))).status == "done"
    assert await begins(shop, id) == TUESDAY
    assert len((await visit(shop, id))["comments"]) == len(await letters(shop)) == 1


async def test_a_refused_change_leaves_everything_as_it_was(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    await agreed(shop, order, MONDAY)
    before = await shop.state()
    await shop.fault("update_case", "refuse", code="case_locked")

    end = await desk.end(await moved(caller, TUESDAY))
    again = await moved(await desk.caller(order), TUESDAY)

    assert rule(end) == "system.rejected"
    assert "case locked" in end.say
    assert (await desk.end(again)).status == "done"
    assert before["cases"][0]["resolution_due"] != (await shop.state())["cases"][0]["resolution_due"]


async def test_withdrawn_before_its_end_it_is_moved_back(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, MONDAY)
    before = await visit(shop, id)
    await shop.fault("send_message", "rate_limited", times=None, retry_after_s=0.1)
    stuck = await desk.until(await moved(caller, TUESDAY), lambda now: "delayed" in now.say)
    at = await begins(shop, id)
    await caller.say(stuck, "withdraw")

    end = await desk.end(stuck)

    assert (at, end.status) == (TUESDAY, "undone")
    after = await visit(shop, id)
    assert {name for name in after if after[name] != before[name]} == {"comments", "version"} & set(after)


async def test_a_customer_who_cannot_be_written_to_has_his_visit_moved_all_the_same(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, MONDAY)
    await shop.fault("send_message", "refuse", code="unknown_address")

    end = await desk.end(await moved(caller, TUESDAY))

    assert (end.status, end.result and end.result["told"]) == ("done", "")
    assert await begins(shop, id) == TUESDAY
    assert "unknown address" in str((await desk.person("agent").packet(end))["notes"])


# The rules, as a table


def case(id: str = "V-1", starts: datetime = AGREED, owner: str = "Ben", **more: Any) -> Case:
    given = {"category": "appointment", "state": "open", "customer_id": "C-1"} | more
    return Case(id=id, subject="Boiler", owner=owner, resolution_due=starts, **given)


def verdict(
    start: str, *cases: Case, diary: tuple[Case, ...] = (), policy: AppointmentPolicy = POLICY, **who: Any
) -> Any:
    ask = RescheduleRequest.model_validate({"start": start})
    mine = list(cases or (case(),))
    seen = CaseFacts(cases=mine, diaries=[*mine, *diary])
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


@pytest.mark.parametrize(
    ("word", "value", "direction"),
    [
        ("notice", "PT12H", "wider"),
        ("ahead_days", 30, "narrower"),
        ("most_moves", 4, "wider"),
        ("lasts", "PT3H", "other"),
    ],
)
def test_which_way_a_word_of_its_policy_widens_is_said_at_the_word(word: str, value: Any, direction: str) -> None:
    changed = AppointmentPolicy.model_validate(POLICY.model_dump() | {word: value})

    assert [(change.what, change.direction) for change in changes(POLICY, changed)] == [(word, direction)]


def test_local_time_follows_the_change_of_the_clock() -> None:
    """Summer time ends on 25 October: ten o'clock is an hour later then."""
    asked = [RescheduleRequest.model_validate({"start": day}) for day in ("2026-10-22T10:00", "2026-10-29T10:00")]
    plans = [
        rule_reschedule(ask, CaseFacts(cases=[case()]), POLICY, standing(), AT).plan for ask in asked
    ]  # fmt: skip

    assert [plan.starts.utcoffset() for plan in plans if plan] == [timedelta(hours=2), timedelta(hours=1)]
    assert [plan.effect.details["to"] for plan in plans if plan] == ["2026-10-22T10:00+02:00", "2026-10-29T10:00+01:00"]


# For the proofs over all processes (tests/brought.py)


def first_ruled(policy: Any, who: Standing) -> Any:
    return rule_reschedule(RescheduleRequest(start=AT), CaseFacts(), policy, who, AT)


async def a_visit(desk: Desk) -> Matter:
    sold = await desk.shop.sell(1_200)
    await agreed(desk.shop, sold, hour(1, "10:00"))
    asked = {"start": hour(2, "09:00").isoformat()}
    amendments = [{"start": hour(3, at).isoformat()} for at in ("09:00", "14:00")]
    rivals = [("reschedule_appointment", change) for change in amendments]
    return Matter("reschedule_appointment", asked, sold, amendments=amendments, rivals=rivals)


async def moved_visit(desk: Desk) -> Answer:
    """Out of hours first; then judged once more under the lock."""
    order = await desk.shop.sell()
    await agreed(desk.shop, order, hour(1, "10:00"))
    caller = await desk.caller(order)
    offered = (await moved(caller, hour(2, "03:00"))).missing[0].options[0]
    return await desk.end(await moved(caller, offered))


FIRST_RULED, MATTER, RECORDED = first_ruled, a_visit, [moved_visit]
