"""Idempotency keys: what was answered under a key is answered again, for as long as the key lives."""

import json
import sqlite3
from dataclasses import dataclass, field

from handrail.simulators.calls import Refusal


@dataclass(frozen=True, slots=True)
class Sent:
    """What a key stands for: one request."""

    system: str
    key: str
    method: str
    path: str
    body: bytes


@dataclass(slots=True)
class Keys:
    db: sqlite3.Connection
    _in_flight: set[tuple[str, str]] = field(default_factory=set)

    def begin(self, sent: Sent) -> None:
        """Raises a 409 while another request with this key runs. Pair with `end`."""
        if (sent.system, sent.key) in self._in_flight:
            text = f"A request with key {sent.key} is still running; send it again later."
            raise Refusal(409, "idempotency_key_in_flight", text, "Idempotency-Key")
        self._in_flight.add((sent.system, sent.key))

    def end(self, sent: Sent) -> None:
        self._in_flight.discard((sent.system, sent.key))

    def find(self, sent: Sent, now_s: float, ttl_s: float) -> tuple[int, bytes] | None:
        """Status and body as first answered. Raises a 422 when the key came with another request."""
        rows = self.db.execute("SELECT * FROM keys WHERE system = ? AND key = ?", (sent.system, sent.key)).fetchall()
        if not rows or rows[0]["at"] + ttl_s <= now_s:
            return None
        row = rows[0]
        if (row["method"], row["path"]) != (sent.method, sent.path) or not _same(row["sent"], sent.body):
            text = f"Key {sent.key} was first sent with {row['method']} {row['path']} and another body or path."
            raise Refusal(422, "idempotency_key_reused", text, "Idempotency-Key")
        return row["status"], row["answer"]

    def keep(self, sent: Sent, status: int, answer: bytes, now_s: float) -> None:
        """Within the transaction of the write itself: a crash keeps both or neither."""
        row = (sent.system, sent.key, sent.method, sent.path, sent.body, status, answer, now_s)
        self.db.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _same(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False
