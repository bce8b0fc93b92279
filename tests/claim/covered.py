"""Coverages and claims in the systems, and what is there afterwards."""

import itertools
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.desk.goods import Sold
from tests.desk.shop import Shop

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw")
_numbers = itertools.count(1)
CLAIM_WRITES = {
    "open_claim", "set_reserve", "set_activity", "pay_out", "record_payment", "change_claim", "join_notice", "add_note",
}  # fmt: skip
STRAIGHT_THROUGH = ["open_claim", "set_reserve", "pay_out", "record_payment", "set_reserve", "change_claim", "add_note"]
"""What the systems see of a claim that nobody has to look at."""


def days_ago(days: float) -> date:
    return (datetime.now(UTC) - timedelta(days=days)).date()


def eur(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "EUR"}


@dataclass(frozen=True)
class Covered:
    """A coverage of the buyer of `sold`."""

    id: str
    sold: Sold

    @property
    def card(self) -> str:
        return self.sold.instruments[0]


class Files:
    """The claims system behind the desk."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def cover(
        self, sold: Sold, *, kind: str = "warranty", limit: int = 200_000, deductible: int = 0, **more: Any
    ) -> Covered:
        id = f"W-{_WORKER}-{next(_numbers)}"
        coverage = {
            "id": id, "kind": kind, "customer_id": sold.customer, "order_id": sold.id,
            "starts_on": f"{days_ago(200)}", "ends_on": f"{days_ago(-165)}",
            "covers": ["defect", "accidental_damage", "theft"], "limit": eur(limit), "deductible": eur(deductible),
            "instrument_id": sold.instruments[0],
        }  # fmt: skip
        await self.add(coverages=coverage | more)
        return Covered(id, sold)

    async def claimed(self, covered: Covered, *, paid: int = 0, taken: int = 0, **more: Any) -> str:
        """A claim that was settled last week, outside Handrail."""
        number = f"{_WORKER}-{next(_numbers)}"
        id, at = f"old-{number}", (datetime.now(UTC) - timedelta(days=7)).isoformat()
        claim = {
            "id": id, "coverage_id": covered.id, "customer_id": covered.sold.customer, "kind": "defect",
            "loss_on": f"{days_ago(20)}", "description": "The hinge of the lid broke off", "amount": eur(paid + taken),
            "state": "closed", "outcome": "paid", "reserve": eur(0), "reported_at": at, "closed_at": at,
        } | more  # fmt: skip
        if not paid:
            await self.add(claims=claim)
            return id
        payout = {
            "id": f"payout-{number}", "customer_id": covered.sold.customer, "instrument_id": covered.card,
            "amount": eur(paid), "subject": id, "created_at": at, "settled_at": at,
        }  # fmt: skip
        claim["payments"] = [
            {"id": f"{id}-1", "amount": eur(paid), "deductible": eur(taken), "payout_id": payout["id"],
             "reserved": eur(paid), "at": at}
        ]  # fmt: skip
        await self.add(claims=claim, payouts=payout)
        return id

    async def add(self, **rows: Any) -> None:
        document = await self.shop.state()
        for part, row in rows.items():
            document[part].append(row)
        await self.shop.admin("PUT", "dataset", document)

    async def writes(self) -> list[str]:
        return [seen["operation"] for seen in await self.shop.log() if seen["operation"] in CLAIM_WRITES]

    async def claims(self, covered: Covered) -> list[dict[str, Any]]:
        return [c for c in (await self.shop.state())["claims"] if c["coverage_id"] == covered.id]

    async def claim(self, covered: Covered) -> dict[str, Any]:
        [claim] = await self.claims(covered)
        return claim

    async def paid_out(self, covered: Covered) -> list[tuple[str, int]]:
        """What left billing for this customer's claims: instrument and minor units, in order."""
        payouts = (await self.shop.state())["payouts"]
        mine = [p for p in payouts if p["customer_id"] == covered.sold.customer and p["state"] != "failed"]
        return [(p["instrument_id"], p["amount"]["minor"]) for p in mine]

    async def problems(self) -> list[str]:
        books = await self.shop.admin("GET", "books")
        return [*books["problems"], *books["doubled"]]

    async def plan_work(self, claim_id: str, name: str, *, done: bool) -> None:
        """Somebody works in the claims system's own screen."""
        await self.shop.write_elsewhere("PUT", f"/claims/{claim_id}/activities/{name}", {"done": done})

    async def fail_payouts(self) -> None:
        """What is pending at billing fails."""
        document = await self.shop.state()
        for payout in document["payouts"]:
            payout |= {"state": "failed", "settles_at": None}
        await self.shop.admin("PUT", "dataset", document)
