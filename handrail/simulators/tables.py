"""One call's sight of the tables: reads that can be stale, writes that remember what was before."""

import sqlite3
from typing import Any

from handrail.simulators.database import TABLES, VERSIONED, Row
from handrail.simulators.past import FRESH, Key, Past, Sight

_INSERT = {
    table: f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{column}' for column in columns)})"
    for table, columns in TABLES.items()
}


class Tables:
    """Writes belong inside `database.transaction`; afterwards `changed` is what `Past.remember` wants."""

    def __init__(self, db: sqlite3.Connection, past: Past, now_s: float, sight: Sight = FRESH) -> None:
        self.db = db
        self.changed: dict[Key, Row | None] = {}
        self._past, self._now_s, self._sight = past, now_s, sight

    def get(self, table: str, id: str) -> Row | None:
        rows = self.find(table, "id = ?", id)
        return rows[0] if rows else None

    def find(self, table: str, where: str, *values: Any) -> list[Row]:
        """`where` is SQL of ours, never of a request. Rows in the order in which they came."""
        rows: list[Row] = self.db.execute(f"SELECT * FROM {table} WHERE {where}", values).fetchall()
        return rows if self._sight.is_fresh else self._past.seen(table, rows, self._sight, self._now_s)

    def total(self, table: str, where: str, *values: Any) -> int:
        """The sum of `minor`, as it is now: for deciding a write, so never stale."""
        sql = f"SELECT COALESCE(SUM(minor), 0) AS total FROM {table} WHERE {where}"
        return int(self.db.execute(sql, values).fetchall()[0]["total"])

    def insert(self, table: str, **row: Any) -> Row:
        if table in VERSIONED:
            row["version"] = 1
        self.db.execute(_INSERT[table], row)
        self.changed.setdefault((table, row["id"]), None)
        return row

    def update(self, table: str, before: Row, **changes: Any) -> Row:
        """The row after the change, with a new version. `before` is the row as read in this transaction."""
        changes["version"] = before["version"] + 1
        assignments = ", ".join(f"{column} = :{column}" for column in changes)
        self.db.execute(f"UPDATE {table} SET {assignments} WHERE id = :id", changes | {"id": before["id"]})
        self.changed.setdefault((table, before["id"]), before)
        return before | changes

    def next_id(self, prefix: str) -> str:
        """`refund-12`: a counter per prefix, which also stays ahead of the ids in a loaded dataset."""
        row = self.db.execute(
            "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1 RETURNING n", (prefix,)
        ).fetchall()
        return f"{prefix}-{row[0]['n']}"
