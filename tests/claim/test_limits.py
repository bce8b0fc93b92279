"""Settlement money over time: what all of a customer's claims may take together, whatever their coverages leave."""

import asyncio

from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files
from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.policies.used import spend, used

SAME_DAY = "The lid broke off its hinge"


def month(covered: Covered) -> str:
    return f"claim:customer_month:customer:{covered.sold.customer}"


async def test_a_customer_has_one_sum_over_all_his_coverages(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    await spend(desk, month(covered), 990_001)

    denied = await caller.claims(10_000)

    assert (denied.status, rule(denied)) == ("denied", "claim.customer_month")
    assert "99.99 EUR is left" in denied.say
    assert await files.writes() == []


async def test_of_two_claims_at_once_that_only_together_exceed_it_one_is_opened(
    desk: Desk, files: Files, covered: Covered
) -> None:
    await spend(desk, month(covered), 985_000)
    other = await files.cover(covered.sold)
    callers = [await claimant(desk, covered), await claimant(desk, other)]
    asked = [await one.report(10_000, coverage_id=one.covered.id) for one in callers]

    answers = await asyncio.gather(*(one.confirmed(said) for one, said in zip(callers, asked, strict=True)))
    ends = [await desk.end(answer) for answer in answers]

    assert sorted(str(end.status) for end in ends) == ["denied", "done"]
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
    assert await used(desk, month(covered)) == (2, 995_000)


async def test_a_claim_that_is_declined_gives_back_what_it_had_reserved(
    desk: Desk, covered: Covered, caller: Claimant
) -> None:
    opened = await caller.claims(30_000)
    held = await used(desk, month(covered))

    await desk.person("adjuster").decide(opened, "reject", reason="Worn out")
    end = await desk.end(opened)

    assert opened.status == "needs_approval"
    assert held == (1, 30_000)
    assert end.status == "denied"
    assert await used(desk, month(covered)) == (0, 0)


async def test_what_was_paid_counts_and_the_same_notice_again_does_not(
    desk: Desk, covered: Covered, caller: Claimant
) -> None:
    first = await caller.claims(10_000)
    again = await caller.again()

    assert (await desk.end(first)).status == "done"
    assert again.reference == first.reference
    assert await used(desk, month(covered)) == (1, 10_000)
