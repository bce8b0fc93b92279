"""A trap of claims handling: how a naive flow walks into it, how Handrail does not, and one judge for both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from domain.answers import Answer
from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files
from tests.claim.naive import Naive
from tests.desk.desk import Desk
from tests.desk.goods import Sold

Wrongs = list[str]
AUTHORITY = {"adjuster": 50_000, "senior_adjuster": 200_000}
"""Up to which amount their yes counts."""


@dataclass
class Scene:
    desk: Desk
    files: Files
    covered: Covered
    naive: Naive
    claimant: Claimant
    yes: list[tuple[str, int]] = field(default_factory=list)
    """Whose yes counted, for how much."""
    events: list[date] = field(default_factory=list)
    """Days on which something happened for which money was paid."""

    async def again(self) -> Claimant:
        """The same customer in another call."""
        return await claimant(self.desk, self.covered)

    async def approve(self, waiting: Answer, *roles: str) -> None:
        """Each of them in turn, where a gate is open."""
        for role in roles or ("adjuster",):
            if waiting.status == "needs_approval":
                await self.desk.person(role).decide(waiting)
                before = waiting.revision
                waiting = await self.desk.until(waiting, lambda now, seen=before: _next_gate(now, seen))  # type: ignore[misc]
        await self.desk.end(waiting)

    async def wrongs(self) -> Wrongs:
        """What no company could leave as it is."""
        claims = await self.files.claims(self.covered)
        starts = await self._starts_on()
        found = [wrong for claim in claims for wrong in _wrongs_of(claim, starts)]
        beyond = [f"{role} said yes to {minor}" for role, minor in self.yes if minor > AUTHORITY[role]]
        days = {claim["loss_on"] for claim in claims}
        unfiled = [f"the event of {day} is no claim of its own" for day in self.events if f"{day}" not in days]
        return [*await self.files.problems(), *found, *_proofs_used_again(claims), *beyond, *unfiled]

    async def _starts_on(self) -> date:
        coverages = (await self.files.shop.state())["coverages"]
        return date.fromisoformat(next(c["starts_on"] for c in coverages if c["id"] == self.covered.id))


def _next_gate(now: Answer, seen: int) -> bool:
    return now.terminal or (now.status == "needs_approval" and now.revision > seen + 1)


def _wrongs_of(claim: dict[str, Any], starts: date) -> list[str]:
    id, paid = claim["id"], claim["payments"]
    looked = [activity["name"] for activity in claim["activities"] if activity["done"]]
    early = date.fromisoformat(claim["loss_on"]) < starts + timedelta(days=7)
    wrong = {
        f"{id} is open": claim["state"] == "open",
        f"{id} was reopened after 30 days": any(_too_late(entry) for entry in claim["diary"]),
        f"{id} was paid without a proof": bool(paid) and claim["amount"]["minor"] > 5_000 and not claim["evidence"],
        f"{id} came within the first week and nobody looked": early and bool(paid) and not looked,
        f"{id} is closed as paid, and nothing was": claim["outcome"] == "paid" and not paid,
    }
    return [text for text, holds in wrong.items() if holds]


def _proofs_used_again(claims: list[dict[str, Any]]) -> Wrongs:
    """A proof of purchase is the same for every claim; any other proves one loss."""
    used = [p["sha256"] for c in claims if c["payments"] for p in c["evidence"] if p["kind"] != "proof_of_purchase"]
    return [f"{hash} was paid for twice" for hash in set(used) if used.count(hash) > 1]


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
    of_item: bool = False
    """The coverage is for one unit, and grants every kind of settlement."""
    slow: bool = False
    """Handrail's half needs seconds, and has a test of its own elsewhere."""


async def scene_of(desk: Desk, files: Files, order: Sold, trap: Trap) -> Scene:
    covered = await (files.cover_item if trap.of_item else files.cover)(order, **trap.terms)
    return Scene(desk, files, covered, Naive(files.shop, covered), await claimant(desk, covered))
