"""The work that is due first, found by counting.

SQL visibility neither sorts nor skips, and answers the newest first. Reading a row costs about a hundred times what
counting it does (0.5 ms to 5 µs, November 2026), so the moment before which enough is due is looked for by counts, and
only those rows are read.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

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
_REMEMBERED = 256
_MARGIN = 10
"""So many of them may be decided until the moment has to be looked for anew."""
DUE_AT = SearchAttributeKey.for_datetime("HandrailDueAt")


class Moments:
    """By when enough was due, for each of the filters that were asked for last. An inbox is read again and again, and
    seldom changes much in between; one count tells whether the moment still does."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], datetime] = OrderedDict()

    def of(self, asked: str, wanted: int) -> datetime | None:
        return self._known.get((asked, wanted))

    def keep(self, asked: str, wanted: int, moment: datetime | None) -> None:
        if moment is None:
            return
        self._known[asked, wanted] = moment
        self._known.move_to_end((asked, wanted))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


async def first(
    client: Client, asked: str, wanted: int, now: datetime, moments: Moments | None = None
) -> list[WorkflowExecution]:
    """At least the `wanted` runs that are due first and match the list filter `asked`, then those without a due time,
    newest first; all that match when there are fewer. In no order."""
    enough, moments = wanted + _SPARE, moments or Moments()
    if known := moments.of(asked, wanted):
        timed = _within(asked, None, known)
        if wanted <= await _count(client, timed) <= enough:
            return [run async for run in _read(client, timed, MOST)]
    if await _count(client, asked) <= enough:
        return [run async for run in _read(client, asked, MOST)]
    timed = f"{asked} AND HandrailDueAt IS NOT NULL"
    due = await _count(client, timed)
    if due > enough:
        found = await moment(lambda *when: _count(client, _within(asked, *when)), wanted, now)
        timed = _within(asked, None, found)
    runs = [run async for run in _read(client, timed, MOST)] if due else []
    if due > enough:
        moments.keep(asked, wanted, _by_when(runs, wanted + _MARGIN))
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


def _by_when(runs: list[WorkflowExecution], enough: int) -> datetime | None:
    """The moment by which so many of these are due."""
    dues = sorted(due for run in runs if (due := run.typed_search_attributes.get(DUE_AT)))
    return dues[enough - 1] if len(dues) >= enough else dues[-1] if dues else None


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
