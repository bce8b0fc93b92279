"""`python -m bench.inbox [--runs 1000]`: what a page of the inbox costs with many in the queue, to ten in it.

The rows are runs that nobody works on, on the embedded Temporal server; each kind of reading takes its turn on it.
Results in `bench/out/inbox.json`."""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from bench.cells import percentile
from bench.results import folder
from handrail import temporal
from handrail.embedded import Stack
from handrail.rail import InboxQuery
from handrail.rail.first_due import Moments
from handrail.rail.inbox import list_work

FEW, READS, AT_ONCE, PAGES = 10, 100, 8, (5, 100)
_WORDS = {"HandrailQueue": "approvals", "HandrailStatus": "needs_approval", "HandrailCurrency": "EUR"}
_GATE = {"digest": "sha256:0", "rule": "refund.auto_up_to", "roles": ["supervisor"], "bulk_up_to": 10_000}


async def measure(runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="handrail-inbox-") as scratch:
        async with Stack(Path(scratch) / "home", restart=False, parts=["temporal"]) as stack:
            here = {"home": stack.home.path, "temporal_port": stack.ports.temporal}
            client = await temporal.connect(stack.settings.model_copy(update=here), part="bench")
            for tenant, many in (("few", FEW), ("many", runs)):
                await _park(client, tenant, many)
            return {"runs": runs, "p50_ms": {f"{rows} rows": await _page(client, rows) for rows in PAGES}}


async def _park(client: Client, tenant: str, many: int) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(n: int) -> None:
        pairs: list[SearchAttributePair[Any]] = [
            SearchAttributePair(SearchAttributeKey.for_keyword(name), text)
            for name, text in (_WORDS | {"HandrailTenant": tenant, "HandrailCustomer": f"C-{n}"}).items()
        ]
        due = datetime.now(UTC) + timedelta(hours=4, seconds=n)
        pairs.append(SearchAttributePair(SearchAttributeKey.for_datetime("HandrailDueAt"), due))
        pairs.append(SearchAttributePair(SearchAttributeKey.for_int("HandrailValue"), n))
        async with room:
            await client.start_workflow(
                "refund", id=f"{tenant}:refund-{n}", task_queue="nobody",
                search_attributes=TypedSearchAttributes(pairs), memo={"title": f"Refund {n}", "gate": _GATE},
            )  # fmt: skip

    await asyncio.gather(*(one(n) for n in range(many)))
    while (await client.count_workflows(f"HandrailTenant = '{tenant}'")).count < many:
        pass  # visibility follows within moments


async def _page(client: Client, rows: int) -> dict[str, float]:
    """`at first`: nothing is known of the queue; `again`: it was read before."""
    query, moments = InboxQuery(queue="approvals", limit=rows), Moments()
    ways: dict[str, Callable[[], Awaitable[object]]] = {
        f"{FEW} in the queue": lambda: list_work(client, "few", query),
        "many, at first": lambda: list_work(client, "many", query),
        "many, again": lambda: list_work(client, "many", query, moments=moments),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(READS):
        for name, read in ways.items():
            start = time.perf_counter()
            await read()
            took[name].append(time.perf_counter() - start)
    return {name: percentile(times, 50) for name, times in took.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.inbox", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    found = asyncio.run(measure(parser.parse_args().runs))
    text = json.dumps(found, indent=1)
    (folder() / "inbox.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
