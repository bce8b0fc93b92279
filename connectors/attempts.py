"""What this process knows of earlier sends of a write.

It only ever delays a send: when the memory is lost, one more wait is the price. A send may have reached the vendor
although no answer came, and may still be under way. From `quiet_from` on, nothing of it moves any more; a finder that
lags by L is believed from `quiet_from + L` on.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from connectors.effects import WriteRef

FRESH_S = 300.0
"""A first attempt older than this may be a repetition: a reset history counts its attempts from 1 again."""
_KEPT = 10_000


@dataclass(slots=True)
class Seen:
    resent: int
    attempt: int
    first: float
    """Clock time of the first send, as far as known."""
    quiet_from: float | None
    """None: nothing was sent that could have been applied."""
    over: bool = False
    """The attempt has ended, so what is noted of it is all."""


class Attempts:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def begin(self, ref: WriteRef, attempt: int, age_s: float, in_flight_s: float) -> Seen:
        """What is known as this attempt begins. `in_flight_s`: how long a request without an answer may still land."""
        now, before = self.clock(), self._seen.get(ref.value)
        first = min(now - age_s, before.first if before else now)
        if before and before.over and (before.resent, before.attempt) == (ref.resent, attempt - 1):
            quiet_from = before.quiet_from  # The attempt before this one was ours: we know what became of it.
        elif before is None and attempt == 1 and age_s <= FRESH_S:
            quiet_from = None
        else:
            # Sent elsewhere, or at the same time (Temporal starts the next attempt when heartbeats were late or its
            # server was away, though the one before still runs here): it may be under way right now.
            quiet_from = now + in_flight_s
        seen = Seen(ref.resent, attempt, first, quiet_from)
        self._seen[ref.value] = seen
        self._seen.move_to_end(ref.value)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return seen

    def get(self, ref: WriteRef) -> Seen | None:
        return self._seen.get(ref.value)

    def forget(self, ref: WriteRef) -> None:
        self._seen.pop(ref.value, None)
