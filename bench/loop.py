"""The closed loop: so many callers, each asks for its next refund when the one before is finished."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from bench.shop import Call

Refund = Callable[[Call, str, "Stopwatch"], Awaitable[None]]


class Stopwatch:
    """One refund's times, in seconds since it was asked for."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self.first = self.done = 0.0

    def answered(self) -> None:
        self.first = self.first or time.perf_counter() - self._start

    def finished(self) -> None:
        self.answered()
        self.done = time.perf_counter() - self._start


@dataclass
class Lap:
    """What a loop measured; times in seconds."""

    first: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wall: float = 0.0


async def closed_loop(callers: int, seconds: float, calls: list[Call], refund: Refund) -> Lap:
    """Refunds begun within `seconds` are all finished, and counted; `wall` ends with the last."""
    lap, waiting = Lap(), iter(calls)
    start = time.perf_counter()
    await asyncio.gather(*(_caller(lap, start + seconds, waiting, refund) for _ in range(callers)))
    lap.wall = time.perf_counter() - start
    return lap


async def _caller(lap: Lap, until: float, waiting: Iterator[Call], refund: Refund) -> None:
    for call in waiting:
        for order in call.orders:
            if time.perf_counter() > until:
                return
            watch = Stopwatch()
            try:
                await refund(call, order, watch)
            except Exception as error:
                lap.errors.append(f"{order}: {type(error).__name__}: {error}")
                continue
            watch.finished()
            lap.first.append(watch.first)
            lap.done.append(watch.done)
