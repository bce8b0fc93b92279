"""Each trap of claims handling: a naive flow walks into it, Handrail does not. One judge for both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago
from tests.claim.naive import Naive
from tests.desk.desk import Desk
from tests.desk.goods import Sold

RECENT, BEFORE = f"{days_ago(5)}", f"{days_ago(300)}"
Wrongs = list[str]


@dataclass
class Scene:
    desk: Desk
    files: Files
    covered: Covered
    naive: Naive
    claimant: Claimant

    async def again(self) -> Claimant:
        """The same customer in another call."""
        return await claimant(self.desk, self.covered)

    async def approve(self, waiting: Any) -> None:
        if waiting.status == "needs_approval":
            await self.desk.person("adjuster").decide(waiting)
            await self.desk.end(waiting)

    async def wrongs(self) -> Wrongs:
        """What no company could leave as it is."""
        claims = await self.files.claims(self.covered)
        left_open = [f"{claim['id']} is open" for claim in claims if claim["state"] == "open"]
        late = [f"{claim['id']} was reopened after 30 days" for claim in claims for e in claim["diary"] if _too_late(e)]
        return [*await self.files.problems(), *left_open, *late]


def _too_late(entry: dict[str, Any]) -> bool:
    if entry["kind"] != "reopened" or not entry["closed_at"]:
        return False
    return datetime.fromisoformat(entry["at"]) - datetime.fromisoformat(entry["closed_at"]) > timedelta(days=30)


@dataclass(frozen=True)
class Trap:
    name: str
    naively: Callable[[Scene], Awaitable[Any]]
    with_handrail: Callable[[Scene], Awaitable[Any]]
    terms: dict[str, Any]
    paid: list[int]
    """What is to have left billing in the end, in minor units."""
    seen: str
    """What is wrong after the naive flow."""


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
    return await scene.files.claimed(scene.covered, paid=10_000, closed_at=at)


TRAPS = [
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
every_trap = pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name.replace(" ", "_"))


async def scene_of(desk: Desk, files: Files, order: Sold, trap: Trap) -> Scene:
    covered = await files.cover(order, **trap.terms)
    return Scene(desk, files, covered, Naive(files.shop, covered), await claimant(desk, covered))


@every_trap
async def test_a_naive_flow_walks_into_it(desk: Desk, files: Files, order: Sold, trap: Trap) -> None:
    scene = await scene_of(desk, files, order, trap)

    await trap.naively(scene)

    assert any(trap.seen in wrong for wrong in await scene.wrongs()), await scene.wrongs()


@every_trap
async def test_handrail_does_not(desk: Desk, files: Files, order: Sold, trap: Trap) -> None:
    scene = await scene_of(desk, files, order, trap)

    await trap.with_handrail(scene)

    assert await scene.wrongs() == []
    assert [amount for _, amount in await files.paid_out(scene.covered)] == trap.paid
