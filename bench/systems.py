"""The peers' client of the simulators: httpx over the transport that Handrail's connectors use, keys, no guard.

Leaner than the connector on purpose: no looking first, no read-back, no typed replies. What the peers do not do shall
not be charged to them.
"""

from typing import Any, Self

import httpx

from bench.shop import AMOUNT
from connectors import http

_PRICE = {"minor": AMOUNT, "currency": "EUR"}


class Refused(Exception):
    """The decision was no, or a system said no."""


class Systems:
    """Every write carries a key that a repetition carries again."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, transport=http._transport(400), timeout=10, headers={"Authorization": "Bearer sim-key"}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def order(self, order: str) -> dict[str, Any]:
        return await self._ask("GET", f"/orders/{order}")

    async def payments(self, order: str) -> dict[str, Any]:
        return await self._ask("GET", f"/billing/payments?order_id={order}")

    async def customer(self, customer: str) -> dict[str, Any]:
        return await self._ask("GET", f"/crm/customers/{customer}")

    async def open_case(self, order: str, customer: str) -> str:
        body = {"subject": f"Refund {order}", "customer_id": customer, "order_id": order, "queue": "", "body": ""}
        made = await self._ask("POST", "/cases", f"{order}/open", body | {"reference": f"{order}/open"})
        return str(made["id"])

    async def mark_order(self, order: str) -> None:
        body = {"kind": "refund", "note": order}
        await self._ask("PUT", f"/orders/{order}/marks/{order}", f"{order}/mark", body)

    async def refund(self, order: str, payment: str, instrument: str) -> str:
        body = {"amount": _PRICE, "instrument_id": instrument, "reference": f"{order}/refund", "reason": "damaged"}
        made = await self._ask("POST", f"/billing/payments/{payment}/refunds", f"{order}/refund", body)
        return str(made["id"])

    async def note(self, order: str, customer: str) -> None:
        body = {"text": f"Refunded {order}", "reference": f"{order}/note"}
        await self._ask("POST", f"/crm/customers/{customer}/notes", f"{order}/note", body)

    async def resolve(self, order: str, case: str) -> None:
        body = {"state": "resolved", "comment": "Refunded.", "reference": f"{order}/resolve"}
        await self._ask("PATCH", f"/cases/{case}", f"{order}/resolve", body)

    async def _ask(self, method: str, path: str, key: str = "", body: Any = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        reply = await self._client.request(method, path, json=body, headers=headers)
        if reply.status_code >= 400:
            raise Refused(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
        found: dict[str, Any] = reply.json()
        return found


def decide(order: dict[str, Any], payments: dict[str, Any], customer: dict[str, Any]) -> tuple[str, str]:
    """Payment and instrument to refund. Raises Refused. A pure function of a few lines, as a tutorial would have it."""
    capture = payments["data"][0]
    if order["customer_id"] != customer["id"]:
        raise Refused(f"Order {order['id']} belongs to another customer.")
    if order["status"] != "delivered" or capture["refundable"]["minor"] < AMOUNT:
        raise Refused(f"Order {order['id']} cannot be refunded.")
    return capture["id"], capture["instrument"]["id"]
