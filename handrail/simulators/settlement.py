"""Refunds that settle later: pending ones get a timer, also again after a restart, and end settled or failed."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from handrail.simulators import ledger
from handrail.simulators.billing import shown
from handrail.simulators.database import Row, transaction
from handrail.simulators.dataset import written
from handrail.simulators.past import Past
from handrail.simulators.settings import Settings
from handrail.simulators.tables import Tables

Tell = Callable[[str, dict[str, Any]], None]


class Settlement:
    def __init__(self, db: sqlite3.Connection, past: Past, settings: Callable[[], Settings], tell: Tell) -> None:
        self._db, self._past, self._settings, self._tell = db, past, settings, tell
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def refunded(self, refund: Row) -> None:
        """A refund was committed. One that settled at once was told in the answer; others are waited for."""
        if refund["state"] != "settled":
            self._wait(refund)

    def resume(self) -> None:
        """Timers for every pending refund that has a time to settle. Needs a running loop."""
        self.stop()
        rows = self._db.execute("SELECT * FROM refunds WHERE state = 'pending' AND settles_at IS NOT NULL").fetchall()
        for refund in rows:
            self._wait(refund)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wait(self, refund: Row) -> None:
        due = datetime.fromisoformat(refund["settles_at"]) - datetime.now(UTC)
        loop = asyncio.get_running_loop()
        self._timers[refund["id"]] = loop.call_later(max(0.0, due.total_seconds()), self._settle, refund["id"])

    def _settle(self, id: str) -> None:
        self._timers.pop(id, None)
        now = datetime.now(UTC)
        tables = Tables(self._db, self._past, now.timestamp())
        with transaction(self._db):
            refund = tables.get("refunds", id)
            if refund is None or refund["state"] != "pending":
                return
            refund = self._end(tables, refund, written(now))
        self._past.remember(tables.changed, now.timestamp())
        self._tell(f"refund.{refund['state']}", shown(refund))

    def _end(self, tables: Tables, refund: Row, now: str) -> Row:
        fails = self._settings().settle_fails
        instrument = tables.get("instruments", refund["instrument_id"])
        kind = instrument["kind"] if instrument else "card"
        credit = ledger.sales(refund["order_id"]) if fails else ledger.account_of(kind, refund["instrument_id"])
        entry = ledger.movement(
            "refund_failed" if fails else "refund_settled",
            ledger.in_transit(refund["id"]),
            credit,
            refund,
            id=tables.next_id("movement"),
            order_id=refund["order_id"],
            at=now,
        )
        tables.insert("movements", **entry)
        capture = tables.get("captures", refund["payment_id"])
        if capture is not None:
            tables.update("captures", capture)
        state = "failed" if fails else "settled"
        return tables.update("refunds", refund, state=state, settled_at=None if fails else now, settles_at=None)
