"""kill -9 of the worker, of Temporal and of the gateway at each boundary of the refund's steps.

A boundary is held open by a slow system: before a write is applied (the write itself is slow) and after (its read-back
is slow). What is killed is started again; the run must end as if nothing had happened.
"""

import asyncio
from collections.abc import Callable
from itertools import count

import httpx
import pytest

from tests.full.ends import End, Expected, Records, judge
from tests.full.finishing import finished
from tests.full.matrix import STEPS, Cell, Step, refunded
from tests.full.rig import Answer, Rig, together, until
from tests.full.tables import settle
from tests.full.world import DEAR, Subject, subject

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
Record = Callable[[str, object], None]
_subjects = count(1_000)
HELD_MS = 12_000
AT_ONCE = 6
"""So many runs are held at their boundaries when the kill comes."""
KILLED = ["worker", "temporal"]


def batches(steps: tuple[Step, ...]) -> list[list[Cell]]:
    cells = [Cell(step, "slow", None, subject(next(_subjects))) for step in steps]
    return [cells[n : n + AT_ONCE] for n in range(0, len(cells), AT_ONCE)]


@pytest.mark.parametrize("part", KILLED)
async def test_a_kill_at_any_step_boundary_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, part: str
) -> None:
    ends: list[End] = []
    for batch in batches(STEPS):
        await rig.clear_faults()
        await together(held(rig, cell) for cell in batch)
        await rig.kill(part, meanwhile=rig.clear_faults)
        ends += await judged(rig, [(f"kill {part}, {cell.step.name}", cell.who, cell.right()) for cell in batch])
    settle(record_property, f"kill -9 {part} at steps", ends)


@pytest.mark.parametrize("part", KILLED)
async def test_a_kill_while_a_step_is_tried_again_or_parked_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, part: str
) -> None:
    retried = ["open_case", "set_mark", "refund", "add_note", "update_case (resolve)", "clear_mark (undo)"]
    steps = [step for step in STEPS if step.name in retried]
    ends: list[End] = []
    for parked in (False, True):
        cells = [Cell(step, "error_before", None, subject(next(_subjects))) for step in steps]
        await rig.clear_faults()
        await together(begin(rig, cell) for cell in cells)
        await together(until(lambda cell=cell: hit(rig, cell), f"{cell}") for cell in cells)  # type: ignore[misc]
        if parked:
            await together(in_repair(rig, rig.reference(cell.who)) for cell in cells)
        await rig.kill(part, meanwhile=rig.clear_faults)
        what = "parked for repair" if parked else "tried again"
        ends += await judged(rig, [(f"kill {part}, {c.step.name} {what}", c.who, c.right()) for c in cells])
    settle(record_property, f"kill -9 {part}, retrying", ends)


@pytest.mark.parametrize("part", KILLED)
async def test_a_kill_while_people_are_waited_for_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, part: str
) -> None:
    """At a confirmation, at a gate, and just after the gate was decided."""
    await rig.clear_faults()
    asked, gated, decided = (subject(next(_subjects)) for _ in range(3))
    for who in (asked, gated, decided):
        await rig.verify(who)
    digest = await rig.asked(asked)
    for who in (gated, decided):
        await rig.confirmed(who)
    await rig.approve(rig.reference(decided))
    await rig.kill(part)
    await rig.confirm(asked, digest)
    await together(approved(rig, rig.reference(who)) for who in (asked, gated))
    cases = {"confirmation": asked, "gate": gated, "gate decided": decided}
    ends = await judged(rig, [(f"kill {part}, {at}", who, dear(who)) for at, who in cases.items()])
    settle(record_property, f"kill -9 {part} at gates", ends)


async def test_a_decision_given_while_the_worker_is_dead_counts_once_it_is_back(
    rig: Rig, record_property: Record
) -> None:
    await rig.clear_faults()
    who = subject(next(_subjects))
    await rig.verify(who)
    await rig.confirmed(who)
    reference = rig.reference(who)
    yes = await rig.yes(reference)

    async def decide() -> None:
        reply = await rig.work(f"/{reference}/decide", yes)
        assert reply.status_code == 200, reply.text

    await rig.kill("worker", meanwhile=decide)
    settle(record_property, "decided, worker dead", await judged(rig, [("decided, worker dead", who, dear(who))]))


