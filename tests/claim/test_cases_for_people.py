"""A claim that needs people has its case in the right queue: opened once, told of each turn, resolved at the end."""

import pytest

from domain.answers import Answer
from tests.casework.people import case, cases, closed, explained, said
from tests.claim.claimant import PHOTO, Claimant
from tests.claim.covered import Covered, Files, days_ago
from tests.desk.desk import DOORS, Desk

DROPPED = {"kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO]}


async def at_the_gate(desk: Desk, waiting: Answer, covered: Covered) -> None:
    """The case is opened after the caller has heard that a person is asked."""
    while not await cases(desk, covered.sold):
        await desk.http.answer(desk.person("adjuster").token, waiting.reference, wait_s=0.1, after=waiting.revision)


async def test_what_is_paid_straight_away_needs_no_case(desk: Desk, covered: Covered, caller: Claimant) -> None:
    done = await closed(desk, await caller.claims())

    assert (done.status, await cases(desk, covered.sold)) == ("done", [])


@pytest.mark.parametrize("door", DOORS)
async def test_what_goes_to_an_adjuster_has_a_case_that_is_told_of_his_yes_and_resolved_when_it_is_paid(
    desk: Desk, covered: Covered, caller: Claimant, door: str
) -> None:
    caller.conversation.door = desk.door(door)
    waiting = await caller.claims(**DROPPED)
    await at_the_gate(desk, waiting, covered)
    opened = await case(desk, covered.sold)
    [claim] = await Files(desk.shop).claims(covered)

    assert (opened["state"], opened["queue"], opened["priority"]) == ("open", "claims", "normal")
    assert opened["order_id"] == covered.sold.id
    assert opened["records"] == [f"claim:{claim['id']}", f"coverage:{covered.id}"]
    packet = await desk.person("adjuster").packet(waiting)
    assert packet["links"]["case"] == opened["id"]

    await desk.person("adjuster").decide(waiting)
    done = await closed(desk, waiting)

    resolved = await case(desk, covered.sold)
    assert (done.status, resolved["state"], resolved["id"]) == ("done", "resolved", opened["id"])
    assert "Approved by human Adjuster-1." in said(resolved)
    assert done.say in said(resolved)
    assert {"open_case", "comment_case", "resolve_case"} <= await explained(desk, waiting)


async def test_an_investigation_has_its_own_queue_and_a_person_s_no_leaves_the_case_to_people(
    desk: Desk, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(loss_on=f"{days_ago(120)}")
    await at_the_gate(desk, waiting, covered)
    opened = await case(desk, covered.sold)
    assert (opened["queue"], opened["priority"]) == ("special_investigation", "high")

    await desk.person("special_investigator").decide(waiting, outcome="reject", reason="Known to be staged")
    assert (await closed(desk, waiting)).status == "denied"

    left = await case(desk, covered.sold)
    assert (left["id"], left["state"], left["queue"]) == (opened["id"], "open", "claims")
    assert "Declined by human " in said(left), said(left)
    assert "(gate.rejected)" in said(left)
    assert "To do: Look through the denial" in said(left)


async def test_what_waits_for_the_caller_has_a_case_and_the_answer_is_told_before_it_is_opened(
    desk: Desk, covered: Covered, caller: Claimant
) -> None:
    await desk.shop.fault("open_case", "slow", delay_ms=1_500)
    asked = await caller.report(**DROPPED | {"facts": {}})
    assert (asked.status, await cases(desk, covered.sold)) == ("needs_input", [])

    await caller.provide(asked, **{"facts__what_happened": "It fell."})
    ready = await desk.later(asked, "needs_confirmation")
    waiting = await caller.conversation.say(ready, "confirm", digest=ready.digest)
    gate = await desk.later(waiting, "needs_approval")
    await desk.person("adjuster").decide(gate)
    await closed(desk, gate)

    told = await case(desk, covered.sold)
    assert told["state"] == "resolved"
    assert "The caller was asked: " in said(told)
    assert any(record.startswith("claim:") for record in told["records"])


async def test_a_denial_is_told_before_its_case_is_opened_and_a_second_one_joins_it(
    desk: Desk, covered: Covered, caller: Claimant
) -> None:
    long_ago = f"{days_ago(5_000)}"
    await desk.shop.fault("open_case", "slow", delay_ms=1_500)
    first = await caller.report(loss_on=long_ago)
    assert (first.status, first.terminal, await cases(desk, covered.sold)) == ("denied", True, [])
    assert (await closed(desk, first)).say == first.say

    again = await caller.report(20_000, loss_on=long_ago)
    await closed(desk, again)

    left = await case(desk, covered.sold)
    assert (left["state"], left["queue"]) == ("open", "claims")
    assert "(claim.period)" in said(left)
    assert again.reference in said(left)


@pytest.mark.parametrize("step", ["open_case", "comment_case", "update_case"])
async def test_an_answer_lost_after_the_work_is_found_and_not_repeated(
    desk: Desk, covered: Covered, caller: Claimant, step: str
) -> None:
    await desk.shop.fault(step, "lost_answer")
    waiting = await caller.claims(**DROPPED)
    await desk.person("adjuster").decide(waiting)
    await closed(desk, waiting)

    assert await desk.shop.fired() == 1
    resolved = await case(desk, covered.sold)
    references = [comment["reference"] for comment in resolved["comments"]]
    assert (resolved["state"], len(references)) == ("resolved", len(set(references)))


@pytest.mark.full
async def test_a_case_system_that_is_down_holds_up_neither_the_gate_nor_the_payment(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await desk.shop.fault("open_case", "error_before", times=None)
    waiting = await caller.claims(**DROPPED)
    assert waiting.status == "needs_approval"
    await desk.person("adjuster").decide(waiting)

    late = await desk.until(waiting, lambda now: "Open a case for claims" in now.say)
    assert (late.status, await files.paid_out(covered)) == ("reconciling", [(covered.card, 10_000)])
    await desk.shop.mend()
    await desk.person("agent").say(late, "retry")

    assert (await closed(desk, waiting)).status == "done"
    assert (await case(desk, covered.sold))["state"] == "resolved"


@pytest.mark.parametrize("step", ["open_case", "update_case"])
async def test_a_case_system_that_refuses_at_the_end_is_a_matter_for_repair_and_the_answer_stands(
    desk: Desk, covered: Covered, caller: Claimant, step: str
) -> None:
    """Opened for a denial, after the caller heard it; resolved after an approval."""
    await desk.shop.fault(step, "refuse", code="not_today")
    if step == "open_case":
        told = await caller.report(loss_on=f"{days_ago(5_000)}")
        assert (told.status, told.terminal) == ("denied", True)
    else:
        told = await caller.claims(**DROPPED)
        await desk.person("adjuster").decide(told)
        told = await desk.later(told, "handed_off")

    person = desk.person("agent", name="ana")
    while not await person.inbox(queue="repairs"):
        await desk.http.answer(person.token, told.reference, wait_s=0.1, after=told.revision)
    await person.say(told, "retry")

    done = await closed(desk, told)
    assert done.status == ("denied" if step == "open_case" else "done")
    assert (await case(desk, covered.sold))["state"] == ("open" if step == "open_case" else "resolved")


async def test_what_its_caller_takes_back_takes_its_case_back(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    before = await files.what_stands()
    waiting = await caller.claims(**DROPPED)
    await at_the_gate(desk, waiting, covered)

    await caller.conversation.say(waiting, "withdraw")

    assert (await closed(desk, waiting)).status == "undone"
    assert await files.what_stands() == before


async def test_a_reopened_claim_goes_on_with_the_case_that_it_had(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DROPPED)
    await at_the_gate(desk, waiting, covered)
    await desk.person("adjuster").decide(waiting)
    await closed(desk, waiting)
    first = await case(desk, covered.sold)

    again = await caller.confirmed(await caller.reopen((await files.claim(covered))["id"]))
    while (await case(desk, covered.sold))["state"] != "open":
        await desk.http.answer(desk.person("adjuster").token, again.reference, wait_s=0.1, after=again.revision)
    await desk.person("adjuster").decide(again)
    await closed(desk, again)

    resolved = await case(desk, covered.sold)
    assert (resolved["id"], resolved["state"]) == (first["id"], "resolved")
    assert again.reference in said(resolved)
