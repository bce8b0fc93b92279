"""Runs that wait at a gate: how they get there, who they wait for, and what they leave when they are resumed."""

import asyncio
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

from tests.full import goods
from tests.full.exports import Export, Holdings, differences
from tests.full.playing import Play
from tests.full.rig import Answer, Rig, together, until
from tests.full.scenarios import SCENARIOS, Scenario
from tests.full.trail import Stage

_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@dataclass(frozen=True)
class Gate:
    """`status`: what the run answers while it waits there, with `legal` among its commands."""

    name: str
    scenario: Scenario
    status: str
    legal: str

    def holds(self, now: Answer) -> bool:
        return now["status"] == self.status and self.legal in now["next"]


_WHOLE_ORDER = Scenario(
    "refund_order, approved", "refund_order", partial(goods.order, status="delivered", tenders=(1_500, 4_500)),
    lambda who: {"order_id": who.order, "reason": "damaged"},
)  # fmt: skip
APPROVAL = Gate("approval", _WHOLE_ORDER, "needs_approval", "decide")
GATES = (
    APPROVAL,
    Gate("confirmation", _BY_NAME["cancel_order"], "needs_confirmation", "confirm"),
    Gate("adjuster", _BY_NAME["open_claim, adjuster"], "needs_approval", "decide"),
    Gate("case", _BY_NAME["create_case"], "accepted", "resolve"),
)


@dataclass(frozen=True)
class Parked:
    gate: Gate
    play: Play

    async def park(self, rig: Rig) -> None:
        """Through the doors, until it waits at its gate."""
        await self.play.prepare(rig)
        await self.play.ask(rig)
        reference = self.play.reference(rig)

        async def waits() -> bool | None:
            now = await rig.answer(reference)
            if self.gate.holds(now):
                return True
            if now["status"] == "needs_confirmation":
                await self.play.ask(rig, confirm=now["digest"])
            return None

        await until(waits, f"{reference} to wait for {self.gate.name}")

    async def waits(self, rig: Rig) -> None:
        """Seen to be at its gate. A worker that has just started reads many runs before it answers for all."""
        reference = self.play.reference(rig)

        async def seen() -> bool | None:
            return self.gate.holds(await rig.answer(reference)) or None

        await until(seen, f"{reference} to be seen at {self.gate.name}")


@dataclass(frozen=True)
class Yard:
    """So many runs at all gates in turn, and for each gate the end of a run that nobody let wait."""

    rig: Rig
    stage: Stage
    runs: list[Parked]
    ends: dict[str, Holdings]

    @classmethod
    async def laid_out(cls, rig: Rig, runs: int) -> "Yard":
        gates = [*GATES, *islice(cycle(GATES), runs)]
        stage = await Stage.set_for(rig, [gate.scenario for gate in gates])
        all_runs = [Parked(gate, play) for gate, play in zip(gates, stage.plays, strict=True)]
        first, later = all_runs[: len(GATES)], all_runs[len(GATES) :]
        answers = await together(_through(rig, run) for run in first)
        assert all(answer["status"] == "done" for answer in answers), answers
        after = await Export.read(rig)
        ends = {run.gate.name: stage.comparable(after.of(run.play.who), run.play) for run in first}
        return cls(rig, stage, later, ends)

    def references(self, runs: list[Parked]) -> list[str]:
        return [run.play.reference(self.rig) for run in runs]

    async def resume(self, runs: list[Parked], at_once: int = 12) -> list[Answer]:
        """Whoever they wait for answers; their last answers."""
        return await together((run.play.finish(self.rig) for run in runs), at_once)

    async def wrong(self, answers: list[Answer]) -> list[str]:
        """What is lost, done twice, or otherwise as it should not be, of all runs."""
        lost = [f"{answer['reference']} is {answer['status']}: {answer['say']}" for answer in answers
                if answer["status"] != "done"]  # fmt: skip
        export = await Export.read(self.rig)
        other = [
            f"{run.play.who.tag}, {run.gate.name}: {difference}"
            for run in self.runs
            for difference in differences(
                self.stage.comparable(export.of(run.play.who), run.play), self.ends[run.gate.name]
            )
        ]
        return [*lost, *other, *export.problems()]


async def _through(rig: Rig, run: Parked) -> Answer:
    await run.play.prepare(rig)
    await run.play.ask(rig)
    return await run.play.finish(rig)


async def restarted(rig: Rig, **settings: str) -> None:
    """The worker is ended as a deploy does it and starts again. `settings` of the new one: CACHED_RUNS."""
    rig.stack.environment.update({f"HANDRAIL_{name}": value for name, value in settings.items()})
    await asyncio.to_thread(rig.stack.stop, "worker")
    await asyncio.to_thread(rig.stack.start, "worker")
