"""Who looks at a claim, with which authority, and what becomes of it when they say no."""

import pytest

from domain.answers import Answer
from tests.claim.claimant import PHOTO, PROOF, Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago
from tests.desk.desk import Desk
from tests.desk.refusals import refusal

DAMAGE = {"kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO]}


async def large(desk: Desk, caller: Claimant, minor: int) -> Answer:
    """Above 500.00 EUR a person vouches for the caller; then he says yes."""
    asked = await caller.report(minor)
    if asked.status == "needs_verification":
        await desk.person("agent", name="ana").say(asked, "verify", level=2)
        await desk.later(asked, "needs_confirmation")
        asked = await caller.again()
    return await caller.confirmed(asked)


async def test_a_claim_waits_with_its_reserve_set_and_nothing_paid(
    files: Files, covered: Covered, caller: Claimant
) -> None:
    answer = await caller.claims(**DAMAGE)

    claim = await files.claim(covered)
    assert answer.status == "needs_approval"
    assert (claim["state"], claim["reserve"]["minor"]) == ("open", 10_000)
    assert [(a["name"], a["done"]) for a in claim["activities"]] == [("adjuster", False)]
    assert await files.paid_out(covered) == []


async def test_an_adjuster_says_yes_and_it_is_paid_and_closed(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)

    await desk.person("adjuster").decide(waiting)
    answer = await desk.end(waiting)

    claim = await files.claim(covered)
    assert answer.status == "done"
    assert (claim["state"], claim["activities"][0]["done"], claim["reserve"]["minor"]) == ("closed", True, 0)
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
    assert await files.problems() == []


async def test_a_no_closes_the_claim_without_payment_and_frees_the_limit(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)

    await desk.person("adjuster").decide(waiting, "reject", reason="worn out")
    answer = await desk.end(waiting)

    claim = await files.claim(covered)
    assert (answer.status, answer.denied and answer.denied.rule) == ("denied", "gate.rejected")
    assert "worn out" in answer.say
    assert (claim["state"], claim["outcome"], claim["reserve"]["minor"]) == ("closed", "declined", 0)
    assert await files.paid_out(covered) == []
    again = await claimant(desk, covered)
    assert (await large(desk, again, 190_000)).status == "needs_approval"


@pytest.mark.parametrize(
    ("minor", "too_low", "enough"),
    [
        (40_000, "agent", "adjuster"),
        (90_000, "adjuster", "senior_adjuster"),
        (250_000, "senior_adjuster", "claims_manager"),
    ],
)
async def test_above_an_adjusters_authority_it_is_referred_upwards(
    desk: Desk, files: Files, covered: Covered, minor: int, too_low: str, enough: str
) -> None:
    rich = await files.cover(covered.sold, limit=400_000)
    waiting = await large(desk, await claimant(desk, rich), minor)
    assert waiting.status == "needs_approval"

    refused = await refusal(desk.person(too_low, name="low").decide(waiting))
    await desk.person(enough, name="high").decide(waiting)

    assert refused.rule == "gate.role"
    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(rich) == [(covered.card, minor)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"loss_on": f"{days_ago(198)}"}, "beginning"),
        ({"loss_on": f"{days_ago(120)}"}, "more than 90 days"),
        ({"evidence": [PROOF, dict(PHOTO, sha256="c3" * 32)]}, "A proof was used"),
    ],
)
async def test_what_looks_odd_is_investigated_before_an_adjuster_decides(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, changes: dict[str, object], why: str
) -> None:
    used = {"kind": "proof_of_purchase", "ref": "upload:9", "sha256": "c3" * 32}
    await files.claimed(covered, paid=1_000, evidence=[used], loss_on=f"{days_ago(60)}")

    waiting = await caller.claims(**changes)
    assert why in waiting.say
    assert (await refusal(desk.person("adjuster").decide(waiting))).rule == "gate.role"
    await desk.person("special_investigator").decide(waiting)
    cleared = await desk.until(waiting, lambda now: "Paying" in now.say)
    assert await files.paid_out(covered) == [(covered.card, 1_000)]
    await desk.person("adjuster").decide(cleared)

    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 1_000), (covered.card, 10_000)]


async def test_when_nobody_decides_in_time_the_claim_is_closed_in_order(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)

    await desk.skip(waiting, days=8)
    answer = await desk.end(waiting)

    assert answer.denied
    assert answer.denied.rule == "gate.expired"
    assert (await files.claim(covered))["state"] == "closed"


async def test_what_is_withdrawn_while_it_waits_is_taken_back(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)

    await caller.conversation.say(waiting, "withdraw")
    answer = await desk.end(waiting)

    claim = await files.claim(covered)
    assert answer.status == "undone"
    assert (claim["state"], claim["reserve"]["minor"]) == ("withdrawn", 0)
    assert await files.problems() == []


async def test_a_payout_that_billing_refuses_takes_everything_back(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await desk.shop.fault("pay_out", "refuse", code="payee_blocked")

    answer = await desk.end(await caller.claims())

    claim = await files.claim(covered)
    assert answer.status == "undone"
    assert "payee blocked" in answer.say
    assert (claim["state"], claim["reserve"]["minor"]) == ("withdrawn", 0)
    assert await files.paid_out(covered) == []


@pytest.mark.parametrize("operation", ["open_claim", "set_reserve", "pay_out", "record_payment", "change_claim"])
async def test_an_answer_that_is_lost_after_the_effect_is_found_again(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, operation: str
) -> None:
    await desk.shop.fault(operation, "lost_answer")

    answer = await desk.end(await caller.claims())

    assert answer.status == "done"
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
    assert (await files.claim(covered))["state"] == "closed"
    assert await files.problems() == []


async def test_work_that_somebody_else_left_open_keeps_the_claim_open_until_it_is_done(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)
    claim_id = (await files.claim(covered))["id"]
    await files.plan_work(claim_id, "inspection", done=False)

    await desk.person("adjuster").decide(waiting)
    stuck = await desk.later(waiting, "handed_off")
    assert "Close claim" in stuck.say
    assert (await files.claim(covered))["state"] == "open"
    await files.plan_work(claim_id, "inspection", done=True)
    await desk.person("agent").say(stuck, "retry")

    assert (await desk.end(waiting)).status == "done"
    assert (await files.claim(covered))["state"] == "closed"
    assert await files.paid_out(covered) == [(covered.card, 10_000)]


async def test_a_payment_that_fails_at_settlement_is_sent_anew_when_a_person_says_so(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await desk.shop.settings(settle_after_s=3_600)
    sent = await caller.claims()
    await desk.until(sent, lambda now: "being settled" in now.say)
    await files.fail_payouts()
    await desk.skip(sent, hours=2)
    failed = await desk.later(sent, "handed_off")
    await desk.shop.settings(settle_after_s=0)

    await desk.person("agent").say(failed, "retry")

    assert (await desk.end(sent)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
    assert await files.problems() == []