async def test_an_operators_cancellation_takes_all_back_before_money_moves_and_nothing_after(
    rig: Rig, record_property: Record
) -> None:
    before = ("open_case", "get_case (read back)", "set_mark")
    after = ("refund", "get_refund (read back)", "refund (second tender)", "add_note", "update_case (resolve)")
    cells = [Cell(step, "slow", None, subject(next(_subjects))) for step in STEPS if step.name in (*before, *after)]
    await rig.clear_faults()
    await together(held(rig, cell) for cell in cells)
    await together(rig.cancel(rig.reference(cell.who)) for cell in cells)
    await rig.clear_faults()
    rights = [Expected("undone") if cell.step.name in before else refunded(cell.who) for cell in cells]
    named = zip(cells, rights, strict=True)
    ends = await judged(rig, [(f"cancelled, {cell.step.name}", cell.who, right) for cell, right in named])
    settle(record_property, "cancelled by an operator", ends)


async def test_a_gateway_killed_under_a_waiting_caller_loses_nothing_and_the_same_call_finds_its_run(
    rig: Rig, record_property: Record
) -> None:
    steps = tuple(step for step in STEPS if step.name in ("open_case", "refund", "add_note"))
    cells = [Cell(step, "slow", None, subject(next(_subjects))) for step in steps]
    await rig.clear_faults()
    for cell in cells:
        await rig.verify(cell.who)
        await rig.fault(*slow(rig, cell))
    waiting = [asyncio.ensure_future(rig.one_call(cell.who, wait_s=4)) for cell in cells]
    await together(until(lambda cell=cell: hit(rig, cell), f"{cell}") for cell in cells)  # type: ignore[misc]
    await rig.kill("gateway", meanwhile=rig.clear_faults)
    broken = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(reply, httpx.TransportError) for reply in broken), broken

    again = await together(rig.refund(cell.who) for cell in cells)
    assert [answer["reference"] for answer in again] == [rig.reference(cell.who) for cell in cells]
    ends = await judged(rig, [(f"kill gateway, {cell.step.name}", cell.who, cell.right()) for cell in cells])
    settle(record_property, "kill -9 gateway", ends)


def slow(rig: Rig, cell: Cell) -> list[dict[str, object]]:
    return [fault | {"delay_ms": HELD_MS} for fault in cell.faults(rig.reference(cell.who))]


async def begin(rig: Rig, cell: Cell) -> Answer:
    await rig.verify(cell.who)
    await rig.fault(*cell.faults(rig.reference(cell.who)))
    return await rig.refund(cell.who)


async def held(rig: Rig, cell: Cell) -> None:
    """The run stands at the cell's step, which does not come to its end."""
    await rig.verify(cell.who)
    await rig.fault(*slow(rig, cell))
    await rig.refund(cell.who)
    await until(lambda: hit(rig, cell), f"{cell} to be under way")


async def hit(rig: Rig, cell: Cell) -> bool | None:
    """The first fault of the cell has hit."""
    mine = cell.faults(rig.reference(cell.who))[0]
    same = [f for f in await rig.fired() if all(f[name] == value for name, value in mine.items())]
    return bool(same and same[0]["fired"]) or None


async def in_repair(rig: Rig, reference: str) -> None:
    async def look() -> bool | None:
        return "retry" in (await rig.answer(reference))["next"] or None

    await until(look, f"{reference} to be parked for repair")


async def approved(rig: Rig, reference: str) -> None:
    reply = await rig.approve(reference)
    assert reply.status_code == 200, reply.text


def dear(who: Subject) -> Expected:
    """The second line went back to both tenders."""
    return Expected("done", {f"card-{who.tag}": 1_500, f"gift-{who.tag}": DEAR - 1_500})


async def judged(rig: Rig, cases: list[tuple[str, Subject, Expected]]) -> list[End]:
    answers = await together(finished(rig, rig.reference(who), helped=True) for _, who, _ in cases)
    records = await Records.read(rig)
    assert not records.problems_of_books()
    histories = await together(rig.history(rig.reference(who)) for _, who, _ in cases)
    return [
        judge(End(name, rig.reference(who)), who, answer, history, records, right)
        for (name, who, right), answer, history in zip(cases, answers, histories, strict=True)
    ]
