"""The systems of record behind the desk: what is in them, what they saw, and how they misbehave."""

import itertools
import os
from typing import Any

import httpx

from handrail.simulators.settings import Settings
from tests.desk.goods import PARTS, Sold, document_of

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw")
_numbers = itertools.count(1)

WRITES = {
    "open_case",
    "set_mark",
    "clear_mark",
    "refund",
    "add_note",
    "update_case",
    "comment_case",
    "link_case",
    "merge_case",
}
A_REFUND = ["open_case", "set_mark", "refund", "add_note", "update_case"]
"""What the systems see of a refund with one tender that goes well."""
TAKEN_BACK = ["open_case", "set_mark", "refund", "clear_mark", "update_case"]
"""... and of one that billing refuses."""


class Shop:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def fresh(self) -> None:
        """Empty systems, default settings, no faults, an empty log."""
        await self.admin("DELETE", "faults")
        await self.admin("PUT", "settings", Settings().model_dump())
        await self.admin("PUT", "dataset", {"format": "handrail.dataset/1"} | {part: [] for part in PARTS})
        await self.admin("DELETE", "log")

    async def sell(
        self, *lines: int, tenders: list[tuple[str, int]] | None = None, delivered_days_ago: float = 3,
        status: str = "delivered", currency: str = "EUR", to: Sold | None = None,
    ) -> Sold:  # fmt: skip
        """An order with a line per price in minor units (default 40.00), paid by card or by `tenders` (kind, amount).

        Each order has a customer of its own unless it is sold `to` the customer of another one.
        """
        number = f"{_WORKER}-{next(_numbers)}"
        sold, part = document_of(number, lines or (4_000,), tenders, delivered_days_ago, status, currency, to)
        document = await self.state()
        for name, rows in part.items():
            document[name] += rows
        await self.admin("PUT", "dataset", document)
        return sold

    async def fault(self, operation: str, kind: str, times: int | None = 1, **more: Any) -> None:
        await self.admin("POST", "faults", {"operation": operation, "kind": kind, "times": times} | more)

    async def fired(self) -> int:
        """How many calls met a fault so far."""
        return sum(fault["fired"] for fault in (await self.admin("GET", "faults"))["data"])

    async def meets(self, faults: int) -> None:
        """Returns once so many calls have met a fault."""
        while await self.fired() < faults:
            pass

    async def mend(self) -> None:
        await self.admin("DELETE", "faults")

    async def settings(self, **changes: Any) -> None:
        await self.admin("PUT", "settings", changes)

    async def log(self) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = (await self.admin("GET", "log"))["data"]
        return seen

    async def writes(self) -> list[str]:
        """The writes that the systems saw, in order. Note and case closing go out together: the note is told first."""
        names = [seen["operation"] for seen in await self.log() if seen["operation"] in WRITES]
        for n in range(len(names) - 1):
            if names[n : n + 2] == ["update_case", "add_note"]:
                names[n : n + 2] = ["add_note", "update_case"]
        return names

    async def balanced(self) -> bool:
        books = await self.admin("GET", "books")
        return bool(books["balanced"]) and not books["doubled"]

    async def state(self) -> dict[str, Any]:
        """Everything in the systems: equal before and after means that nothing changed."""
        document: dict[str, Any] = await self.admin("GET", "dataset")
        return document

    async def refunded(self, sold: Sold) -> list[tuple[str, int]]:
        """What went back on this order, and did not fail: instrument and minor units, in order."""
        payments = set(sold.payments)
        refunds = (await self.state())["refunds"]
        kept = [r for r in refunds if r["payment_id"] in payments and r["state"] != "failed"]
        return [(r["instrument_id"], r["amount"]["minor"]) for r in kept]

    async def balance(self, instrument: str) -> int:
        found = next(i for i in (await self.state())["instruments"] if i["id"] == instrument)
        return int(found["balance"]["minor"])

    async def cases(self, sold: Sold) -> list[str]:
        """The states of the order's cases."""
        return [case["state"] for case in (await self.state())["cases"] if case["order_id"] == sold.id]

    async def marks(self, sold: Sold) -> int:
        order = next(o for o in (await self.state())["orders"] if o["id"] == sold.id)
        return len(order["marks"])

    async def notes(self, sold: Sold) -> list[str]:
        return [note["text"] for note in (await self.state())["notes"] if note["customer_id"] == sold.customer]

    async def refund_elsewhere(self, sold: Sold, minor: int) -> None:
        """Somebody refunds in billing's own screen."""
        body = {"amount": {"minor": minor, "currency": "EUR"}, "instrument_id": sold.instruments[0]}
        headers = {"Idempotency-Key": f"elsewhere-{next(_numbers)}", "Authorization": "Bearer sim-key"}
        path = f"/billing/payments/{sold.payments[0]}/refunds"
        (await self._http.post(path, json=body, headers=headers)).raise_for_status()
        await self.admin("DELETE", "log")

    async def write_elsewhere(self, method: str, path: str, body: Any) -> Any:
        """Somebody works in a system's own screen."""
        headers = {"Idempotency-Key": f"elsewhere-{next(_numbers)}", "Authorization": "Bearer sim-key"}
        answer = await self._http.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._http.request(method, f"/admin/{path}", json=body)
        if answer.is_error:
            raise AssertionError(f"{method} /admin/{path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None
