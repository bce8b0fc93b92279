"""The same event has cost more: the same claim goes on, within its window, its limit and its one deductible."""

from datetime import UTC, datetime, timedelta

from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago
from tests.desk.desk import Desk
from tests.desk.goods import Sold


async def reopened(desk: Desk, caller: Claimant, claim_id: str, minor: int = 4_000) -> str:
    """Reopens, confirms, and has an adjuster say yes; the status at the end."""
    waiting = await caller.confirmed(await caller.reopen(claim_id, minor))
    assert waiting.status == "needs_approval", waiting
    await desk.person("adjuster").decide(waiting)
    return str((await desk.end(waiting)).status)


async def test_a_closed_claim_goes_on_as_the_same_claim(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    first = await caller.claims()
    assert first.result

    assert await reopened(desk, caller, first.result["claim_id"]) == "done"

    claim = await files.claim(covered)
    assert (claim["state"], claim["amount"]["minor"], len(claim["payments"])) == ("closed", 14_000, 2)
    assert await files.paid_out(covered) == [(covered.card, 10_000), (covered.card, 4_000)]
    assert await files.problems() == []


async def test_the_deductible_is_taken_once(desk: Desk, files: Files, order: Sold) -> None:
    covered = await files.cover(order, deductible=2_000)
    caller = await claimant(desk, covered)
    first = await caller.claims()
    assert first.result

    assert await reopened(desk, caller, first.result["claim_id"]) == "done"

    assert [amount for _, amount in await files.paid_out(covered)] == [8_000, 4_000]
    assert await files.problems() == []


async def test_after_the_window_it_stays_closed(files: Files, covered: Covered, caller: Claimant) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    claim_id = await files.claimed(covered, paid=10_000, closed_at=long_ago)

    answer = await caller.reopen(claim_id)

    assert answer.denied
    assert answer.denied.rule == "claim.reopen_window"
    assert (await files.claim(covered))["state"] == "closed"


async def test_another_event_is_a_claim_of_its_own(files: Files, covered: Covered, caller: Claimant) -> None:
    claim_id = await files.claimed(covered, paid=10_000)

    answer = await caller.reopen(claim_id, loss_on=f"{days_ago(2)}")

    assert answer.denied
    assert answer.denied.rule == "claim.new_event"
    assert await files.writes() == []


async def test_an_open_claim_is_not_reopened(files: Files, covered: Covered, caller: Claimant) -> None:
    claim_id = await files.claimed(
        covered, state="open", closed_at=None, outcome="", amount={"minor": 5_000, "currency": "EUR"}
    )

    answer = await caller.reopen(claim_id)

    assert answer.denied
    assert answer.denied.rule == "claim.not_closed"


async def test_another_customers_claim_is_not_found(desk: Desk, files: Files, covered: Covered) -> None:
    claim_id = await files.claimed(covered, paid=10_000)
    stranger = Claimant(await desk.caller(await desk.shop.sell(1_000)), covered)

    answer = await stranger.reopen(claim_id)

    assert answer.status == "needs_input"
    assert [missing.field for missing in answer.missing] == ["claim_id"]


async def test_a_reopening_that_is_withdrawn_leaves_the_claim_as_it_was(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    claim_id = await files.claimed(covered, paid=10_000)
    before = await files.claim(covered)
    waiting = await caller.confirmed(await caller.reopen(claim_id))

    await caller.conversation.say(waiting, "withdraw")
    answer = await desk.end(waiting)

    after = await files.claim(covered)
    assert answer.status == "undone"
    kept = ("state", "outcome", "closed_at", "amount", "reserve", "payments")
    assert [after[name] for name in kept] == [before[name] for name in kept]


async def test_a_no_closes_it_again_without_payment(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    claim_id = await files.claimed(covered, paid=10_000)
    waiting = await caller.confirmed(await caller.reopen(claim_id))

    await desk.person("adjuster").decide(waiting, "reject")

    assert (await desk.end(waiting)).status == "denied"
    claim = await files.claim(covered)
    assert (claim["state"], claim["outcome"], claim["reserve"]["minor"]) == ("closed", "declined", 0)
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
