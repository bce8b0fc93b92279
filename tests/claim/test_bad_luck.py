"""Systems that lose answers or refuse: the claim ends as it should, nothing is doubled, nothing is left behind."""

from typing import Any

import pytest

from domain.answers import Answer
from tests.claim.claimant import PHOTO, Claimant, claimant
from tests.claim.covered import Covered, Files
from tests.desk.desk import Desk
from tests.desk.goods import Sold

LOOKED_AT: dict[str, Any] = {
    "kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO],
}  # fmt: skip
BEFORE = ["open_claim", "set_activity", "set_reserve"]
MADE_GOOD = {
    "payment": ["pay_out"],
    "replacement": ["place_replacement", "charge"],
    "repair_voucher": ["issue_voucher"],
}
AFTER = ["record_payment", "set_activity", "set_reserve", "change_claim", "add_note"]
STEPS = {kind: [*BEFORE, *steps, *AFTER] for kind, steps in MADE_GOOD.items()}
EACH_STEP = [(kind, n) for kind, steps in STEPS.items() for n in range(len(steps))]
UNDOABLE = [(kind, n) for kind, n in EACH_STEP if n < len(BEFORE) + len(MADE_GOOD[kind])]
"""Those up to the point of no return; of a payment, billing's refusal of it."""


def cases(steps: list[tuple[str, int]]) -> list[Any]:
    """Steps that all kinds share are played with one kind; with the others in the slow run."""
    return [
        pytest.param(kind, n, id=named((kind, n)), marks=[] if _is_own(kind, n) else [pytest.mark.full])
        for kind, n in steps
    ]


def _is_own(kind: str, n: int) -> bool:
    return kind == "replacement" or STEPS[kind][n] in [*MADE_GOOD[kind], "record_payment"]


def named(of: tuple[str, int]) -> str:
    kind, n = of
    return f"{kind}-{n}-{STEPS[kind][n]}"


@pytest.fixture
async def covered(files: Files, order: Sold) -> Covered:
    return await files.cover_item(order, deductible=1_000)


async def played(desk: Desk, files: Files, caller: Claimant, kind: str, n: int, fault: str, **more: Any) -> Answer:
    """A claim that an adjuster approves; the n-th of its steps meets the fault, after those of its name before it."""
    step = STEPS[kind][n]
    await desk.shop.fault(step, fault, after=STEPS[kind][:n].count(step), **more)
    answer = await caller.claims(4_500, **LOOKED_AT, settle_by=kind)
    answer = await desk.until(answer, lambda now: now.terminal or now.status == "needs_approval")
    if not answer.terminal:
        await desk.person("adjuster").decide(answer)
    return answer


@pytest.mark.parametrize(("kind", "n"), cases(EACH_STEP))
async def test_an_answer_lost_after_the_work_is_found_and_not_repeated(
    desk: Desk, files: Files, covered: Covered, kind: str, n: int
) -> None:
    caller = await claimant(desk, covered)

    answer = await desk.end(await played(desk, files, caller, kind, n, "lost_answer"))

    assert answer.status == "done"
    assert await desk.shop.fired() == 1
    claim = await files.claim(covered)
    assert (claim["state"], claim["reserve"]["minor"]) == ("closed", 0)
    [(made, _, deductible)] = await files.settled(covered)
    assert (made, deductible) == (kind, 1_000)
    count = len(await files.paid_out(covered)) + len(await files.replacements(covered)) + len(await files.vouchers())
    assert count == 1
    assert len(await desk.shop.notes(covered.sold)) == 1
    assert await files.problems() == []


@pytest.mark.parametrize(("kind", "n"), cases(UNDOABLE))
async def test_a_step_that_is_refused_leaves_everything_as_it_was(
    desk: Desk, files: Files, covered: Covered, kind: str, n: int
) -> None:
    before = await files.what_stands()
    caller = await claimant(desk, covered)

    answer = await desk.end(await played(desk, files, caller, kind, n, "refuse", code="not_today"))

    assert answer.status in ("undone", "denied")
    assert "not today" in answer.say
    assert await files.what_stands() == before
    assert await files.charges(covered) == []
    assert await files.problems() == []


@pytest.mark.parametrize("undo", ["set_reserve", "set_activity"])
async def test_an_undo_that_is_refused_is_taken_up_again_though_the_claim_is_withdrawn_by_then(
    desk: Desk, files: Files, covered: Covered, undo: str
) -> None:
    before = await files.what_stands()
    caller = await claimant(desk, covered)
    await desk.shop.fault(undo, "refuse", after=1)

    asked = await played(desk, files, caller, "repair_voucher", len(BEFORE), "refuse", code="not_today")
    stuck = await desk.later(asked, "handed_off")
    assert (await files.claim(covered))["state"] == "withdrawn"
    await desk.person("agent").say(stuck, "retry")

    assert (await desk.end(stuck)).status == "undone"
    assert await files.what_stands() == before


@pytest.mark.parametrize("n", range(3, 9))
async def test_an_undo_whose_attempt_was_seen_by_nobody_is_not_made_again_when_it_cannot_be_looked_up(
    desk: Desk, files: Files, covered: Covered, n: int
) -> None:
    """The n-th look at the claim is refused: before, between or after the attempts."""
    before = await files.what_stands()
    caller = await claimant(desk, covered)
    await desk.shop.fault("set_reserve", "lost_answer", after=1)
    await desk.shop.fault("get_claim", "refuse", after=n)

    asked = await played(desk, files, caller, "repair_voucher", len(BEFORE), "refuse", code="not_today")
    end = await desk.until(asked, lambda now: now.terminal or now.status == "handed_off")
    if not end.terminal:
        await desk.person("agent").say(end, "retry")

    assert (await desk.end(asked)).status == "undone"
    assert await files.what_stands() == before
    sent = [seen["reference"] for seen in await desk.shop.log() if seen["operation"] == "set_reserve"]
    events = (await desk.person("supervisor").history(asked))["events"]
    told = [
        event["body"]["ref"] for event in events if event["type"] == "receipt" and event["body"].get("read_back_at")
    ]
    assert set(sent) <= set(told), "the record says of what was sent that it was seen"


