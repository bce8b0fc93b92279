"""One fault at one call of one way: how it is played, and which end is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.evidence import Event
from tests.full.calls import Call, Fault
from tests.full.ends import End
from tests.full.explained import explained
from tests.full.exports import TAG, Export, Holdings, differences
from tests.full.matrix import REFUSALS
from tests.full.playing import Play
from tests.full.rig import Answer, Rig
from tests.full.traces import without_traces
from tests.full.trail import Stage, Trail, Way
from workflows._steps import TELLS

NOT_DONE = ("undone", "denied")


@dataclass(frozen=True)
class Trouble:
    """`times` None: until it is cleared."""

    way: Way
    call: Call
    kind: str
    times: int | None
    play: Play

    def __str__(self) -> str:
        lasting = "until cleared" if self.times is None else f"{self.times}x"
        return f"{self.way}: {self.kind} {lasting} at {self.call}, subject {self.play.who.tag}"

    def faults(self, rig: Rig, **more: Any) -> list[Fault]:
        who, run = self.play.who, self.play.reference(rig)
        return [self.call.fault(self.kind, who, run, self.times, **more), *self.way.standing(who, run)]

    async def begin(self, rig: Rig, **more: Any) -> None:
        await self.play.prepare(rig)
        await rig.fault(*self.faults(rig, **more))
        await self.play.ask(rig)

    def allowed(self, trail: Trail, *, refused: bool) -> tuple[str, ...]:
        """The right ends. `refused`: what the way refuses was met."""
        if self.way.refused and refused:
            return NOT_DONE
        if self.call.operation in self.way.scenario.asked_within:
            return ("done", *NOT_DONE)
        if self.kind not in REFUSALS or not self.call.writes:
            return ("done",)
        if self.call.operation in self.way.scenario.only_told:
            return ("done",)
        step = trail.step_of(self.call)
        if step is None or step["undo"] == TELLS:
            return ("done", *NOT_DONE)
        return ("done",) if _money_moved_before(trail, self.call) else NOT_DONE


def _names(problem: str, play: Play, run: str) -> bool:
    """A problem of the books is this case's; one that names nobody is everybody's."""
    return play.who.tag in problem or run in problem or not TAG.search(problem)


def _money_moved_before(trail: Trail, call: Call) -> bool:
    before = trail.way.calls[: trail.way.calls.index(call)]
    steps = [trail.step_of(earlier) for earlier in before if earlier.writes]
    return any(step and step["irreversible"] and step["undo"] != TELLS for step in steps)


@dataclass(frozen=True)
class Judge:
    stage: Stage
    trail: Trail
    before: Export
    after: Export
    fired: dict[str, set[str]]
    """By run: the operations that a fault of kind `refuse` has hit."""

    @classmethod
    async def open(cls, stage: Stage, trail: Trail, before: Export, faults: list[Fault]) -> "Judge":
        """`faults` as they were before any was cleared."""
        fired: dict[str, set[str]] = {}
        for fault in faults:
            if fault["fired"] and fault["kind"] == "refuse":
                fired.setdefault(fault["reference_contains"] or fault["path_contains"], set()).add(fault["operation"])
        return cls(stage, trail, before, await Export.read(stage.rig), fired)

    def judge(self, cell: Trouble, answer: Answer, history: dict[str, Any], record: list[Event]) -> End:
        play = cell.play
        run = play.reference(self.stage.rig)
        end = End(str(cell), run, [problem for problem in self.after.problems() if _names(problem, play, run)])
        if not answer["terminal"]:
            end.unowned.append(f"still {answer['status']}: {answer['say']}")
            return end
        met = bool(cell.way.refused) and bool(self.fired.get(run) or self.fired.get(play.who.tag))
        allowed = cell.allowed(self.trail, refused=met)
        if answer["status"] not in allowed:
            end.wrong.append(f"it is {answer['status']} ({answer['say']}), not {' or '.join(allowed)}")
        if not history["verified"]["ok"]:
            end.wrong.append(f"its evidence does not verify: {history['verified']['problems']}")
        held = self.stage.comparable(self.after.of(play.who), play)
        end.wrong += [f"the record does not say so: {text}" for text in self._untold(play, held, record)]
        if answer["status"] == "done":
            wanted = self._end(cell)
        else:
            held, wanted = without_traces(held), without_traces(self.trail.start)
        found = list(differences(held, wanted))
        more = [part for part, rows in held.items() if len(rows) > max(1, len(wanted.get(part, [])))]
        end.duplicates += [f"too many {part}" for part in more]
        end.wrong += found
        return end

    def _untold(self, play: Play, held: Holdings, record: list[Event]) -> Iterator[str]:
        """Where the systems are otherwise than the record tells."""
        told = self.stage.comparable(explained(self.before.of(play.who), record), play)
        return differences(held, told)

    def _end(self, cell: Trouble) -> Holdings:
        """A write that is only told of is missing when it was refused for good."""
        if cell.kind not in REFUSALS or cell.call.operation not in cell.way.scenario.only_told:
            return self.trail.end
        reference = self.trail.references[cell.call].partition("/")[2]
        return {
            part: [row for row in rows if row.get("reference") != f"RUN/{reference}"]
            for part, rows in self.trail.end.items()
        }
