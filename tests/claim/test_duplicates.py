"""One loss is one claim, however often and in whatever words it is reported."""

import asyncio

from tests.claim.claimant import PHOTO, Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago
from tests.desk.desk import Desk

LOSS = {"kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO]}


async def test_a_second_notice_joins_the_open_claim(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    first = await caller.claims(description="The screen cracked when it fell on the floor", **LOSS)
    assert first.status == "needs_approval"
    again = await claimant(desk, covered)

    second = await again.report(description="it fell on the floor and the scren is cracked", **LOSS)

    claim = await files.claim(covered)
    assert second.status == "done"
    assert second.result == {"claim_id": claim["id"], "joined": True}
    assert [entry["kind"] for entry in claim["diary"]].count("notice") == 1
    assert await files.paid_out(covered) == []


async def test_a_notice_of_a_settled_loss_is_denied_with_the_way_to_go_on(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await caller.claims()
    again = await claimant(desk, covered)

    second = await again.report(description="Motor doesn't start anymore")

    assert second.denied
    assert second.denied.rule == "claim.duplicate"
    assert "reopened until" in second.say
    assert await files.paid_out(covered) == [(covered.card, 10_000)]


async def test_another_loss_of_the_same_day_is_a_claim_of_its_own_that_is_looked_at(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await caller.claims()
    again = await claimant(desk, covered)

    second = await again.claims(description="A cable inside the power supply smells burnt")

    assert second.status == "needs_approval"
    assert "same day and kind" in second.say
    assert len(await files.claims(covered)) == 2


async def test_the_same_words_about_another_day_are_another_loss(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await caller.claims()
    again = await claimant(desk, covered)

    second = await again.claims(loss_on=f"{days_ago(9)}", evidence=[dict(PHOTO, kind="proof_of_purchase")])

    assert second.status == "done"
    assert await files.paid_out(covered) == [(covered.card, 10_000)] * 2


async def test_five_notices_at_once_are_paid_once(desk: Desk, files: Files, covered: Covered) -> None:
    callers = [await claimant(desk, covered) for _ in range(5)]
    asked = await asyncio.gather(*(caller.report() for caller in callers))

    said = await asyncio.gather(*(c.confirmed(a) for c, a in zip(callers, asked, strict=True)))
    ended = [await desk.end(answer) for answer in said]

    assert [answer.status for answer in ended].count("done") >= 1
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
    assert [claim["state"] for claim in await files.claims(covered)].count("closed") == 1
    assert not [claim for claim in await files.claims(covered) if claim["state"] == "open"]
    assert await files.problems() == []
