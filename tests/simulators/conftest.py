"""Simulators as a process of their own, and a client that speaks to them as a connector would."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from handrail.simulators.dataset import Dataset
from handrail.simulators.generated import generate
from handrail.simulators.settings import Settings
from tests.running import API_KEY, run_simulators

_keys = count(1)


@dataclass(frozen=True)
class Simulators:
    base_url: str
    http: httpx.AsyncClient

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.http.get(path, params=query or None)

    async def write(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> httpx.Response:
        """With a key of its own unless one is given; `if_match="3"` becomes a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Idempotency-Key"] = key or f"key-{next(_keys)}"
        return await self.http.request(method, path, json=body, headers=sent)

    async def refund(
        self, minor: int, payment: str = "pay-4821", instrument: str = "card-4242", *, key: str = "", **body: Any
    ) -> httpx.Response:
        given = {"amount": {"minor": minor, "currency": "EUR"}, "instrument_id": instrument} | body
        return await self.write("POST", f"/billing/payments/{payment}/refunds", given, key=key)

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; fails when the desk refuses."""
        answer = await self.http.request(method, f"/admin/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def fault(self, operation: str, kind: str, times: int | None = 1, **more: Any) -> None:
        await self.admin("POST", "faults", {"operation": operation, "kind": kind, "times": times} | more)

    async def seen(self) -> list[dict[str, Any]]:
        data: list[dict[str, Any]] = (await self.admin("GET", "log"))["data"]
        return data

    async def payment(self, order: str = "4821") -> dict[str, Any]:
        data: dict[str, Any] = (await self.get("/billing/payments", order_id=order)).json()["data"][0]
        return data

    async def books(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.admin("GET", "books")
        return found


@pytest.fixture(scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_simulators(tmp_path_factory.mktemp("simulators") / "simulators.db") as base_url:
        yield base_url


@pytest.fixture(scope="session")
def small() -> Dataset:
    """The demo orders and a few more."""
    return generate(25, seed=7)


@pytest.fixture
async def simulators(_served: str, small: Dataset) -> AsyncIterator[Simulators]:
    """Fresh for each test: the small dataset, default settings, no faults, an empty log."""
    async with httpx.AsyncClient(
        base_url=_served, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=10, trust_env=False
    ) as http:
        (await http.put("/admin/dataset", content=small.model_dump_json())).raise_for_status()
        fresh = Simulators(_served, http)
        await fresh.admin("DELETE", "faults")
        await fresh.admin("PUT", "settings", Settings().model_dump())
        await fresh.admin("DELETE", "log")
        yield fresh


@pytest.fixture
def new_database(tmp_path: Path) -> Path:
    return tmp_path / "simulators.db"
