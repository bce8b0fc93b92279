"""Appending: durable, in order, once per key, whole or not at all."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from handrail.evidence import EvidenceBook, EvidenceNotWritten
from tests.evidence.conftest import AT, event

APPEND_MANY = """
import asyncio, sys
from pathlib import Path
from handrail.evidence import EvidenceBook
from tests.evidence.conftest import event

async def main(url, key, name):
    book = EvidenceBook(url, Path(key))
    calls = [[event(f"{name}:{i}", run="shared"), event(f"{i}", run="same")] for i in range(60)]
    await asyncio.gather(*[book.append(events) for events in calls])
    await book.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_events_come_back_as_they_were_given_numbered_and_chained(book: EvidenceBook) -> None:
    given = [event("a", step="facts", assurance=1, trace_id="t1"), event("b", subject="C-1"), event("c")]

    await book.append(given)

    kept = await book.for_run("default", "refund-1")
    assert [e.model_copy(update={"seq": 0, "prev_hash": "", "hash": ""}) for e in kept] == given
    assert [e.seq for e in kept] == [1, 2, 3]
    assert [e.prev_hash for e in kept] == ["0" * 64, kept[0].hash, kept[1].hash]


async def test_a_repeated_key_is_passed_over_whatever_it_says(book: EvidenceBook) -> None:
    await book.append([event("a"), event("a", body={"text": "twice at once"})])
    await book.append([event("b"), event("a", body={"text": "again"}), event("c")])

    kept = await book.for_run("default", "refund-1")

    assert [(e.seq, e.key) for e in kept] == [(1, "a"), (2, "b"), (3, "c")]
    assert kept[0].body == {"text": "this is a"}


async def test_the_same_key_in_another_run_or_tenant_is_another_event(book: EvidenceBook) -> None:
    await book.append([event("a"), event("a", run="refund-2"), event("a", tenant="other")])

    assert len(await book.for_run("default", "refund-1")) == 1
    assert len(await book.for_run("other", "refund-1")) == 1
    assert len(await book.for_run("default", "refund-2")) == 1


async def test_fifty_callers_on_one_run_leave_one_unbroken_chain(book: EvidenceBook) -> None:
    await asyncio.gather(*[book.append([event(f"{i}:a"), event(f"{i}:b")]) for i in range(50)])

    kept = await book.for_run("default", "refund-1")
    keys = [e.key for e in kept]

    assert [e.seq for e in kept] == list(range(1, 101))
    assert all(keys.index(f"{i}:b") == keys.index(f"{i}:a") + 1 for i in range(50))
    assert (await book.verify()).ok


async def test_processes_that_start_at_once_and_write_one_run_leave_one_unbroken_chain(
    url: str, key_path: Path
) -> None:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", APPEND_MANY, url, str(key_path), name, stderr=subprocess.PIPE
        )
        for name in ("p", "q", "r")
    ]
    errors = [(await process.communicate())[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], errors

    book = EvidenceBook(url, key_path)
    kept = await book.for_run("default", "shared")
    same = await book.for_run("default", "same")
    report = await book.verify()
    await book.close()

    assert [e.seq for e in kept] == list(range(1, 181))
    assert sorted(e.key for e in same) == sorted(str(i) for i in range(60))
    assert report.ok, report.problems


async def test_what_cannot_be_written_raises_and_the_next_try_works(
    book: EvidenceBook, url: str, tmp_path: Path
) -> None:
    await book.append([event("a")])
    with closing(sqlite3.connect(tmp_path / "handrail.db")) as outage:
        outage.execute("ALTER TABLE evidence_heads RENAME TO gone")
        with pytest.raises(EvidenceNotWritten, match="refund-1 could not be written: no such table"):
            await book.append([event("b")])
        outage.execute("ALTER TABLE gone RENAME TO evidence_heads")

    await book.append([event("b")])

    assert [e.key for e in await book.for_run("default", "refund-1")] == ["a", "b"]


async def test_an_event_that_the_database_refuses_does_not_take_others_with_it(
    book: EvidenceBook, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "handrail.db")) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON evidence_events WHEN NEW.key = 'poison' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    keys = ["a", "poison", "b", "c"]

    results = await asyncio.gather(*[book.append([event(key)]) for key in keys], return_exceptions=True)

    assert [isinstance(result, EvidenceNotWritten) for result in results] == [False, True, False, False]
    assert {e.key for e in await book.for_run("default", "refund-1")} == {"a", "b", "c"}


async def test_events_that_cannot_be_kept_are_refused_by_name(book: EvidenceBook) -> None:
    with pytest.raises(ValueError, match=r"a of refund-1 has personal values \(email\) but no subject"):
        await book.append([event("a", personal={"email": "ann@example.com"})])
    with pytest.raises(ValueError, match="body of event b of refund-1 is no JSON"):
        await book.append([event("b", body={"connection": object()})])
    with pytest.raises(ValueError, match="timezone"):
        event("c", at=AT.replace(tzinfo=None))
    assert await book.for_run("default", "refund-1") == []


async def test_a_cancelled_caller_does_not_disturb_the_writer(book: EvidenceBook) -> None:
    hung_up = asyncio.create_task(book.append([event("a")]))
    await asyncio.sleep(0)
    hung_up.cancel()

    await book.append([event("b")])

    assert "b" in {e.key for e in await book.for_run("default", "refund-1")}


async def test_a_closed_book_says_so(url: str, key_path: Path) -> None:
    book = EvidenceBook(url, key_path)
    await book.append([event("a")])
    await book.close()

    with pytest.raises(EvidenceNotWritten, match="closed"):
        await book.append([event("b")])


async def test_the_database_itself_refuses_to_change_or_delete_an_event(book: EvidenceBook, tmp_path: Path) -> None:
    await book.append([event("a")])
    with closing(sqlite3.connect(tmp_path / "handrail.db")) as connection:
        for statement in ("UPDATE evidence_events SET record = '{}'", "DELETE FROM evidence_events"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
