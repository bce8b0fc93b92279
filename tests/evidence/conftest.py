"""A book on a real file, and events to put into it."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.evidence import Event
from handrail.evidence import EvidenceBook

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def event(key: str, run: str = "refund-1", **fields: Any) -> Event:
    return Event(**{"run": run, "key": key, "type": "note", "at": AT, "body": {"text": f"this is {key}"}, **fields})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'handrail.db'}"


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "signing-key.pem"


@pytest.fixture
async def book(url: str, key_path: Path) -> AsyncIterator[EvidenceBook]:
    book = EvidenceBook(url, key_path)
    yield book
    await book.close()


@pytest.fixture
def as_dba(tmp_path: Path) -> Callable[..., None]:
    """Runs SQL on the file as somebody who owns it: past the triggers that forbid changes."""

    def run(*statements: str) -> None:
        with closing(sqlite3.connect(tmp_path / "handrail.db", isolation_level=None)) as connection:
            for table in ("evidence_events", "evidence_checkpoints"):
                for verb in ("update", "delete"):
                    connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            for statement in statements:
                connection.execute(statement)

    return run