@pytest.mark.parametrize("kind", STEPS)
async def test_what_is_refused_after_the_point_of_no_return_is_finished_by_a_person(
    desk: Desk, files: Files, covered: Covered, kind: str
) -> None:
    caller = await claimant(desk, covered)
    n = STEPS[kind].index("record_payment")

    stuck = await desk.later(await played(desk, files, caller, kind, n, "refuse", code="not_today"), "handed_off")
    assert "withdraw" not in stuck.next
    assert (await files.claim(covered))["state"] == "open"
    await desk.person("agent").say(stuck, "retry")

    assert (await desk.end(stuck)).status == "done"
    assert [kind for kind, _, _ in await files.settled(covered)] == [kind]
    assert await files.problems() == []


@pytest.mark.parametrize("kind", STEPS)
async def test_what_is_answered_as_done_and_is_not_there_is_no_settlement(
    desk: Desk, files: Files, covered: Covered, kind: str
) -> None:
    """The system says that it paid, sent or issued, and did not: read back, found missing, done again."""
    caller = await claimant(desk, covered)

    answer = await desk.end(await played(desk, files, caller, kind, len(BEFORE), "no_op"))

    assert answer.status == "done"
    assert await desk.shop.fired() == 1
    assert [kind for kind, _, _ in await files.settled(covered)] == [kind]
    assert await files.problems() == []


async def test_a_release_that_the_system_says_it_made_and_did_not_is_made_again(
    desk: Desk, files: Files, order: Sold
) -> None:
    """The payment has used up the reserve, so that its amount tells nothing of the release."""
    covered = await files.cover_item(order)
    caller = await claimant(desk, covered)
    release = len(STEPS["payment"]) - 3

    answer = await desk.end(await played(desk, files, caller, "payment", release, "no_op", times=1))

    assert (answer.status, await desk.shop.fired()) == ("done", 1)
    diary = (await files.claim(covered))["diary"]
    assert [entry["amount"]["minor"] for entry in diary if entry["kind"] == "reserve"] == [4_500, 0]


@pytest.mark.parametrize("kind", STEPS)
async def test_a_claim_stays_open_while_somebody_still_works_on_it(
    desk: Desk, files: Files, covered: Covered, kind: str
) -> None:
    caller = await claimant(desk, covered)
    waiting = await caller.claims(4_500, **LOOKED_AT, settle_by=kind)
    claim_id = (await files.claim(covered))["id"]
    await files.plan_work(claim_id, "inspection", done=False)

    await desk.person("adjuster").decide(waiting)
    stuck = await desk.later(waiting, "handed_off")
    assert "Close claim" in stuck.say
    assert (await files.claim(covered))["state"] == "open"
    await files.plan_work(claim_id, "inspection", done=True)
    await desk.person("agent").say(stuck, "retry")

    assert (await desk.end(waiting)).status == "done"
    assert ((await files.claim(covered))["state"], len(await files.settled(covered))) == ("closed", 1)


@pytest.mark.parametrize("kind", STEPS)
async def test_what_is_withdrawn_while_it_waits_leaves_everything_as_it_was(
    desk: Desk, files: Files, covered: Covered, kind: str
) -> None:
    before = await files.what_stands()
    caller = await claimant(desk, covered)
    waiting = await caller.claims(4_500, **LOOKED_AT, settle_by=kind)

    await caller.conversation.say(waiting, "withdraw")

    assert (await desk.end(waiting)).status == "undone"
    assert await files.what_stands() == before


async def test_a_reopening_that_cannot_be_settled_leaves_the_claim_as_it_was(
    desk: Desk, files: Files, covered: Covered
) -> None:
    claim_id = await files.claimed(covered, paid=1_000, taken=1_000)
    before = await files.what_stands()
    caller = await claimant(desk, covered)
    await desk.shop.fault("issue_voucher", "refuse", code="not_today")

    waiting = await caller.confirmed(await caller.reopen(claim_id, 4_000, settle_by="repair_voucher"))
    await desk.person("adjuster").decide(waiting)

    assert (await desk.end(waiting)).status == "undone"
    assert await files.what_stands() == before


@pytest.mark.parametrize("undo", ["set_reserve", "set_activity"])
async def test_an_undo_that_is_refused_is_taken_up_again_though_the_claim_is_closed_again_by_then(
    desk: Desk, files: Files, covered: Covered, undo: str
) -> None:
    claim_id = await files.claimed(covered, paid=1_000, taken=1_000)
    before = await files.what_stands()
    caller = await claimant(desk, covered)
    await desk.shop.fault(undo, "refuse", None)

    waiting = await caller.confirmed(await caller.reopen(claim_id, 4_000, settle_by="payment"))
    stuck = await desk.later(waiting, "handed_off")
    assert "Undo" in stuck.say
    await desk.shop.mend()
    await desk.person("agent").say(stuck, "retry")

    assert (await desk.end(stuck)).status == "undone"
    assert await files.what_stands() == before
