"""Claims as a flow without Handrail handles them: each call right on its own, in the obvious order."""

from typing import Any

import httpx

from tests.claim.covered import Covered, eur
from tests.desk.shop import Shop


class Naive:
    """Opens, pays what was claimed less the deductible, closes. Asks nobody, looks at nothing else."""

    def __init__(self, shop: Shop, covered: Covered) -> None:
        self._shop = shop
        self._covered = covered

    async def open(self, minor: int, loss_on: str, **more: Any) -> str:
        claim = await self._send(
            "POST", "/claims",
            {"coverage_id": self._covered.id, "customer_id": self._covered.sold.customer, "kind": "defect",
             "loss_on": loss_on, "amount": eur(minor), "description": "The motor does not start any more"} | more,
        )  # fmt: skip
        return str(claim["id"])

    async def report(self, minor: int, loss_on: str, *, deductible: int = 0, **more: Any) -> str:
        claim_id = await self.open(minor, loss_on, **more)
        await self.pay(claim_id, minor, deductible)
        return claim_id

    async def reserved(self, minor: int, loss_on: str) -> str:
        """One that has heard of reserves, and sets it to the whole loss."""
        claim_id = await self.open(minor, loss_on)
        await self._send("PUT", f"/claims/{claim_id}/reserve", {"amount": eur(minor)})
        return claim_id

    async def reopen(self, claim_id: str, minor: int, *, deductible: int = 0) -> None:
        await self._send("PATCH", f"/claims/{claim_id}", {"state": "open", "amount": eur(minor)})
        await self.pay(claim_id, minor, deductible)

    async def pay(self, claim_id: str, minor: int, deductible: int) -> None:
        amount = eur(minor - deductible)
        payout = await self.send_money(claim_id, minor - deductible)
        payment = {"amount": amount, "deductible": eur(deductible), "payout_id": payout}
        await self._send("POST", f"/claims/{claim_id}/payments", payment)

    async def send_money(self, claim_id: str, minor: int) -> str:
        payout = await self._send(
            "POST", "/billing/payouts",
            {"customer_id": self._covered.sold.customer, "instrument_id": self._covered.card, "amount": eur(minor),
             "subject": claim_id},
        )  # fmt: skip
        return str(payout["id"])

    async def send_again(self, claim_id: str, product: str, variant: str) -> None:
        """A replacement order. Raises httpx.HTTPStatusError when the shop does not take it."""
        sold = self._covered.sold
        address = {"line1": "Gartenstrasse 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
        covered = {"claim_id": claim_id, "amount": eur(4_000), "deductible": eur(0)}
        body = {"customer_id": sold.customer, "product_id": product, "variant_id": variant, "address": address}
        await self._send("POST", "/orders", body | {"covered": covered})

    async def voucher(self, claim_id: str, minor: int) -> None:
        """Sent again when no answer comes; the one that was answered goes on the file."""
        body = {"claim_id": claim_id, "amount": eur(minor), "provider": "FixIt", "expires_on": "2030-01-01"}
        try:
            issued = await self._send("POST", "/claims/vouchers", body)
        except httpx.TransportError:
            issued = await self._send("POST", "/claims/vouchers", body)
        payment = {"kind": "repair_voucher", "amount": eur(minor), "deductible": eur(0), "voucher_id": issued["id"]}
        await self._send("POST", f"/claims/{claim_id}/payments", payment)

    async def plan(self, claim_id: str, name: str) -> None:
        await self._send("PUT", f"/claims/{claim_id}/activities/{name}", {"text": name})

    async def close(self, claim_id: str) -> None:
        await self._send("PATCH", f"/claims/{claim_id}", {"state": "closed", "outcome": "paid"})

    async def _send(self, method: str, path: str, body: Any) -> Any:
        return await self._shop.write_elsewhere(method, path, body)
