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
from tests.full.scenarios import SCENARIOS, Scenario
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
    """Of the writes: the step that made it."""

    def step_of(self, call: Call) -> dict[str, Any] | None:
        """Of a write."""
        _, _, name = self.references.get(call, "").rpartition("/")[0].rpartition("/")
        return next((step for step in self.steps if step["name"] == name), None)


_known: dict[str, Trail] = {}


async def trail(rig: Rig, scenario: Scenario) -> Trail:
    if scenario.name not in _known:
        _known[scenario.name] = await _found(await Stage.set(rig, scenario, 40), scenario)
    return _known[scenario.name]


async def _found(stage: Stage, scenario: Scenario) -> Trail:
    rig, play = stage.rig, next(stage.plays)
    start = stage.comparable((await Export.read(rig)).of(play.who), play)
    log, answer = await _watched(rig, play, [])
    assert answer["status"] == "done", f"{scenario} does not even go well without trouble: {answer}"
    end = stage.comparable((await Export.read(rig)).of(play.who), play)
    made = calls(log, play.who, play.reference(rig))
    references = {c: seen["reference"] for c, seen in zip(made, log, strict=True) if c.writes}
    packet = await rig.packet(play.reference(rig))
    back = await _way_back(stage, Way(scenario, None, made))
    return Trail(Way(scenario, None, made), back, start, end, packet["steps"], references)


async def _way_back(stage: Stage, way: Way) -> Way | None:
    writes = [call for call in way.calls if call.writes]
    ways = [Way(way.scenario, call) for call in writes]
    plays = list(islice(stage.plays, len(ways)))

    async def end(way: Way, play: Play) -> Answer:
        await play.prepare(stage.rig)
        await stage.rig.fault(*[fault | {"times": 1} for fault in way.standing(play.who, play.reference(stage.rig))])
        await play.ask(stage.rig)
        return await play.finish(stage.rig)

    answers = await together(end(way, play) for way, play in zip(ways, plays, strict=True))
    back = [way for way, answer in zip(ways, answers, strict=True) if answer["status"] == "undone"]
    if not back:
        return None
    play = next(stage.plays)
    await stage.rig.clear_faults()
    log, _ = await _watched(stage.rig, play, back[-1].standing(play.who, play.reference(stage.rig)))
    made = calls(log, play.who, play.reference(stage.rig))
    refused = max(n for n, seen in enumerate(log) if seen["fault"])
    return Way(way.scenario, back[-1].refused, made[refused + 1 :])


async def _watched(rig: Rig, play: Play, faults: list[Fault]) -> tuple[list[dict[str, Any]], Answer]:
    """What the systems saw of one run, alone."""
    await play.prepare(rig)
    await rig.admin("DELETE", "log")
    await rig.fault(*faults)
    await play.ask(rig)
    answer = await play.finish(rig)
    return await rig.log(), answer


def named(names: set[str]) -> list[Scenario]:
    return [scenario for scenario in SCENARIOS if scenario.name in names]
