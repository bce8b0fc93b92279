"""One fault, or two, at one call of one way: how it is played, and which end is right."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from domain.evidence import Event
from tests.full.calls import Call, Fault
from tests.full.ends import End
from tests.full.explained import explained
from tests.full.exports import TAG, Export, Holdings, Row, differences
from tests.full.matrix import REFUSALS
from tests.full.playing import Play
from tests.full.rig import Answer, Rig
from tests.full.traces import without_traces
from tests.full.trail import Stage, Trail, Way
from workflows._steps import TELLS

NOT_DONE = ("undone", "denied")
_UNREADABLE = ("garbage", "wrong_shape", "html")
_NOT_DONE_YET = ("error_before", "cut", "rate_limited", "no_op", *REFUSALS)


@dataclass(frozen=True)
class Spot:
    """A call at which something goes wrong."""

    trail: Trail
    way: Way
    call: Call

    def __str__(self) -> str:
        return f"{self.call} of {self.way}"

    @property
    def meant(self) -> Call:
        """The call itself, or the write that it is read for, within one step."""
        after = self.way.calls[self.way.calls.index(self.call) + 1 :]
        within = self.call.operation in self.way.scenario.asked_within and after and after[0].writes
        return after[0] if within else self.call

    @property
    def step(self) -> str:
        """That makes the write: `set_reserve`, `set_reserve.undo`."""
        return self.trail.reference_of(self.way, self.call).rpartition("/")[0]


@dataclass(frozen=True)
class Trouble:
    """`times` None: until it is cleared. `then`: what goes wrong with the next attempt at that write."""

    spot: Spot
    kind: str
    times: int | None
    play: Play
    then: str = ""

    def __str__(self) -> str:
        lasting = "until cleared" if self.times is None else f"{self.times}x"
        then = f", then {self.then}" if self.then else ""
        return f"{self.kind} {lasting}{then} at {self.spot}, subject {self.play.who.tag}"

    def faults(self, rig: Rig, **more: Any) -> list[Fault]:
        who, run, spot = self.play.who, self.play.reference(rig), self.spot
        first = spot.call.fault(self.kind, who, run, self.times, **more)
        return [first, *self._second(run), *self.standing(rig)]

    def _second(self, run: str) -> list[Fault]:
        if not self.then:
            return []
        write = f"{run}/{self.spot.trail.reference_of(self.spot.way, self.spot.call)}"
        fault = {"operation": self.spot.call.operation, "kind": self.then, "times": 1, "after": 1}
        return [fault | {"reference_contains": write, "retry_after_s": 0.3}]

    def standing(self, rig: Rig) -> list[Fault]:
        """What is refused all the time."""
        return self.spot.way.standing(self.play.who, self.play.reference(rig))

    async def begin(self, rig: Rig, **more: Any) -> None:
        await self.play.prepare(rig)
        await rig.fault(*self.faults(rig, **more))
        await self.play.ask(rig)

    @property
    def no_to(self) -> Call | None:
        """The write that is refused; or not sent, because what it needs cannot be read."""
        meant = self.spot.meant
        final = REFUSALS if meant == self.spot.call else (*REFUSALS, *_UNREADABLE)
        return meant if meant.writes and (self.kind in final or self.then in REFUSALS) else None

    @property
    def gives_up(self) -> bool:
        """Nobody waits for that call: whether it was done may stay open."""
        return self.times is None and self.spot.meant.operation in self.spot.way.scenario.gives_up

    @property
    def at_its_case(self) -> bool:
        return self.spot.call.operation in self.spot.way.scenario.for_people

    def allowed(self, *, refused: bool) -> tuple[str, ...]:
        """The right ends. `refused`: what the way refuses was met."""
        spot, trail = self.spot, self.spot.trail
        if spot.way.refused and refused:
            return NOT_DONE
        if self.gives_up:
            return ("done", *NOT_DONE)
        if self.at_its_case:
            return ("done",)
        write = self.no_to
        if write is None or write.operation in spot.way.scenario.only_told:
            return ("done",)
        step, first = trail.step_of(write), next(call for call in spot.way.calls if call.writes)
        if step is None or (step["undo"] == TELLS and write == first) or self.may_be_there:
            return ("done", *NOT_DONE)
        if step["undo"] == TELLS:
            return NOT_DONE if trail.can_go_back(write) else ("done",)
        return ("done",) if _money_moved_before(trail, write) else NOT_DONE

    @property
    def may_be_there(self) -> bool:
        """The first attempt was done before the second was refused; or who refuses with a 200 does not say whether he
        knows of the first."""
        return bool(self.then) and (self.then == "refuse_200" or self.kind not in _NOT_DONE_YET)


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
    before: Export
    after: Export
    fired: dict[str, set[str]]
    """By run: the operations that a fault of kind `refuse` has hit."""

    @classmethod
    async def open(cls, stage: Stage, before: Export, faults: list[Fault]) -> "Judge":
        """`faults` as they were before any was cleared."""
        fired: dict[str, set[str]] = {}
        for fault in faults:
            if fault["fired"] and fault["kind"] == "refuse":
                fired.setdefault(fault["reference_contains"] or fault["path_contains"], set()).add(fault["operation"])
        return cls(stage, before, await Export.read(stage.rig), fired)

    def judge(self, cell: Trouble, answer: Answer, history: dict[str, Any], record: list[Event]) -> End:
        play, trail = cell.play, cell.spot.trail
        run = play.reference(self.stage.rig)
        end = End(str(cell), run, [problem for problem in self.after.problems() if _names(problem, play, run)])
        if not answer["terminal"]:
            end.unowned.append(f"still {answer['status']}: {answer['say']}")
            return end
        met = bool(cell.spot.way.refused) and bool(self.fired.get(run) or self.fired.get(play.who.tag))
        allowed = cell.allowed(refused=met)
        if answer["status"] not in allowed:
            end.wrong.append(f"it is {answer['status']} ({answer['say']}), not {' or '.join(allowed)}")
        if not history["verified"]["ok"]:
            end.wrong.append(f"its evidence does not verify: {history['verified']['problems']}")
        held = self.stage.comparable(self.after.of(play.who), play)
        untold = list(self._untold(play, held, record))
        if untold and (cell.gives_up or cell.at_its_case):
            untold = list(self._untold(play, held, record, perhaps=True))
        end.wrong += [f"the record does not say so: {text}" for text in untold]
        if answer["status"] == "done":
            wanted = _end(cell, held)
            held = _without_repairs(held, wanted)
        else:
            held, wanted = without_traces(held), without_traces(trail.start)
        if cell.at_its_case:
            end.wrong += [f"its case is {row['state']}" for row in held.get("cases", []) if row["state"] != "resolved"]
            held, wanted = ({p: rows for p, rows in side.items() if p != "cases"} for side in (held, wanted))
        found = list(differences(held, wanted))
        more = [part for part, rows in held.items() if len(rows) > max(1, len(wanted.get(part, [])))]
        end.duplicates += [f"too many {part}" for part in more]
        end.wrong += found
        return end

    def _untold(self, play: Play, held: Holdings, record: list[Event], *, perhaps: bool = False) -> Iterator[str]:
        """Where the systems are otherwise than the record tells."""
        try:
            told = explained(self.before.of(play.who), record, perhaps=perhaps)
        except (KeyError, StopIteration) as absent:
            yield f"it tells of something that is not there: {absent!r}"
        else:
            yield from differences(held, self.stage.comparable(told, play))


def _without_repairs(held: Holdings, wanted: Holdings) -> Holdings:
    """Without what a run has told its case of a step that a person had to repair: it tells what happened."""
    known = {told["reference"] for row in wanted.get("cases", []) for told in row["comments"]}
    new = lambda ref: ref.startswith("RUN/comment_case/") and ref not in known
    ours = [_without(row, new) for row in held.get("cases", [])]
    return held | ({"cases": ours} if ours else {})


def _without(row: Row, said: Callable[[str], bool]) -> Row:
    return row | {"comments": [told for told in row["comments"] if not said(told["reference"])]}


def _end(cell: Trouble, held: Holdings) -> Holdings:
    """A write that is only told of is missing when it was refused for good; unless an attempt before had made it."""
    trail, write = cell.spot.trail, cell.no_to
    if write is None or write.operation not in cell.spot.way.scenario.only_told:
        return trail.end
    mine = f"RUN/{trail.references[write]}"
    if cell.may_be_there and mine in json.dumps(held):
        return trail.end
    return {
        part: [_untouched(row, write, mine) for row in rows if row.get("reference") != mine]
        for part, rows in trail.end.items()
    }


def _untouched(row: Row, write: Call, ref: str) -> Row:
    """Without what that write said on it, and without the link that it made."""
    said = [told for told in row.get("comments", []) if told["reference"] != ref]
    links = row.get("links", [])
    if write.operation == "link_case":
        links = [id for id in links if not id.startswith("case-#")]
    return row | ({"comments": said, "links": links} if "comments" in row else {})
