"""Group commit: one thread writes; what came in while it was committing becomes its next transaction."""

import asyncio
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import sqlalchemy as sa

from handrail.database import Database
from handrail.evidence._appending import Appender
from handrail.evidence.records import Draft

MOST_AT_ONCE = 512


class EvidenceNotWritten(Exception):
    """The events are not on record, so what they announce must not happen. Safe to try again: keys are idempotent."""


@dataclass(slots=True)
class Submission:
    drafts: list[Draft]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]
    error: Exception | None = None

    def settle(self) -> None:
        if self.done.done():  # the caller was cancelled; the events are written all the same
            return
        if self.error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(self.error)


class GroupWriter:
    """Starts its thread with the first submission."""

    def __init__(self, database: Database, appender: Appender) -> None:
        self._database = database
        self._appender = appender
        self._queue: SimpleQueue[Submission | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._connection: sa.PoolProxiedConnection | None = None

    async def write(self, drafts: list[Draft]) -> None:
        """Returns when they are committed. Raises EvidenceNotWritten."""
        if self._closed:
            raise EvidenceNotWritten("The evidence book is closed; open another one.")
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="evidence", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        submission = Submission(drafts, loop, loop.create_future())
        self._queue.put(submission)
        await submission.done

    def close(self) -> None:
        """Writes what has come in, then ends the thread."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        self._drop_connection()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = [first], False
            while len(batch) < MOST_AT_ONCE and not last:
                try:
                    submission = self._queue.get_nowait()
                except Empty:
                    break
                if submission is None:
                    last = True
                else:
                    batch.append(submission)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: list[Submission]) -> None:
        try:
            self._write(batch)
        except Exception as error:
            if len(batch) > 1 and not self._database.unreachable(error):
                # One of them cannot be stored: the others shall not suffer for it.
                for submission in batch:
                    self._commit([submission])
                return
            _fail(batch, error)
        _settle(batch)

    def _write(self, batch: list[Submission]) -> None:
        """On the driver's own connection, kept open: at one event per transaction the ORM's care costs more than it."""
        drafts = [draft for submission in batch for draft in submission.drafts]
        with self._database.turn():
            connection = self._connection = self._connection or self._database.engine.raw_connection()
            try:
                cursor = connection.cursor()
                if self._database.sqlite:
                    cursor.execute("BEGIN IMMEDIATE")
                self._appender.append(cursor, drafts)
                cursor.close()
                connection.commit()
            except Exception:
                self._drop_connection()
                raise

    def _drop_connection(self) -> None:
        """The next transaction gets a connection that is known to work."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(Exception):  # closing alone would leave the write lock with a cursor that a traceback still holds
            connection.rollback()
        connection.invalidate()


def _fail(batch: list[Submission], error: Exception) -> None:
    for submission in batch:
        runs = ", ".join(sorted({draft.chain for draft in submission.drafts}))
        submission.error = EvidenceNotWritten(f"Evidence of {runs} could not be written: {error}")
        submission.error.__cause__ = error


def _settle(batch: list[Submission]) -> None:
    """One wake-up per event loop, not per caller."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Submission]] = defaultdict(list)
    for submission in batch:
        by_loop[submission.loop].append(submission)
    for loop, submissions in by_loop.items():
        with suppress(RuntimeError):  # that loop has been closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle_here, submissions)


def _settle_here(submissions: list[Submission]) -> None:
    for submission in submissions:
        submission.settle()
