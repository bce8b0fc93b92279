"""What is not a refund: a dataset of 5,000 orders, evidence per second, and the price of one HTTP request."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.stage import Stage
from connectors import http
from domain.evidence import Event, Who
from handrail.evidence import EvidenceBook
from handrail.simulators.generated import generate

EVENTS_PER_RUN = 19
"""As many as a refund leaves."""


def dataset_of(stage: Stage, orders: int) -> dict[str, float | bool]:
    """Load and export, in seconds, and whether what comes out is what went in."""
    document = generate(orders, seed=4821).model_dump(mode="json")
    loading = stage.admin.load(document)
    exported, exporting = stage.admin.export()
    return {"orders": orders, "load_s": loading, "export_s": exporting, "same": exported == document}


def evidence(folder: Path, runs: int, at_once: int) -> dict[str, float]:
    """Events per second into a fresh SQLite book, each `append` one event, so many runs at once."""
    return asyncio.run(_evidence(folder, runs, at_once))


async def _evidence(folder: Path, runs: int, at_once: int) -> dict[str, float]:
    book = EvidenceBook(f"sqlite:///{folder / f'evidence-{at_once}.db'}", folder / "evidence.key")
    room = asyncio.Semaphore(at_once)

    async def one(run: int) -> None:
        async with room:
            for n in range(EVENTS_PER_RUN):
                await book.append([_event(run, n)])

    await book.append([_event(-1, 0)])
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one(run) for run in range(runs)))
    wall, used = time.perf_counter() - start, time.process_time() - cpu
    await book.close()
    events = runs * EVENTS_PER_RUN
    return {"at_once": at_once, "events_per_s": events / wall, "cpu_us_per_event": 1e6 * used / events}


def _event(run: int, n: int) -> Event:
    who = Who(id="ai-1", kind="ai", name="voice agent")
    body = {"ref": f"default:refund-{run}/step/1", "key": "k" * 40, "outcome": "applied", "output": "d" * 64}
    return Event(
        tenant="default", run=f"refund-{run}", key=f"e:{n}", type="receipt", at=datetime.now(UTC), actor=who, body=body
    )


def http_cost(stage: Stage, requests: int) -> list[dict[str, Any]]:
    """CPU per request of the transports, in microseconds, at 1 and 20 in flight; simulators without latency."""
    stage.admin.latency(0)
    url = f"{stage.stack.simulators_url}/admin/health"
    kinds = {"httpx's own": lambda: httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=400)),
             "aiohttp, as in connectors/http.py": lambda: http._transport(400)}  # fmt: skip
    return [
        {"transport": name, "in_flight": n, "cpu_us": asyncio.run(_requests(make, url, requests, n))}
        for name, make in kinds.items()
        for n in (1, 20)
    ]


async def _requests(make: Any, url: str, requests: int, at_once: int) -> float:
    async with httpx.AsyncClient(transport=make()) as client:
        await asyncio.gather(*(client.get(url) for _ in range(at_once)))
        left = iter(range(requests))

        async def caller() -> None:
            for _ in left:
                (await client.get(url)).raise_for_status()

        cpu = time.process_time()
        await asyncio.gather(*(caller() for _ in range(at_once)))
        return 1e6 * (time.process_time() - cpu) / requests
