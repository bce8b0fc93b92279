"""Whoever drives a run, through whichever door, it ends the same and tells the same story; and what a person has taken
over, no agent writes any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from domain.evidence import Event
from tests.full.calls import Call, calls
from tests.full.ends import End
from tests.full.exports import Export, Holdings, differences
from tests.full.hands import Cut, Person, TakeOver, TooLate, waits_for
from tests.full.playing import Play
from tests.full.rig import Answer, Rig, together, until
from tests.full.scenarios import SCENARIOS, Scenario
from tests.full.seats import HTTP, SEATS, NotDone, Seat
from tests.full.shapes import foreign_writes, shape
from tests.full.tables import settle
from tests.full.trail import Stage

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
Record = Callable[[str, object], None]
ROOM = 60
AT_ONCE = 6
"""A call is held for a moment only: whoever waits for its answer gives up after 8 s."""
[CANCELLING] = [scenario for scenario in SCENARIOS if scenario.name == "cancel_order"]
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)


@dataclass
class Course:
    """How one run went. `holder`: who had taken it over."""

    way: str
    play: Play
    answer: Answer
    problems: list[str]
    holder: str = ""
    late: list[str] = field(default_factory=list)
    broke: str = ""
    """It could not be played to its end."""


@pytest.mark.parametrize("seat", SEATS, ids=str)
@each_scenario
async def test_by_an_agent_a_person_or_both_in_turn_it_ends_the_same_and_tells_the_same(
    rig: Rig, record_property: Record, scenario: Scenario, seat: Seat
) -> None:
    stage, agents = await staged(rig, scenario)
    ways: list[Person | TakeOver] = [Person(scenario, next(stage.plays).who, seat)]
    ways += [TakeOver(next(stage.plays), cut, seat) for cut in agents.cuts(seat)]
    courses = await together((played(rig, one, stage) for one in ways), at_once=AT_ONCE)
    judge = await Judge.open(stage, agents)
    ends = [await judge.judge(course) for course in courses]
    settle(record_property, f"{scenario}: hands, {seat}", ends)


@dataclass
class Clean(Course):
    """By the agent alone, without trouble."""

    calls: list[Call] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.writes]

    def cuts(self, seat: Seat) -> Iterator[Cut]:
        """Where a person could take it over: before each write, and while somebody is waited for; while a write is
        done, and at each look at the facts, over one door and the other in turn."""
        yield from (Cut(wait=wait) for wait in dict.fromkeys(self.waits) if wait)
        yield from (Cut(call) for call in self.writes)
        for n, call in enumerate(self.calls):
            looks = call.operation in (self.calls[0].operation, self.calls[n - 1].operation)
            if seat is SEATS[n % 2] and (call.writes or looks):
                yield Cut(call, done=True)


async def staged(rig: Rig, scenario: Scenario) -> tuple[Stage, Clean]:
    stage = await Stage.set(rig, scenario, ROOM)
    play = next(stage.plays)
    await play.prepare(rig)
    await rig.admin("DELETE", "log")
    await play.ask(rig)
    waits: list[str] = []

    async def look() -> Answer | None:
        now = await rig.answer(play.reference(rig))
        waits.append(waits_for(now))
        if not now["terminal"]:
            await play.go_on(rig)
        return now if now["terminal"] else None

    answer = await until(look, f"{scenario} to end")
    assert answer["status"] == "done", f"{scenario} does not even go well without trouble: {answer}"
    made = calls(await rig.log(), play.who, play.reference(rig))
    return stage, Clean("by the agent alone", play, answer, [], calls=made, waits=waits)


async def played(rig: Rig, one: Person | TakeOver, stage: Stage, tries: int = 3) -> Course:
    """One that breaks off does not take the others with it. A take-over that came too late is tried with another."""
    try:
        return await (taken_over(rig, one) if isinstance(one, TakeOver) else by_a_person_alone(rig, one))
    except (AssertionError, NotDone, TimeoutError, TooLate) as broken:
        if isinstance(broken, TooLate) and isinstance(one, TakeOver) and tries > 1:
            return await played(rig, replace(one, agents=next(stage.plays)), stage, tries - 1)
        play = one.person if isinstance(one, TakeOver) else one
        return Course(str(one), play, {}, [], broke=f"{type(broken).__name__}: {broken}")


async def by_a_person_alone(rig: Rig, person: Person) -> Course:
    await person.prepare(rig)
    await person.ask(rig)
    return Course(str(person), person, await person.finish(rig), [])


async def taken_over(rig: Rig, take: TakeOver) -> Course:
    taken = await take.play(rig)
    return Course(str(take), take.person, taken.answer, taken.problems, take.person.name, taken.late)


@dataclass(frozen=True)
class Judge:
    stage: Stage
    after: Export
    end: Holdings
    shape: list[dict[str, Any]]
    """Of the run that an agent drove alone."""

    @classmethod
    async def open(cls, stage: Stage, agents: Clean) -> "Judge":
        judge = cls(stage, await Export.read(stage.rig), {}, [])
        end, told, _ = await judge.seen(agents)
        return cls(stage, judge.after, end, told)

    async def seen(self, course: Course) -> tuple[Holdings, list[dict[str, Any]], list[Event]]:
        """What the systems hold at its end, what its history tells, and the record itself."""
        rig, play = self.stage.rig, course.play
        reference = play.reference(rig)
        record, packet = await rig.record(reference), await rig.packet(reference)
        told = shape(record, packet["steps"], course.answer)
        held = self.stage.comparable(self.after.of(play.who), play)
        return held, self.stage.comparable({"shape": told}, play)["shape"], record

    async def judge(self, course: Course) -> End:
        play = course.play
        end = End(f"{play.scenario}, {course.way}, subject {play.who.tag}", play.reference(self.stage.rig))
        if course.broke:
            end.wrong.append(course.broke)
            return end
        held, told, record = await self.seen(course)
        end.wrong += course.problems
        end.wrong += [f"in the systems: {text}" for text in differences(held, self.end)]
        end.wrong += [f"in the history: {text}" for text in differences(told, self.shape)]
        if course.holder:
            end.wrong += foreign_writes(record, course.holder, course.late)
        if not course.answer["terminal"]:
            end.unowned.append(f"still {course.answer['status']}: {course.answer['say']}")
        return end


async def test_what_the_agent_does_after_it_was_handed_back_is_seen_as_the_agents(rig: Rig) -> None:
    """A control: the same end, but the agent has written."""
    stage, agents = await staged(rig, CANCELLING)
    take = TakeOver(next(stage.plays), Cut(wait="needs_confirmation"), HTTP)
    await take.begin(rig)
    await take.person.say(rig, "hand_back", decision="Go on.")
    course = Course(str(take), take.person, await take.agents.finish(rig), [], take.person.name)

    end = await (await Judge.open(stage, agents)).judge(course)

    begun = [text for text in end.wrong if f"was begun by ai-{take.agents.who.tag} after" in text]
    assert len(begun) == len(agents.writes)
    assert not [text for text in end.wrong if "in the systems" in text]


async def test_what_a_person_lets_end_otherwise_is_seen_as_another_end_and_another_story(rig: Rig) -> None:
    """A control: he withdraws it instead."""
    stage, agents = await staged(rig, CANCELLING)
    take = TakeOver(next(stage.plays), Cut(wait="needs_confirmation"), HTTP)
    await take.begin(rig)
    await take.person.say(rig, "withdraw")
    course = Course(str(take), take.person, await take.person.finish(rig), [], take.person.name)

    end = await (await Judge.open(stage, agents)).judge(course)

    assert [text for text in end.wrong if "in the systems: orders" in text]
    assert [text for text in end.wrong if "in the history" in text]


async def test_whatever_is_otherwise_in_an_end_or_a_story_is_seen(rig: Rig) -> None:
    """A control: each value of a run's end and of its story, changed; each line of its story left out."""
    stage, agents = await staged(rig, CANCELLING)
    judge = await Judge.open(stage, agents)

    for whole in (judge.end, judge.shape):
        for other in altered(whole):
            assert list(differences(other, whole)), f"Nobody would notice {other}."
    for n in range(len(judge.shape)):
        assert list(differences(judge.shape[:n] + judge.shape[n + 1 :], judge.shape))


def altered(value: Any) -> Iterator[Any]:
    """`value` with one leaf changed, for each leaf."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from (value | {name: other} for other in altered(part))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from ([*value[:n], other, *value[n + 1 :]] for other in altered(part))
    else:
        yield "something else"
