"""Each fault at each step of the refund: once, twice, and until somebody clears it."""

from collections.abc import Callable
from itertools import count

import pytest

from tests.full.ends import End, Records, judge
from tests.full.finishing import finished, unlisted
from tests.full.matrix import STEPS, Cell
from tests.full.rig import Answer, Rig, together, until
from tests.full.tables import settle
from tests.full.world import subject

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
Record = Callable[[str, object], None]
_subjects = count(0)


def cells(times: int | None) -> list[Cell]:
    return [Cell(step, kind, times, subject(next(_subjects))) for step in STEPS for kind in step.kinds()]


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
async def test_a_passing_fault_at_any_step_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, times: int
) -> None:
    matrix = cells(times)
    await rig.clear_faults()
    await together(begin(rig, cell) for cell in matrix)
    answers = await together((finished(rig, rig.reference(cell.who), helped=True) for cell in matrix), at_once=60)
    ends = await judged(rig, matrix, answers)
    settle(record_property, f"faults, {times}x", ends)


async def test_a_lasting_fault_parks_the_run_with_an_owner_and_it_ends_right_once_it_is_cleared(
    rig: Rig, record_property: Record
) -> None:
    matrix = cells(None)
    await rig.clear_faults()
    await together(begin(rig, cell) for cell in matrix)
    owned = await together((ended_or_owned(rig, cell) for cell in matrix), at_once=60)
    parked = {rig.reference(cell.who) for cell, how in zip(matrix, owned, strict=True) if how == "owned"}
    forgotten = await unlisted(rig, parked)
    await rig.clear_faults()
    await rig.fault(*(fault for cell in matrix for fault in cell.standing(rig.reference(cell.who))))
    helped = [n % 2 == 0 for n, _ in enumerate(matrix)]
    answers = await together(
        (finished(rig, rig.reference(cell.who), helped=h) for cell, h in zip(matrix, helped, strict=True)), at_once=60
    )
    ends = await judged(rig, matrix, answers)
    for end, how in zip(ends, owned, strict=True):
        end.unowned += [] if how in ("ended", "owned") else [how]
        end.unowned += ["it is not in the repair queue"] if end.reference in forgotten else []
    assert len(parked) > len(matrix) / 2, "Faults that last should have stopped most runs; did they hit?"
    settle(record_property, "faults until cleared", ends)


async def begin(rig: Rig, cell: Cell) -> Answer:
    await rig.verify(cell.who)
    await rig.fault(*cell.faults(rig.reference(cell.who)))
    return await rig.refund(cell.who)


async def ended_or_owned(rig: Rig, cell: Cell) -> str:
    """`ended`; `owned` when it waits for repair with a reason; else what is wrong."""
    reference = rig.reference(cell.who)

    async def look() -> str | None:
        now = await rig.answer(reference)
        if now["terminal"]:
            return "ended"
        packet = await rig.packet(reference)
        if packet["repair"] is None or not packet["reason"]["text"]:
            return None
        return "owned"

    try:
        return await until(look, f"{reference} to end or to be owned", patience_s=60)
    except TimeoutError:
        return f"neither ended nor parked with a reason: {(await rig.answer(reference))['say']}"


async def judged(rig: Rig, matrix: list[Cell], answers: list[Answer]) -> list[End]:
    records = await Records.read(rig)
    assert not records.problems_of_books()
    histories = await together(rig.history(rig.reference(cell.who)) for cell in matrix)
    return [
        judge(End(str(cell), rig.reference(cell.who)), cell.who, answer, history, records, cell.right())
        for cell, answer, history in zip(matrix, answers, histories, strict=True)
    ]
