"""Runs wait at the gates of all processes while workers come and go. `python -m bench.parked` measures a thousand."""

import pytest

from tests.full.parking import Yard, restarted
from tests.full.rig import Rig, together

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
RUNS = 48


@pytest.mark.parametrize("cached", ["1000", "10"], ids=["all in memory", "most of them not in memory"])
async def test_runs_that_wait_at_every_gate_outlive_a_killed_and_a_restarted_worker(rig: Rig, cached: str) -> None:
    """None is lost, none happens twice: each ends as one of its kind that nobody let wait."""
    await restarted(rig, CACHED_RUNS=cached)
    yard = await Yard.laid_out(rig, RUNS)
    await together(run.park(rig) for run in yard.runs)

    await rig.kill("worker")
    await together(run.waits(rig) for run in yard.runs)
    await restarted(rig, CACHED_RUNS="1000")
    answers = await yard.resume(yard.runs)

    assert await yard.wrong(answers) == []


async def test_whoever_asks_for_work_sees_all_that_waits(rig: Rig) -> None:
    yard = await Yard.laid_out(rig, 8)
    await together(run.park(rig) for run in yard.runs)
    waiting = {run.play.reference(rig) for run in yard.runs if run.gate.status == "needs_approval"}

    async def all_seen() -> bool:
        return waiting <= await rig.inbox("approvals")

    while not await all_seen():
        pass
    await yard.resume(yard.runs)
