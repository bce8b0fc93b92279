"""The work that is due first, found by counting.

SQL visibility neither sorts nor skips, and answers the newest first. Reading a row costs about a hundred times what
counting it does (0.5 ms to 5 µs, November 2026), so the moment before which enough is due is looked for by counts, and
only those rows are read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecution

Count = Callable[[datetime | None, datetime], Awaitable[int]]
"""How many are due after the one moment (None: ever) and by the other."""

_SPAN = 28.0
"""The search begins this far from now: 2 ** 28 seconds, more than eight years, before and after."""
_HALVINGS = 16
"""Down to one part in two thousand of how far it is from now."""
_SPARE = 50
"""Rows more than are wanted: to read them takes no longer than the counts that would spare it."""
MOST = 2_000
"""Rows read at most when very many are due at the very same moment."""


async def first(client: Client, asked: str, wanted: int, now: datetime) -> list[WorkflowExecution]:
    """At least the `wanted` runs that are due first and match the list filter `asked`, then those without a due time,
    newest first; all that match when there are fewer. In no order."""
    enough = wanted + _SPARE
    if await _count(client, asked) <= enough:
        return [run async for run in _read(client, asked, MOST)]
    timed = f"{asked} AND HandrailDueAt IS NOT NULL"
    due = await _count(client, timed)
    if due > enough:
        timed = _within(asked, None, await moment(lambda *when: _count(client, _within(asked, *when)), wanted, now))
    runs = [run async for run in _read(client, timed, MOST)] if due else []
    if due < wanted:
        runs += [run async for run in _read(client, f"{asked} AND HandrailDueAt IS NULL", wanted - due)]
    return runs


async def moment(count: Count, wanted: int, now: datetime) -> datetime:
    """A moment by which `wanted` are due, and few more. Halved in powers of two of the distance from now, because work
    is due in hours or days and seldom in years; what is known to be due before is not counted again."""
    low, high, before = -_SPAN, _SPAN, 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = before + await count(_away(now, low) if before else None, _away(now, middle))
        if found < wanted:
            low, before = middle, found
            continue
        high = middle
        if found <= wanted + _SPARE:
            break
    return _away(now, high)


def _away(now: datetime, power: float) -> datetime:
    seconds = 2 ** abs(power) - 1
    return now + timedelta(seconds=seconds if power > 0 else -seconds)


def _within(asked: str, after: datetime | None, by: datetime) -> str:
    later = f" AND HandrailDueAt > '{after.isoformat()}'" if after else ""
    return f"{asked}{later} AND HandrailDueAt <= '{by.isoformat()}'"


async def _count(client: Client, asked: str) -> int:
    return (await client.count_workflows(asked)).count


def _read(client: Client, asked: str, most: int) -> AsyncIterator[WorkflowExecution]:
    return client.list_workflows(asked, limit=most, page_size=min(most, 1_000))
