"""Each fault at each call that each process makes: the systems end as after a run without trouble, or as they were."""

from collections.abc import Callable

import pytest

from tests.full.cells import Judge, Trouble
from tests.full.exports import Export
from tests.full.rig import Rig, together
from tests.full.scenarios import SCENARIOS, Scenario
from tests.full.tables import settle
from tests.full.trail import Stage, Trail, trail

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(900)]
Record = Callable[[str, object], None]
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)


def cells(stage: Stage, known: Trail, times: int | None) -> list[Trouble]:
    ways = [known.way, known.back] if known.back else [known.way]
    return [
        Trouble(way, call, kind, times, next(stage.plays))
        for way in ways
        for turn, call in enumerate(way.calls)
        for kind in call.kinds(turn)
    ]


@each_scenario
async def test_a_passing_fault_at_any_call_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, scenario: Scenario
) -> None:
    await play(rig, record_property, scenario, times=1)


async def play(rig: Rig, record_property: Record, scenario: Scenario, times: int) -> None:
    known = await trail(rig, scenario)
    stage = await Stage.set(rig, scenario)
    matrix = cells(stage, known, times)
    before = await Export.read(rig)
    await together(cell.begin(rig) for cell in matrix)
    answers = await together((cell.play.finish(rig) for cell in matrix), at_once=60)
    fired = await rig.fired()
    await rig.clear_faults()
    judge = await Judge.open(stage, known, before, fired)
    histories = await together(rig.history(cell.play.reference(rig)) for cell in matrix)
    records = await together(rig.record(cell.play.reference(rig)) for cell in matrix)
    ends = [judge.judge(*case) for case in zip(matrix, answers, histories, records, strict=True)]
    missed = [fault for fault in fired if not fault["fired"]]
    assert len(missed) < len(fired) / 10, f"{len(missed)} of {len(fired)} faults hit nothing, such as {missed[:3]}."
    settle(record_property, f"{scenario}: faults, {times}x", ends)
