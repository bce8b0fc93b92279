"""The work that is due first, found by counting.

SQL visibility neither sorts nor skips, and answers the newest first. Reading a row costs about a hundred times what
counting it does (0.5 ms to 5 µs, November 2026), so the moment before which enough is due is looked for by counts, and
only those rows are read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecution

Count = Callable[[datetime], Awaitable[int]]

_SPAN = 28.0
"""The search begins this far from now: 2 ** 28 seconds, more than eight years, before and after."""
_HALVINGS = 16
"""Down to one part in two thousand of how far it is from now."""
_TIED = 2_000
"""Rows read at most when very many are due at the very same moment."""


async def first(client: Client, asked: str, wanted: int, now: datetime) -> list[WorkflowExecution]:
    """At least the `wanted` runs that are due first and match the list filter `asked`, then those without a due time,
    newest first; all that match when there are fewer. In no order."""
    enough = _few_more(wanted)
    if await _count(client, asked) <= enough:
        return [run async for run in _read(client, asked, _TIED)]
    due = await _count(client, f"{asked} AND HandrailDueAt IS NOT NULL")
    timed = f"{asked} AND HandrailDueAt IS NOT NULL"
    if due > enough:
        timed = _by(asked, await moment(lambda at: _count(client, _by(asked, at)), wanted, now))
    runs = [run async for run in _read(client, timed, _TIED)] if due else []
    if due < wanted:
        runs += [run async for run in _read(client, f"{asked} AND HandrailDueAt IS NULL", wanted - due)]
    return runs


async def moment(count: Count, wanted: int, now: datetime) -> datetime:
    """A moment by which `wanted` are due, and few more: `count` says how many are due by any. Halved in powers of two
    of the distance from now, because work is due in hours or days and seldom in years."""
    low, high = -_SPAN, _SPAN
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = await count(_away(now, middle))
        if found < wanted:
            low = middle
            continue
        high = middle
        if found <= _few_more(wanted):
            break
    return _away(now, high)


def _away(now: datetime, power: float) -> datetime:
    seconds = 2 ** abs(power) - 1
    return now + timedelta(seconds=seconds if power > 0 else -seconds)


def _few_more(wanted: int) -> int:
    return wanted + wanted // 4 + 10


def _by(asked: str, at: datetime) -> str:
    return f"{asked} AND HandrailDueAt <= '{at.isoformat()}'"


async def _count(client: Client, asked: str) -> int:
    return (await client.count_workflows(asked)).count


def _read(client: Client, asked: str, most: int) -> AsyncIterator[WorkflowExecution]:
    return client.list_workflows(asked, limit=most, page_size=min(most, 1_000))
