"""The SQLite file of the simulators: its schema, how it is opened, and one short transaction at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

TABLES: dict[str, tuple[str, ...]] = {
    "customers": (
        "id", "first_name", "last_name", "email", "phone", "address", "segments", "changed",
        "email_key", "first_key", "last_key", "postal_key", "version",
    ),
    "instruments": ("id", "customer_id", "kind", "label", "balance", "currency", "added_at", "version"),
    "products": ("id", "doc"),
    "orders": ("id", "customer_id", "placed_at", "reference", "doc", "version"),
    "captures": (
        "id", "order_id", "customer_id", "instrument_id", "minor", "currency", "captured_at", "reference",
        "change", "version",
    ),
    "refunds": (
        "id", "payment_id", "order_id", "minor", "currency", "instrument_id", "state", "reference", "reason",
        "change", "created_at", "settled_at", "settles_at", "version",
    ),
    "movements": ("id", "order_id", "at", "kind", "object_id", "debit", "credit", "minor", "currency"),
    "notes": ("id", "customer_id", "text", "reference", "created_at"),
    "cases": (
        "id", "subject", "state", "customer_id", "order_id", "queue", "reference", "body", "comments",
        "category", "priority", "owner", "links", "records", "merged_into", "attachments", "first_response_due",
        "resolution_due", "first_response_at", "resolved_at", "created_at", "version",
    ),
    "coverages": ("id", "customer_id", "doc", "version"),
    "claims": ("id", "coverage_id", "customer_id", "state", "reference", "doc", "version"),
    "payouts": (
        "id", "customer_id", "subject", "minor", "currency", "instrument_id", "state", "reference", "reason",
        "created_at", "settled_at", "settles_at", "version",
    ),
    "vouchers": (
        "id", "number", "claim_id", "minor", "currency", "provider", "expires_on", "state", "reference", "issued_at",
        "version",
    ),
    "messages": ("id", "channel", "recipient", "text", "reference", "created_at"),
}  # fmt: skip
"""What lies where. `n` orders rows as they came; JSON are `doc`, `address`, `segments`, `changed`, `comments`, `links`,
`records` and `attachments`."""

VERSIONED = frozenset(name for name, columns in TABLES.items() if "version" in columns)

_INTEGER = {"version", "minor", "balance"}
_INDEXES = {
    "customers": ("email_key", "last_key", "postal_key"),
    "instruments": ("customer_id",),
    "orders": ("customer_id",),
    "captures": ("order_id", "instrument_id"),
    "refunds": ("payment_id", "reference", "state"),
    "movements": ("order_id",),
    "notes": ("customer_id",),
    "cases": ("customer_id", "reference"),
    "coverages": ("customer_id",),
    "claims": ("customer_id", "coverage_id", "reference"),
    "payouts": ("customer_id", "subject", "reference"),
    "vouchers": ("claim_id", "reference"),
    "messages": ("reference",),
}


def open_database(path: Path) -> sqlite3.Connection:
    """The open file, with its schema. Autocommit: transactions are explicit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.row_factory = _as_dict
    db.execute("PRAGMA journal_mode=WAL")
    # OFF never calls fsync: what is committed survives kill -9 of this process, though not a power cut.
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA busy_timeout=5000")
    db.executescript("BEGIN;" + ";".join(_schema()) + ";COMMIT;")
    _add_columns(db)
    return db


def _add_columns(db: sqlite3.Connection) -> None:
    """A file of an earlier version gets the columns that it lacks, empty."""
    for table, columns in TABLES.items():
        there = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
        for column in columns:
            if column not in there:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT DEFAULT ''")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Never await inside: the connection is shared by all requests."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _schema() -> Iterator[str]:
    for table, columns in TABLES.items():
        types = ", ".join(f"{column} {'INTEGER' if column in _INTEGER else 'TEXT'}" for column in columns[1:])
        yield f"CREATE TABLE IF NOT EXISTS {table} (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, {types})"
        for column in _INDEXES.get(table, ()):
            yield f"CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column})"
    yield (
        "CREATE TABLE IF NOT EXISTS keys (system TEXT, key TEXT, method TEXT, path TEXT, sent BLOB,"
        " status INTEGER, answer BLOB, at REAL, PRIMARY KEY (system, key)) WITHOUT ROWID"
    )
    yield "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL)"
    yield "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)"


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
