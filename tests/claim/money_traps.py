"""Traps about money and time: reserve, period, limit, deductible, duplicates, closing and reopening."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.claim.claimant import PROOF
from tests.claim.covered import days_ago
from tests.claim.scene import Scene, Trap

RECENT, BEFORE = f"{days_ago(5)}", f"{days_ago(300)}"


async def pays_first(scene: Scene) -> None:
    await scene.naive.close(await scene.naive.report(10_000, RECENT))


async def one_claim(scene: Scene) -> None:
    await scene.claimant.claims()


async def pays_outside_the_period(scene: Scene) -> None:
    await scene.naive.close(await scene.naive.report(10_000, BEFORE))


async def reports_outside_the_period(scene: Scene) -> None:
    assert (await scene.claimant.report(loss_on=BEFORE)).status == "denied"


async def pays_each_claim_by_itself(scene: Scene) -> None:
    for day in (3, 4, 5):
        await scene.naive.close(await scene.naive.report(10_000, f"{days_ago(day)}"))


async def claims_thrice(scene: Scene) -> None:
    for day in (3, 4, 5):
        caller = await scene.again()
        answer = await caller.report(loss_on=f"{days_ago(day)}")
        if answer.status == "needs_confirmation":
            await caller.confirmed(answer)


async def deducts_at_each_payment(scene: Scene) -> None:
    claim_id = await scene.naive.report(10_000, RECENT, deductible=2_000)
    await scene.naive.reopen(claim_id, 4_000, deductible=2_000)
    await scene.naive.close(claim_id)


async def claims_and_reopens(scene: Scene) -> None:
    first = await scene.claimant.claims()
    assert first.result
    waiting = await scene.claimant.confirmed(await scene.claimant.reopen(first.result["claim_id"]))
    await scene.approve(waiting)


async def deducts_from_each_claim(scene: Scene) -> None:
    for day in (3, 4):
        await scene.naive.close(await scene.naive.report(10_000, f"{days_ago(day)}", deductible=2_000))


async def claims_twice(scene: Scene) -> None:
    for day in (3, 4):
        caller = await scene.again()
        await caller.claims(loss_on=f"{days_ago(day)}")


async def pays_both_notices(scene: Scene) -> None:
    for _ in range(2):
        await scene.naive.close(await scene.naive.report(10_000, RECENT))


async def reports_twice(scene: Scene) -> None:
    await scene.claimant.claims()
    await (await scene.again()).report(description="My motor doesn't start any more")


async def closes_with_its_reserve(scene: Scene) -> None:
    claim_id = await scene.naive.reserved(10_000, RECENT)
    await scene.naive.pay(claim_id, 10_000, 2_000)
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        await scene.naive.close(claim_id)


async def pays_a_closed_one_again(scene: Scene) -> None:
    claim_id = await closed_long_ago(scene)
    await scene.naive.reopen(claim_id, 4_000)
    await scene.naive.close(claim_id)


async def reopens_too_late(scene: Scene) -> None:
    answer = await scene.claimant.reopen(await closed_long_ago(scene))
    assert answer.denied
    assert answer.denied.rule == "claim.reopen_window"


async def closed_long_ago(scene: Scene) -> str:
    at = (datetime.now(UTC) - timedelta(days=90)).isoformat()
    return await scene.files.claimed(scene.covered, paid=10_000, closed_at=at, evidence=[PROOF])


MONEY = [
    Trap("payment before reserve", pays_first, one_claim, {}, [10_000], "was in reserve"),
    Trap("loss outside the period", pays_outside_the_period, reports_outside_the_period, {}, [], "outside the period"),
    Trap(
        "limit exceeded by the sum of claims", pays_each_claim_by_itself, claims_thrice, {"limit": 15_000},
        [10_000, 5_000], "its limit is 15000",
    ),
    Trap(
        "deductible twice on one claim", deducts_at_each_payment, claims_and_reopens, {"deductible": 2_000},
        [8_000, 4_000], "a deductible of 4000 was taken",
    ),
    Trap(
        "deductible twice in one period", deducts_from_each_claim, claims_twice,
        {"deductible": 2_000, "deductible_per": "period"}, [8_000, 10_000], "deductibles of 4000 in the period",
    ),
    Trap("duplicate notice paid twice", pays_both_notices, reports_twice, {}, [10_000], "are one loss"),
    Trap("closure with an open reserve", closes_with_its_reserve, one_claim, {"deductible": 2_000}, [8_000], "is open"),
    Trap("reopening after the window", pays_a_closed_one_again, reopens_too_late, {}, [10_000], "reopened after"),
]  # fmt: skip
