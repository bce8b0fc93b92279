"""A claim that nobody has to look at: reserved, paid, read back and closed within one call."""

import pytest

from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import STRAIGHT_THROUGH, Covered, Files, days_ago
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold


@pytest.mark.parametrize("door", DOORS)
async def test_a_small_defect_is_reserved_paid_and_closed(
    desk: Desk, files: Files, covered: Covered, door: str
) -> None:
    caller = await claimant(desk, covered, door=door)

    asked = await caller.report()
    assert await files.writes() == []
    answer = await caller.confirmed(asked)

    assert (answer.status, answer.terminal) == ("done", True)
    assert "100.00 EUR" in answer.say
    assert await files.writes() == STRAIGHT_THROUGH
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
    claim = await files.claim(covered)
    assert (claim["state"], claim["outcome"], claim["reserve"]["minor"]) == ("closed", "paid", 0)
    assert await files.problems() == []


async def test_what_is_confirmed_names_loss_deductible_and_payee(desk: Desk, files: Files, order: Sold) -> None:
    covered = await files.cover(order, deductible=2_000)
    caller = await claimant(desk, covered)

    asked = await caller.report()

    assert asked.effect
    assert asked.effect.amount
    assert (asked.effect.amount.minor, asked.effect.moves[0].target) == (8_000, covered.card)
    assert "100.00 EUR" in asked.say
    assert "20.00 EUR" in asked.say
    answer = await caller.confirmed(asked)
    [payment] = (await files.claim(covered))["payments"]
    assert (payment["amount"]["minor"], payment["deductible"]["minor"]) == (8_000, 2_000)
    assert answer.result
    assert answer.result["payout"]["id"] == payment["payout_id"]
    assert await files.problems() == []


async def test_the_same_call_again_is_the_same_claim(caller: Claimant, files: Files, covered: Covered) -> None:
    answer = await caller.claims()

    assert await caller.again() == answer
    assert len(await files.claims(covered)) == 1


async def test_nothing_is_told_or_done_before_the_caller_is_verified(
    desk: Desk, files: Files, covered: Covered
) -> None:
    caller = Claimant(desk.agent(order=covered.sold), covered)

    answer = await caller.report()

    assert answer.status == "needs_verification"
    assert covered.id not in answer.say
    assert await files.writes() == []


async def test_another_customers_coverage_is_not_found(desk: Desk, files: Files, covered: Covered) -> None:
    other = await desk.shop.sell(1_000)
    caller = Claimant(await desk.caller(other), covered)

    answer = await caller.report()

    assert answer.status == "needs_input"
    assert [missing.field for missing in answer.missing] == ["coverage_id"]
    assert await files.writes() == []


async def test_of_two_coverages_that_would_fit_none_is_guessed(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    second = await files.cover(covered.sold, kind="protection_plan")

    answer = await caller.report(coverage_id="")

    assert answer.status == "needs_input"
    assert sorted(answer.missing[0].options) == sorted([covered.id, second.id])


async def test_a_claim_can_be_looked_up(caller: Claimant, files: Files, covered: Covered) -> None:
    answer = await caller.claims()
    assert answer.result

    seen = await caller.conversation.call("get_claim", {"claim_id": answer.result["claim_id"]})

    assert seen.status == "done"
    assert seen.result
    assert (seen.result["claim"]["state"], seen.result["claim"]["paid"]["minor"]) == ("closed", 10_000)
    unknown = await caller.conversation.call("get_claim", {"claim_id": "claim-none"})
    assert unknown.status == "needs_input"


async def test_the_customers_record_tells_of_the_claim(desk: Desk, caller: Claimant, covered: Covered) -> None:
    answer = await caller.claims()

    [note] = await desk.shop.notes(covered.sold)
    assert answer.result
    assert answer.result["claim_id"] in note
    assert answer.reference in note


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"loss_on": f"{days_ago(300)}"}, "claim.period"),
        ({"kind": "water_damage"}, "claim.kind"),
        ({"amount": {"minor": 900_000, "currency": "EUR"}}, ""),
    ],
)
async def test_what_is_not_covered_is_denied_and_changes_nothing(
    caller: Claimant, files: Files, changes: dict[str, object], rule: str
) -> None:
    answer = await caller.report(**changes)

    assert (answer.denied.rule if answer.denied else "") == rule
    assert await files.writes() == []


async def test_a_payment_that_settles_later_is_watched_until_it_is(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await desk.shop.settings(settle_after_s=1)

    answer = await desk.end(await caller.claims())

    assert answer.status == "done"
    assert answer.result
    assert answer.result["payout"]["state"] == "settled"
    assert (await files.claim(covered))["state"] == "closed"
