"""The database: opened once, migrated by whoever comes first."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from handrail.database import MIGRATIONS, migrate, open_database


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'handrail.db'}"
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        pool.map(migrate, [url] * 6)

    newest = max(file.name[1:5] for file in (MIGRATIONS / "versions").glob("v[0-9]*.py"))
    with closing(sqlite3.connect(tmp_path / "new" / "handrail.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest,)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_process_has_one_database_per_url(url: str) -> None:
    assert open_database(url) is open_database(url)


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="keeps nothing"):
        open_database("sqlite://")


def test_writers_hold_the_lock_from_the_start(url: str) -> None:
    """A transaction that reads, then writes, must not find that another one wrote in between."""
    database = open_database(url)
    path = str(database.url.database)
    with database.writing(), closing(sqlite3.connect(path, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM evidence_heads").fetchone() == (0,)
