"""What a claim needs to be looked at is asked for, waited for, and not for ever."""

from typing import Any

from tests.claim.claimant import PHOTO, Claimant
from tests.claim.covered import STRAIGHT_THROUGH, Covered, Files
from tests.desk.desk import Desk
from tests.desk.refusals import refusal

LACKING: dict[str, Any] = {"facts": {}, "evidence": []}


async def test_missing_facts_and_proofs_are_asked_for_by_name(caller: Claimant, files: Files) -> None:
    answer = await caller.report(**LACKING)

    assert (answer.status, answer.terminal) == ("needs_input", False)
    assert [missing.field for missing in answer.missing] == ["facts.symptom", "evidence.proof_of_purchase"]
    assert "provide" in answer.next
    assert await files.writes() == []


async def test_a_small_loss_needs_no_proof(caller: Claimant) -> None:
    answer = await caller.report(4_000, evidence=[])

    assert answer.status == "needs_confirmation"


async def test_what_is_brought_completes_the_claim(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    asked = await caller.report(**LACKING)

    half = await caller.provide(asked, facts__symptom="It stays silent.")
    half = await desk.until(half, lambda now: len(now.missing) == 1)
    assert [missing.field for missing in half.missing] == ["evidence.proof_of_purchase"]
    await caller.provide(asked, evidence__proof_of_purchase={"ref": "upload:7", "sha256": "d4" * 32})
    ready = await desk.later(asked, "needs_confirmation")
    answer = await caller.confirmed(ready)

    claim = await files.claim(covered)
    assert answer.status == "done"
    assert await files.writes() == STRAIGHT_THROUGH
    assert [(proof["ref"], proof["sha256"]) for proof in claim["evidence"]] == [("upload:7", "d4" * 32)]


async def test_what_cannot_be_read_is_refused_and_asked_for_still(desk: Desk, caller: Claimant) -> None:
    asked = await caller.report(**LACKING)

    no_hash = await refusal(caller.provide(asked, evidence__proof_of_purchase={"ref": "upload:7", "sha256": "x"}))
    no_proof = await refusal(caller.provide(asked, evidence__proof_of_purchase="I have it here"))

    assert (no_hash.rule, no_proof.rule) == ("provide.unreadable", "provide.unreadable")
    assert (await desk.http.answer(caller.conversation.token, asked.reference)).missing == asked.missing


async def test_what_is_not_brought_in_time_ends_the_request(desk: Desk, files: Files, caller: Claimant) -> None:
    asked = await caller.report(**LACKING)

    await desk.skip(asked, days=3)
    assert (await desk.http.answer(caller.conversation.token, asked.reference)).status == "needs_input"
    await desk.skip(asked, days=5)
    answer = await desk.end(asked)

    reminders = [
        event for event in (await desk.person("agent").history(asked))["events"] if "reminded" in event["body"]
    ]
    assert answer.denied
    assert answer.denied.rule == "claim.information_late"
    assert [event["body"]["reminded"] for event in reminders] == [["facts.symptom", "evidence.proof_of_purchase"]] * 3
    assert await files.writes() == []


async def test_a_kind_of_loss_that_nobody_takes_is_asked_for_again(caller: Claimant) -> None:
    answer = await caller.report(kind="bad_luck")

    assert (answer.status, answer.terminal) == ("needs_input", True)
    assert "theft" in answer.missing[0].options


async def test_an_adjuster_asks_back_and_the_claim_goes_on_waiting(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(kind="accidental_damage", facts={"what_happened": "It fell."}, evidence=[PHOTO])
    adjuster = desk.person("adjuster")

    await adjuster.decide(waiting, "request_info", note="From how high did it fall?")
    await caller.provide(waiting, height="About a metre.")

    assert "About a metre." in str((await adjuster.packet(waiting))["notes"])
    await adjuster.decide(waiting)
    assert (await desk.end(waiting)).status == "done"
