"""Handrail's own database: SQLite embedded, PostgreSQL by URL. One engine per process and URL.

`open_database` migrates to the newest schema first; several processes may start at once.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

Result = TypeVar("Result")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 15_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIGRATION_LOCK = 0x48414E44  # "HAND": the PostgreSQL advisory lock under which a process migrates

_opened: dict[str, Database] = {}
_opening = threading.Lock()


class Database:
    """An engine, and the threads in which it is used so that no event loop waits for a disk."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url)
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")
        # Within a process writers queue here: SQLite's own busy handler sleeps up to 100 ms between tries.
        self._writing = threading.Lock() if self.sqlite else None

    async def run(self, work: Callable[..., Result], *args: Any) -> Result:
        """`work(*args)` in one of the database's threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A snapshot: all reads in it see the same moment."""
        with self.engine.connect() as connection:
            if not self.sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its start (SQLite); commits at the end, or rolls back."""
        with self.engine.connect().execution_options(writes=True) as connection, self.turn(), connection.begin():
            yield connection

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A writer's turn within this process; taken before its transaction begins."""
        if self._writing is None:
            yield
            return
        with self._writing:
            yield

    def unreachable(self, error: Exception) -> bool:
        """Whether the database itself failed (gone, full, locked for too long), not what was to be written."""
        driver: Any = self.engine.dialect.dbapi
        return isinstance(error, (driver.OperationalError, sa.exc.OperationalError, sa.exc.TimeoutError))

    def forget_old_pages(self) -> None:
        """SQLite: move the write-ahead log into the file and empty it, so that overwritten bytes are nowhere."""
        if self.sqlite:
            with closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.close()

    def dispose(self) -> None:
        self._threads.shutdown(wait=True)
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The process's database at this URL, migrated. The same object each time, also after a fork never a shared one."""
    name = f"{os.getpid()} {sa.make_url(url).render_as_string(hide_password=False)}"
    with _opening:
        if name not in _opened:
            database = Database(url)
            _migrate(database)
            _opened[name] = database
        return _opened[name]


def micros(at: datetime) -> int:
    """A moment as both databases keep it alike: microseconds since 1970, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(at: int | None) -> datetime | None:
    return None if at is None else _EPOCH + timedelta(microseconds=at)


def migrate(url: str) -> None:
    """Bring the schema at this URL to the newest version."""
    open_database(url)


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_size=6, pool_pre_ping=True)
    if not url.database or url.database == ":memory:":
        raise ValueError(f"{url} keeps nothing; give a file: sqlite:////path/handrail.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, pool_size=6, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own; see _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # a destroyed key's bytes are overwritten, not only unlinked


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once when another one wrote in between.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")


def _migrate(database: Database) -> None:
    if _is_newest(database):
        return
    from alembic import command  # a fifth of a second, which a restarted worker has better use for
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if database.sqlite:
        _use_wal(database)
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _is_newest(database: Database) -> bool:
    """Whether the schema is the one of the last file in `migrations/versions`: `v0001_...` has revision 0001."""
    newest = max(file.name[1:5] for file in (MIGRATIONS / "versions").glob("v[0-9]*.py"))
    with database.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found == newest


def _use_wal(database: Database) -> None:
    """WAL is a property of the file. Switching needs the file alone and ignores busy_timeout: so, one at a time."""
    with _file_lock(Path(f"{database.url.database}.lock")), closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.close()


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
