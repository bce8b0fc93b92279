"""Plays many cases at once, each with its fault, to their ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.full.calls import Fault
from tests.full.cells import Judge, Trouble
from tests.full.covering import Case
from tests.full.ends import End
from tests.full.exports import Export
from tests.full.finishing import unlisted
from tests.full.matrix import REFUSALS
from tests.full.rig import Answer, Rig, together, until
from tests.full.trail import Stage

_AT_ONCE = 60
_UNDER_WAY = 30
"""More, and a worker on two cores does not beat in time: the refusal of a step is lost, and it is tried again."""
_PATIENCE_S = 400
"""A run with a case for people meets the same fault at each of its turns."""
_HELD_MS = 12_000
"""Longer than a kill and a start take."""


@dataclass(frozen=True)
class Troubles:
    rig: Rig
    stage: Stage
    cells: list[Trouble]
    before: Export

    @classmethod
    async def set(cls, rig: Rig, cases: Iterable[Case]) -> "Troubles":
        cases = list(cases)
        stage = await Stage.set_for(rig, [case.spot.way.scenario for case in cases])
        cells = [Trouble(case.spot, case.kind, case.times, next(stage.plays), case.then) for case in cases]
        return cls(rig, stage, cells, await Export.read(rig))

    async def pass_by(self) -> list[End]:
        """Faults that end by themselves; people try again whatever is parked."""
        rig = self.rig
        answers = await together((_played(rig, cell) for cell in self.cells), at_once=_UNDER_WAY)
        fired = await rig.fired()
        _must_hit(fired)
        await rig.clear_faults()
        return await self._judged(answers, fired)

    async def last(self) -> list[End]:
        """Faults that stay until somebody clears them: by then everything has ended, or somebody has to see to it."""
        rig = self.rig
        await together(cell.begin(rig) for cell in self.cells)
        stand = await together((_ended_or_owned(rig, cell) for cell in self.cells), at_once=_AT_ONCE)
        parked = {cell.play.reference(rig) for cell, how in zip(self.cells, stand, strict=True) if how == "owned"}
        forgotten = await unlisted(rig, parked)
        fired = await rig.fired()
        _must_hit(fired)
        await self._clear()
        helped = [n % 2 == 0 for n, _ in enumerate(self.cells)]
        work = [cell.play.finish(rig, helped=h) for cell, h in zip(self.cells, helped, strict=True)]
        answers = await together(work, at_once=_AT_ONCE)
        ends = await self._judged(answers, fired + await rig.fired())
        for end, how in zip(ends, stand, strict=True):
            end.unowned += [] if how in ("ended", "owned", "kept") else [how]
            end.unowned += ["it is not in the repair queue"] if end.reference in forgotten else []
        return ends

    async def survive(self, part: str, at_once: int = 10) -> list[End]:
        """`part` is killed while so many of them are held, each at its place."""
        rig, fired, answers = self.rig, [], []
        for n in range(0, len(self.cells), at_once):
            held = self.cells[n : n + at_once]
            await rig.clear_faults()
            await together(cell.begin(rig, delay_ms=_HELD_MS) for cell in held)
            await together(until(lambda cell=cell: _hit(rig, cell), f"{cell} to be under way") for cell in held)  # type: ignore[misc]
            fired += await rig.fired()
            await rig.kill(part, meanwhile=self._clear)
            answers += await together(cell.play.finish(rig) for cell in held)
            fired += await rig.fired()
        return await self._judged(answers, fired)

    async def _clear(self) -> None:
        """All but what is refused all the time."""
        await self.rig.clear_faults()
        await self.rig.fault(*(fault for cell in self.cells for fault in cell.standing(self.rig)))

    async def _judged(self, answers: list[Answer], fired: list[Fault]) -> list[End]:
        rig, references = self.rig, [cell.play.reference(self.rig) for cell in self.cells]
        judge = await Judge.open(self.stage, self.before, fired)
        histories = await together(rig.history(reference) for reference in references)
        records = await together(rig.record(reference) for reference in references)
        return [judge.judge(*case) for case in zip(self.cells, answers, histories, records, strict=True)]


async def _played(rig: Rig, cell: Trouble) -> Answer:
    await cell.begin(rig)
    return await cell.play.finish(rig)


def _must_hit(faults: list[Fault]) -> None:
    """The second of two may come too late: the write was found to be done by then."""
    first = [fault for fault in faults if not fault["after"]]
    missed = [fault for fault in first if not fault["fired"]]
    assert not missed or len(missed) < len(first) / 10, (
        f"{len(missed)} of {len(first)} faults hit nothing, such as {missed[:3]}."
    )


async def _ended_or_owned(rig: Rig, cell: Trouble) -> str:
    """`ended`; `owned` when it waits for repair with a reason; `kept` when its team keeps the case and is told what was
    refused; else what is wrong. Nobody repairs it yet."""
    reference = cell.play.reference(rig)

    async def look() -> str | None:
        if (await cell.play.go_on(rig))["terminal"]:
            return "ended"
        packet = await rig.packet(reference)
        if packet["repair"] is not None and packet["reason"]["text"]:
            return "owned"
        if cell.kind in REFUSALS and "resolve" in packet["next"] and packet["notes"]:
            return "kept"
        await rig.answer(reference, wait=3)
        return None

    try:
        return await until(look, f"{reference} to end or to be owned", patience_s=_PATIENCE_S)
    except TimeoutError:
        return f"neither ended nor parked with a reason: {(await rig.answer(reference))['say']}"


async def _hit(rig: Rig, cell: Trouble) -> bool | None:
    """The cell's fault has hit. Until then, whoever is asked answers."""
    mine = cell.faults(rig)[0]
    same = [f for f in await rig.fired() if all(f[name] == mine[name] for name in mine if name != "delay_ms")]
    if same and same[0]["fired"]:
        return True
    await cell.play.go_on(rig)
    return None
