"""How a scenario goes when nothing goes wrong, and when its last step that may be refused is: what is called, where it
ends. Found by playing it, once per scenario and test process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

from tests.full.calls import Call, Fault, calls
from tests.full.exports import Export, Holdings, comparable
from tests.full.playing import Play
from tests.full.rig import Answer, Rig, together
from tests.full.scenarios import Scenario
from tests.full.world import Subject

ROOM = 900
"""So many subjects are there for the cases of one test."""
_numbers = count()


@dataclass
class Stage:
    """The systems, loaded for one scenario; no two cases meet."""

    rig: Rig
    plays: Iterator[Play]
    began: str

    @classmethod
    async def set(cls, rig: Rig, scenario: Scenario, room: int = ROOM) -> "Stage":
        return await cls.set_for(rig, [scenario] * room)

    @classmethod
    async def set_for(cls, rig: Rig, scenarios: list[Scenario]) -> "Stage":
        """One subject for each, in this order."""
        plays = [Play(scenario, Subject(f"{next(_numbers):05d}p")) for scenario in scenarios]
        document: dict[str, Any] = {"format": "handrail.dataset/1"}
        for play in plays:
            for part, rows in play.scenario.rows(play.who).items():
                document.setdefault(part, []).extend(rows)
        await rig.clear_faults()
        await rig.load(document)
        await rig.behave(**{name: value for scenario in {*scenarios} for name, value in scenario.settings.items()})
        began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return cls(rig, iter(plays), began)

    def comparable(self, held: Holdings, play: Play) -> Holdings:
        return comparable(held, play.who, play.reference(self.rig), self.began)


@dataclass(frozen=True)
class Way:
    """A scenario, and what is refused in it for as long as it runs."""

    scenario: Scenario
    refused: Call | None = None
    calls: list[Call] = field(default_factory=list, hash=False, compare=False)

    def __str__(self) -> str:
        return f"{self.scenario}{f' ({self.refused} refused)' if self.refused else ''}"

    def standing(self, who: Subject, run: str) -> list[Fault]:
        return [self.refused.fault("refuse", who, run, None)] if self.refused else []


@dataclass(frozen=True)
class Trail:
    way: Way
    """Without trouble."""
    back: Way | None
    """The longest way back: the last step that may be refused is, and what is called from then on."""
    start: Holdings
    end: Holdings
    steps: list[dict[str, Any]]
    """As the packet shows them at the end."""
    references: dict[Call, str]
    """Of the writes: the step that made it, and which of its name: `set_reserve/2`."""
    undoing: dict[Call, str] = field(default_factory=dict)
    """The same of the way back: `set_reserve.undo/1`."""

    @property
    def ways(self) -> list[Way]:
        return [self.way, self.back] if self.back else [self.way]

    def reference_of(self, way: Way, call: Call) -> str:
        """Of a write."""
        return (self.undoing if way.refused else self.references)[call]

    def step_of(self, call: Call) -> dict[str, Any] | None:
        """Of a write: of several steps of one name, the one that made it."""
        name = self._name(call)
        same = [other for other in self.way.calls if self._name(other) == name]
        steps = [step for step in self.steps if step["name"] == name]
        return dict(zip(same, steps, strict=False)).get(call) if name else None

    def _name(self, call: Call) -> str:
        return self.references.get(call, "").rpartition("/")[0]

    def can_go_back(self, call: Call) -> bool:
        """Whether it comes before the point of no return, or at it."""
        ahead = self.way.calls[self.way.calls.index(call) :]
        return self.back is not None and self.back.refused in ahead


_known: dict[str, Trail] = {}
_ROOM = 40


async def trail(rig: Rig, scenario: Scenario) -> Trail:
    return (await trails(rig, [scenario]))[0]


async def trails(rig: Rig, scenarios: list[Scenario]) -> list[Trail]:
    """The systems' settings are those of all these scenarios."""
    new = [scenario for scenario in scenarios if scenario.name not in _known]
    if new:
        stage = await Stage.set_for(rig, [scenario for scenario in new for _ in range(_ROOM)])
        subjects = {scenario: islice(stage.plays, _ROOM) for scenario in new}
        hikes = [await _there(stage, Hike(scenario, iter([*subjects[scenario]]))) for scenario in new]
        tried = [(hike, call, next(hike.plays)) for hike in hikes for call in hike.calls if call.writes]
        answers = await together((_refused(rig, *one) for one in tried), at_once=60)
        for (hike, call, _), answer in zip(tried, answers, strict=True):
            if answer["status"] == "undone":
                hike.undone.append(call)
        await rig.clear_faults()
        _known.update({hike.scenario.name: await _and_back(stage, hike) for hike in hikes})
    return [_known[scenario.name] for scenario in scenarios]


@dataclass
class Hike:
    """What is found out about a scenario, bit by bit."""

    scenario: Scenario
    plays: Iterator[Play]
    calls: list[Call] = field(default_factory=list)
    references: dict[Call, str] = field(default_factory=dict)
    undone: list[Call] = field(default_factory=list)
    """Those whose refusal took all back."""
    start: Holdings = field(default_factory=dict)
    end: Holdings = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)


async def _there(stage: Stage, hike: Hike) -> Hike:
    rig, play = stage.rig, next(hike.plays)
    hike.start = stage.comparable((await Export.read(rig)).of(play.who), play)
    log, answer = await _watched(rig, play, [])
    assert answer["status"] == "done", f"{hike.scenario} does not even go well without trouble: {answer}"
    hike.end = stage.comparable((await Export.read(rig)).of(play.who), play)
    hike.calls, hike.references = _named(log, play, rig)
    hike.steps = (await rig.packet(play.reference(rig)))["steps"]
    return hike


async def _refused(rig: Rig, hike: Hike, call: Call, play: Play) -> Answer:
    await play.prepare(rig)
    await rig.fault(call.fault("refuse", play.who, play.reference(rig), 1))
    await play.ask(rig)
    return await play.finish(rig)


async def _and_back(stage: Stage, hike: Hike) -> Trail:
    there = Way(hike.scenario, None, hike.calls)
    if not hike.undone:
        return Trail(there, None, hike.start, hike.end, hike.steps, hike.references)
    rig, play = stage.rig, next(hike.plays)
    back = Way(hike.scenario, hike.undone[-1])
    log, _ = await _watched(rig, play, back.standing(play.who, play.reference(rig)))
    await rig.clear_faults()
    made, references = _named(log, play, rig)
    refused = max(n for n, seen in enumerate(log) if seen["fault"])
    back = Way(back.scenario, back.refused, made[refused + 1 :])
    undoing = {call: references[call] for call in back.calls if call.writes}
    return Trail(there, back, hike.start, hike.end, hike.steps, hike.references, undoing)


def _named(log: list[dict[str, Any]], play: Play, rig: Rig) -> tuple[list[Call], dict[Call, str]]:
    """The calls of one run in order; and of the writes among them, the step that made it: `set_reserve/2`."""
    run = play.reference(rig)
    made = calls(log, play.who, run)
    writes = [(call, seen["reference"]) for call, seen in zip(made, log, strict=True) if call.writes]
    return made, {call: reference.partition(f"{run}/")[2] for call, reference in writes}


async def _watched(rig: Rig, play: Play, faults: list[Fault]) -> tuple[list[dict[str, Any]], Answer]:
    """What the systems saw of one run, alone."""
    await play.prepare(rig)
    await rig.admin("DELETE", "log")
    await rig.fault(*faults)
    await play.ask(rig)
    answer = await play.finish(rig)
    return await rig.log(), answer
