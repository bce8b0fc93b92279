"""Claims as a flow without Handrail handles them: each call right on its own, in the obvious order."""

from typing import Any

from tests.claim.covered import Covered, eur
from tests.desk.shop import Shop


class Naive:
    """Opens, pays what was claimed less the deductible, closes. Asks nobody, looks at nothing else."""

    def __init__(self, shop: Shop, covered: Covered) -> None:
        self._shop = shop
        self._covered = covered

    async def report(self, minor: int, loss_on: str, *, deductible: int = 0) -> str:
        claim = await self._send(
            "POST", "/claims",
            {"coverage_id": self._covered.id, "customer_id": self._covered.sold.customer, "kind": "defect",
             "loss_on": loss_on, "amount": eur(minor), "description": "The motor does not start any more"},
        )  # fmt: skip
        await self.pay(claim["id"], minor, deductible)
        return str(claim["id"])

    async def reserved(self, minor: int, loss_on: str) -> str:
        """One that has heard of reserves, and sets it to the whole loss."""
        claim = await self._send(
            "POST", "/claims",
            {"coverage_id": self._covered.id, "customer_id": self._covered.sold.customer, "kind": "defect",
             "loss_on": loss_on, "amount": eur(minor), "description": "The motor does not start any more"},
        )  # fmt: skip
        await self._send("PUT", f"/claims/{claim['id']}/reserve", {"amount": eur(minor)})
        return str(claim["id"])

    async def reopen(self, claim_id: str, minor: int, *, deductible: int = 0) -> None:
        await self._send("PATCH", f"/claims/{claim_id}", {"state": "open", "amount": eur(minor)})
        await self.pay(claim_id, minor, deductible)

    async def pay(self, claim_id: str, minor: int, deductible: int) -> None:
        amount = eur(minor - deductible)
        payout = await self._send(
            "POST", "/billing/payouts",
            {"customer_id": self._covered.sold.customer, "instrument_id": self._covered.card, "amount": amount,
             "subject": claim_id},
        )  # fmt: skip
        payment = {"amount": amount, "deductible": eur(deductible), "payout_id": payout["id"]}
        await self._send("POST", f"/claims/{claim_id}/payments", payment)

    async def close(self, claim_id: str) -> None:
        await self._send("PATCH", f"/claims/{claim_id}", {"state": "closed", "outcome": "paid"})

    async def _send(self, method: str, path: str, body: Any) -> Any:
        return await self._shop.write_elsewhere(method, path, body)
