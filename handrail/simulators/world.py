"""Everything behind the doors: one database, its settings, faults, log and keys, and what a call does to them."""

import json
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handrail.simulators import (  # noqa: F401  (their operations register themselves)
    billing,
    cases,
    casework,
    charges,
    claims,
    crm,
    messaging,
    order_changes,
    order_requests,
    orders,
    payouts,
    replacements,
    shipments,
    vouchers,
)
from handrail.simulators.calls import Call, Operation, Refusal, error
from handrail.simulators.database import open_database, transaction
from handrail.simulators.dataset import Dataset
from handrail.simulators.faults import Fault, Faults
from handrail.simulators.keys import Keys, Sent
from handrail.simulators.loading import load
from handrail.simulators.log import Log
from handrail.simulators.past import FRESH, Past, Sight
from handrail.simulators.settings import Settings
from handrail.simulators.settlement import Settlement
from handrail.simulators.tables import Tables
from handrail.simulators.webhooks import Webhooks

_LAGGING = frozenset({"find_notes", "find_refunds"})
_READ_BY_ID = {
    "get_case": "cases",
    "get_refund": "refunds",
    "get_claim": "claims",
    "get_payout": "payouts",
    "get_voucher": "vouchers",
    "get_order": "orders",
}
"""Reads of one object that carries the reference of whoever wrote it, and its table."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of one of the four systems, as it came in."""

    operation: Operation
    ids: tuple[str, ...]
    path: str
    query: dict[str, str]
    body: bytes
    key: str
    if_match: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    replayed: bool = False


@dataclass(slots=True)
class World:
    db: sqlite3.Connection
    settings: Settings
    faults: Faults = field(default_factory=Faults)
    log: Log = field(default_factory=Log)
    past: Past = field(default_factory=Past)
    keys: Keys = field(init=False)
    webhooks: Webhooks = field(init=False)
    settlement: Settlement = field(init=False)
    load: str = field(init=False)
    """Which dataset this is: grows with each `replace`."""

    def __post_init__(self) -> None:
        self.keys = Keys(self.db)
        self.webhooks = Webhooks(lambda: self.settings.webhook)
        self.settlement = Settlement(self.db, self.past, lambda: self.settings, self.webhooks.tell)
        self.load = _fact(self.db, "load") or "0"

    @property
    def is_empty(self) -> bool:
        """No dataset was ever loaded into this file."""
        return self.load == "0"

    def replace(self, dataset: Dataset) -> None:
        load(self.db, dataset)
        self.past.forget()
        self.load = _fact(self.db, "load")

    def change(self, settings: Settings) -> None:
        self.db.execute("INSERT OR REPLACE INTO facts VALUES ('settings', ?)", (settings.model_dump_json(),))
        self.settings = settings

    def reference_of(self, asked: Asked) -> str:
        """Under which reference the object was written that is read by its id; empty: none."""
        table = _READ_BY_ID.get(asked.operation.name)
        rows = self.db.execute(f"SELECT reference FROM {table} WHERE id = ?", asked.ids).fetchall() if table else []
        return str(rows[0]["reference"]) if rows else ""

    def answer(self, asked: Asked, faults: list[Fault]) -> Answer:
        """Do the work, once per key. Never awaits, so no other call comes in between."""
        try:
            return self._write(asked, faults) if asked.operation.writes else self._read(asked, faults)
        except Refusal as refusal:
            return Answer(refusal.status, encoded(refusal.body))

    def _read(self, asked: Asked, faults: list[Fault]) -> Answer:
        kinds = {fault.kind: fault for fault in faults}
        if instead := kinds.get("refuse") or kinds.get("refuse_200"):
            return _refused_by(instead)
        lag = self.settings.stale_reads_s
        if asked.operation.name in _LAGGING:
            lag = max(lag, self.settings.finder_lag_s)
        sight = Sight(lag, "stale" in kinds) if lag or "stale" in kinds else FRESH
        status, body = asked.operation.run(self._call(asked, sight))
        return Answer(status, encoded(body))

    def _write(self, asked: Asked, faults: list[Fault]) -> Answer:
        kinds = {fault.kind: fault for fault in faults}
        sent = Sent(asked.operation.system, asked.key, asked.operation.method, asked.path, asked.body)
        heeds_key = "key_ignored" not in kinds
        if heeds_key and (kept := self.keys.find(sent, time.time(), self.settings.key_ttl_s)):
            return Answer(*kept, replayed=True)
        if "refuse_200" in kinds:
            return _refused_by(kinds["refuse_200"])
        if "refuse" in kinds:
            answer = _refused_by(kinds["refuse"])
            if heeds_key:
                self.keys.keep(sent, answer.status, answer.body, time.time())
            return answer
        return self._apply(asked, sent if heeds_key else None, undone="no_op" in kinds)

    def _apply(self, asked: Asked, sent: Sent | None, *, undone: bool) -> Answer:
        """The write and its key in one transaction; a refusal by a business rule keeps only the key."""
        call = self._call(asked, FRESH)
        try:
            with transaction(self.db):
                status, body = asked.operation.run(call)
                answer = Answer(status, encoded(body))
                if undone:
                    raise _Undone
                if sent:
                    self.keys.keep(sent, status, answer.body, call.now_s)
        except _Undone:
            return answer
        except Refusal as refusal:
            if refusal.kept and sent:
                self.keys.keep(sent, refusal.status, encoded(refusal.body), call.now_s)
            raise
        if call.tables.changed:
            self.past.remember(call.tables.changed, call.now_s)
        for refund in call.refunded:
            self.settlement.refunded(refund)
        for kind, data in call.told:
            self.webhooks.tell(kind, data)
        return answer

    def _call(self, asked: Asked, sight: Sight) -> Call:
        now = time.time()
        tables = Tables(self.db, self.past, now, sight)
        return Call(asked.ids, asked.query, asked.body, asked.if_match, tables, self.settings, now, self.load)


class _Undone(Exception):
    """Rolls a transaction back: the fault `no_op` wants the answer, not the effect."""


def open_world(database: Path) -> World:
    """The world as it was left; `is_empty` when the file is new."""
    db = open_database(database)
    kept = _fact(db, "settings")
    return World(db, Settings.model_validate_json(kept) if kept else Settings())


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _refused_by(fault: Fault) -> Answer:
    status = 200 if fault.kind == "refuse_200" else fault.status or 422
    return Answer(status, encoded(error(fault.code, fault.message)))


def _fact(db: sqlite3.Connection, name: str) -> str:
    rows = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchall()
    return str(rows[0]["value"]) if rows else ""
