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
    "open_claim", "assess_claim", "set_reserve",
    "set_activity", "pay_out", "record_payment", "change_claim", "join_notice", "add_note",
    "place_replacement", "put_change", "charge", "void_charge", "issue_voucher", "void_voucher",
}  # fmt: skip
STRAIGHT_THROUGH = ["open_claim", "set_reserve", "pay_out", "record_payment", "set_reserve", "change_claim", "add_note"]
"""What the systems see of a claim that nobody has to look at."""


EVERY_KIND = ["payment", "replacement", "repair_voucher"]


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

    async def cover_item(self, sold: Sold, n: int = 2, **more: Any) -> Covered:
        """The n-th line of an order, made good by whichever kind the caller wants."""
        terms: dict[str, Any] = {"settles_by": EVERY_KIND, "product_id": f"P-{sold.id}-{n}"}
        return await self.cover(sold, **(terms | more))

    async def add(self, **rows: Any) -> None:
        await self.add_all({part: [row] for part, row in rows.items()})

    async def add_all(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        document = await self.shop.state()
        for part, more in rows.items():
            document[part] += more
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

    async def settled(self, covered: Covered) -> list[tuple[str, int, int]]:
        """What is on the file of the claim: kind, value and deductible, in order."""
        payments = (await self.claim(covered))["payments"]
        return [(p["kind"], p["amount"]["minor"], p["deductible"]["minor"]) for p in payments]

    async def replacements(self, covered: Covered) -> list[dict[str, Any]]:
        orders = (await self.shop.state())["orders"]
        return [o for o in orders if o["customer_id"] == covered.sold.customer and o["covered"]]

    async def charges(self, covered: Covered) -> list[tuple[str, int]]:
        """What the customer was charged since he bought, less what was given back: instrument and minor units."""
        state = await self.shop.state()
        back = {refund["payment_id"] for refund in state["refunds"]}
        made = [c for c in state["captures"] if c["id"].startswith("charge-") and c["id"] not in back]
        mine = {i["id"] for i in state["instruments"] if i["customer_id"] == covered.sold.customer}
        return [(c["instrument_id"], c["amount"]["minor"]) for c in made if c["instrument_id"] in mine]

    async def vouchers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.shop.state())["vouchers"]
        return found

    async def sell_out(self, product: str) -> None:
        document = await self.shop.state()
        for one in document["products"]:
            if one["id"] == product:
                one["variants"] = [variant | {"available": False} for variant in one["variants"]]
        await self.shop.admin("PUT", "dataset", document)

    async def problems(self) -> list[str]:
        books = await self.shop.admin("GET", "books")
        return [*books["problems"], *books["doubled"], *books["differences"]]

    async def what_stands(self) -> dict[str, Any]:
        """Everything in the systems, without what was taken back: that stays on record, and counts for nothing."""
        state = await self.shop.state()
        void = {r["payment_id"] for r in state["refunds"] if r["reason"] == "void"}
        state["cases"] = [case for case in state["cases"] if case["state"] != "withdrawn"]
        state["claims"] = [_without_void(claim) for claim in state["claims"] if claim["state"] != "withdrawn"]
        state["orders"] = [o for o in state["orders"] if not (o["covered"] and o["status"] == "cancelled")]
        state["vouchers"] = [voucher for voucher in state["vouchers"] if voucher["state"] != "void"]
        state["captures"] = [capture for capture in state["captures"] if capture["id"] not in void]
        state["refunds"] = [refund for refund in state["refunds"] if refund["reason"] != "void"]
        return state

    async def plan_work(self, claim_id: str, name: str, *, done: bool) -> None:
        """Somebody works in the claims system's own screen."""
        await self.shop.write_elsewhere("PUT", f"/claims/{claim_id}/activities/{name}", {"done": done})

    async def fail_payouts(self) -> None:
        """What is pending at billing fails."""
        document = await self.shop.state()
        for payout in document["payouts"]:
            payout |= {"state": "failed", "settles_at": None}
        await self.shop.admin("PUT", "dataset", document)


def _without_void(claim: dict[str, Any]) -> dict[str, Any]:
    """A claim that was reopened in vain is as it was; what was noted about it meanwhile counts for nothing."""
    if not any(entry["void"] for entry in claim["diary"]):
        return claim
    return claim | {"diary": [], "activities": []}
