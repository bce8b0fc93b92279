"""Keeps child processes running: starts them, and starts again what dies, after a growing pause."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from handrail.embedded.child import Child

Result = TypeVar("Result")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0
STEADY_S = 20.0
"""A child that ran this long starts again without having its earlier deaths counted."""


@dataclass
class _Kept:
    spawn: Callable[[], Child]
    child: Child
    started: float
    again: bool = False
    """Whether it is started again when it dies."""
    deaths: int = 0
    due: float | None = None


class Supervisor:
    """All children are spawned by one thread of its own, which lives until `close`.

    Linux ties a child's life to the thread that spawned it, so a caller's short-lived thread must not do it.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._kept: dict[str, _Kept] = {}
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()

    def start(self, name: str, spawn: Callable[[], Child]) -> Child:
        """Spawns it; it is not started again until `keep` says so."""
        return self._ask(lambda: self._spawn(name, spawn))

    def keep(self, name: str) -> None:
        """From now on it is started again when it dies."""
        self._ask(lambda: self._arm(name, True))

    def child(self, name: str) -> Child | None:
        kept = self._kept.get(name)
        return kept.child if kept else None

    def keeps(self, name: str) -> bool:
        """Whether it is started again when it dies."""
        return name in self._kept and self._kept[name].again

    def kill(self, name: str, *, again: bool) -> None:
        """kill -9; comes back when the process is gone. `again`: whether it is then started again."""
        kept = self._ask(lambda: self._arm(name, again))
        kept.child.kill()
        kept.child.wait()

    def end(self, name: str, patience_s: float) -> bool:
        """Stops it for good. Whether it stopped when asked; False: it had to be killed."""
        if name not in self._kept:
            return True
        kept = self._ask(lambda: self._arm(name, False))
        return kept.child.end(patience_s)

    def close(self) -> None:
        """The thread ends, and with it whatever still runs."""
        self._inbox.put(None)
        self._thread.join()

    def _ask(self, work: Callable[[], Result]) -> Result:
        if not self._thread.is_alive():
            raise RuntimeError("This stack was stopped; start a new one.")
        answer: Future[Result] = Future()

        def do() -> None:
            try:
                answer.set_result(work())
            except BaseException as error:
                answer.set_exception(error)

        self._inbox.put(do)
        return answer.result()

    def _run(self) -> None:
        while True:
            dues = [kept.due for kept in self._kept.values() if kept.due is not None]
            pause = max(0.0, min(dues) - time.monotonic()) if dues else None
            try:
                work = self._inbox.get(timeout=pause)
            except queue.Empty:
                self._start_due()
                continue
            if work is None:
                return
            work()

    def _spawn(self, name: str, spawn: Callable[[], Child]) -> Child:
        kept = self._kept.get(name)
        if kept and kept.child.exit_code is None:
            raise RuntimeError(f"{name} runs already (pid {kept.child.pid}).")
        child = spawn()
        self._kept[name] = _Kept(spawn, child, time.monotonic())
        self._watch(name, child)
        return child

    def _arm(self, name: str, again: bool) -> _Kept:
        kept = self._kept[name]
        kept.again = again
        if not again:
            kept.due = None
        elif kept.child.exit_code is not None and kept.due is None:
            self._plan(name, kept)
        return kept

    def _watch(self, name: str, child: Child) -> None:
        def wait() -> None:
            child.wait()
            self._inbox.put(lambda: self._ended(name, child))

        threading.Thread(target=wait, name=f"{name} {child.pid}", daemon=True).start()

    def _ended(self, name: str, child: Child) -> None:
        kept = self._kept[name]
        if kept.child is child and kept.again and kept.due is None:
            self._plan(name, kept)

    def _plan(self, name: str, kept: _Kept) -> None:
        steady = time.monotonic() - kept.started > STEADY_S
        kept.deaths = 1 if steady else kept.deaths + 1
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(kept.deaths - 1, 20))
        kept.due = time.monotonic() + pause
        self._note(f"{name} {kept.child.how_it_ended}; it starts again in {pause:.1f} s (log: {kept.child.log})")

    def _start_due(self) -> None:
        for name, kept in self._kept.items():
            if kept.due is not None and kept.due <= time.monotonic():
                kept.due = None
                kept.child, kept.started = kept.spawn(), time.monotonic()
                self._watch(name, kept.child)
