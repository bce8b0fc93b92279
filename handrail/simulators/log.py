"""What each system saw, in the order in which it was done with it. A ring in memory: a restart begins anew."""

import json
from collections import deque
from itertools import islice
from typing import Any, NamedTuple

KEPT = 100_000


class Seen(NamedTuple):
    seq: int
    at: str
    system: str
    operation: str
    method: str
    path: str
    key: str
    reference: str
    status: int
    """0: the connection was cut without an answer."""
    fault: str
    """Kinds of the faults that hit it, joined by `+`."""
    traceparent: str
    body: bytes
    replayed: bool
    request_id: str

    def shown(self) -> dict[str, Any]:
        return self._asdict() | {"body": _json(self.body)}


class Log:
    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=KEPT)
        self._last = 0

    def write(self, *, at: str, **seen: Any) -> None:
        self._last += 1
        self._seen.append(Seen(seq=self._last, at=at, **seen))

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Everything after `seq` that is still kept."""
        if not self._seen:
            return []
        skipped = max(0, seq - self._seen[0].seq + 1)
        return [seen.shown() for seen in islice(self._seen, skipped, None)]

    def clear(self) -> None:
        """Numbers go on, so a reader's `since` stays good."""
        self._seen.clear()


def _json(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
