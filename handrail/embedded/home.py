"""The folder in which an embedded stack keeps everything. One stack at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_LOCK = "lock"


class HomeInUse(Exception):
    """Names the folder and the process that holds it."""


class NoHome(Exception):
    """The folder holds something else: nothing in it is removed."""


class Home:
    """`with Home(path):` creates the folder, readable by its owner only, and holds its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    @property
    def temporal_db(self) -> Path:
        return self.path / "temporal.db"

    def log(self, part: str) -> Path:
        return self.path / "logs" / f"{part}.log"

    def holder(self) -> int | None:
        """The pid of the stack that runs here now."""
        try:
            with (self.path / _LOCK).open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read().strip() or 0)
        except FileNotFoundError:
            pass
        return None

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (self.path / _LOCK).open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise HomeInUse(
                f"{self.path} is in use by another Handrail (pid {holder}). "
                f"Stop that one (Ctrl-C there, or: kill {holder}), or choose another folder with --home."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._lock:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def empty(self) -> None:
        """Removes all state. Raises NoHome when the folder was not made by Handrail, HomeInUse when a stack runs."""
        if self.path.exists() and not (self.path / _LOCK).exists() and any(self.path.iterdir()):
            raise NoHome(f"{self.path} holds files but is no folder of Handrail (no `lock` in it): nothing is removed.")
        with self:
            for entry in self.path.iterdir():
                if entry.name == _LOCK:
                    continue
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
