"""Requests per principal and minute: a token bucket each, in this process."""

import time
from collections.abc import Callable

MAX_BUCKETS = 10_000


class Rates:
    """A bucket holds one minute's worth and fills steadily, so that a burst is fine and a flood is not."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._size = float(max(1, per_minute))
        self._per_s = self._size / 60
        self._now = now
        self._buckets: dict[object, tuple[float, float]] = {}

    def take(self, principal: object) -> float:
        """0 when the request may go on, else the seconds until the next one may."""
        now = self._now()
        left, at = self._buckets.pop(principal, (self._size, now))
        left = min(self._size, left + (now - at) * self._per_s)
        allowed = left >= 1
        self._buckets[principal] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MAX_BUCKETS:
            self._forget_one()
        return 0.0 if allowed else (1 - left) / self._per_s

    def _forget_one(self) -> None:
        # Each take moves its bucket to the end: the first one is the one that was idle for longest.
        del self._buckets[next(iter(self._buckets))]
