"""What rows were before recent writes, so that reads can be stale on command. In memory: a restart forgets it."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from handrail.simulators.database import Row

Key = tuple[str, str]
"""Table and id."""

_KEYS_KEPT = 20_000
_CHANGES_KEPT = 16


class Change(NamedTuple):
    write: int
    at: float
    before: Row | None
    """None: the row was not there."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a read sees the tables: as they were `lag_s` ago, or without the last write to what it reads."""

    lag_s: float = 0.0
    without_last_write: bool = False

    @property
    def is_fresh(self) -> bool:
        return not self.lag_s and not self.without_last_write


FRESH = Sight()


class Past:
    def __init__(self) -> None:
        self._changes: OrderedDict[Key, deque[Change]] = OrderedDict()
        self._writes = 0

    def remember(self, before: dict[Key, Row | None], at: float) -> None:
        """One committed write: the rows it changed, as they were."""
        self._writes += 1
        for key, row in before.items():
            changes = self._changes.setdefault(key, deque(maxlen=_CHANGES_KEPT))
            changes.append(Change(self._writes, at, row))
            self._changes.move_to_end(key)
        while len(self._changes) > _KEYS_KEPT:
            self._changes.popitem(last=False)

    def forget(self) -> None:
        self._changes.clear()

    def seen(self, table: str, rows: Iterable[Row], sight: Sight, now: float) -> list[Row]:
        """`rows` as `sight` shows them. Rows are never deleted, so the live ones are all that can be seen."""
        rows = list(rows)
        if sight.without_last_write:
            rows = self._without_last_write(table, rows)
        if sight.lag_s:
            past = [self._as_of(table, row, now - sight.lag_s) for row in rows]
            rows = [row for row in past if row is not None]
        return rows

    def _without_last_write(self, table: str, rows: list[Row]) -> list[Row]:
        last = {id(row): self._last(table, row) for row in rows}
        newest = max((change.write for change in last.values() if change), default=0)
        seen = []
        for row in rows:
            change = last[id(row)]
            before = change.before if change and change.write == newest else row
            if before is not None:
                seen.append(before)
        return seen

    def _last(self, table: str, row: Row) -> Change | None:
        changes = self._changes.get((table, row["id"]))
        return changes[-1] if changes else None

    def _as_of(self, table: str, row: Row, cutoff: float) -> Row | None:
        for change in self._changes.get((table, row["id"]), ()):
            if change.at > cutoff:
                return change.before
        return row
