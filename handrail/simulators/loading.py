"""Dataset in, dataset out: one transaction replaces everything, and the export is the same document again."""

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from handrail.simulators import ledger
from handrail.simulators.claim_records import PayoutRecord, VoucherRecord
from handrail.simulators.crm import fold
from handrail.simulators.database import TABLES, VERSIONED, Row, transaction
from handrail.simulators.dataset import Capture, Dataset, InstrumentRecord, RefundRecord, written
from handrail.simulators.payouts import matured


def load(db: sqlite3.Connection, dataset: Dataset) -> None:
    """Also forgets the idempotency keys: they belong to the world that is replaced."""
    with transaction(db):
        for table in (*TABLES, "keys", "counters"):
            db.execute(f"DELETE FROM {table}")
        for table, rows in _rows(dataset).items():
            _insert(db, table, rows)
        _insert(db, "movements", list(_movements(dataset)))
        _start_counters(db)
        db.execute("INSERT INTO facts VALUES ('load', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1")


def export(db: sqlite3.Connection) -> dict[str, Any]:
    """Every field, also the empty ones, as they are now; rows in the order in which they came."""
    now = written(datetime.now(UTC))
    document: dict[str, Any] = {"format": "handrail.dataset/1"}
    for part, fields in _PARTS.items():
        rows = db.execute(f"SELECT * FROM {part} ORDER BY n").fetchall()
        if part == "payouts":
            rows = [matured(row, now) for row in rows]
        document[part] = [json.loads(row["doc"]) if fields is None else _record(row, fields) for row in rows]
    return document


_PARTS: dict[str, tuple[str, ...] | None] = {
    "customers": ("id", "first_name", "last_name", "email", "phone", "address", "segments"),
    "instruments": ("id", "customer_id", "kind", "label", "balance", "added_at"),
    "products": None,
    "orders": None,
    "captures": ("id", "order_id", "instrument_id", "amount", "captured_at", "reference", "change"),
    "refunds": (
        "id", "payment_id", "amount", "instrument_id", "state", "reference", "reason", "change",
        "created_at", "settled_at", "settles_at",
    ),
    "notes": ("id", "customer_id", "text", "reference", "created_at"),
    "cases": (
        "id", "subject", "state", "customer_id", "order_id", "queue", "reference", "body", "comments", "category",
        "priority", "owner", "links", "records", "merged_into", "attachments", "first_response_due", "resolution_due",
        "first_response_at", "resolved_at", "created_at",
    ),
    "coverages": None,
    "claims": None,
    "payouts": (
        "id", "customer_id", "instrument_id", "amount", "subject", "state", "reference", "reason",
        "created_at", "settled_at", "settles_at",
    ),
    "vouchers": (
        "id", "number", "claim_id", "amount", "provider", "expires_on", "state", "reference", "issued_at",
    ),
}  # fmt: skip


_CASE_LISTS = ("comments", "links", "records", "attachments")


def _record(row: Row, fields: tuple[str, ...]) -> dict[str, Any]:
    return {field: _value(row, field) for field in fields}


def _value(row: Row, field: str) -> Any:
    match field:
        case "amount":
            return {"minor": row["minor"], "currency": row["currency"]}
        case "balance":
            return None if row["balance"] is None else {"minor": row["balance"], "currency": row["currency"]}
        case "added_at":
            return row[field] or None
        case "address" | "segments" | "comments" | "links" | "records" | "attachments":
            return json.loads(row[field] or "[]")  # empty: a file of an earlier version
        case _:
            return row[field]


def _rows(dataset: Dataset) -> dict[str, list[dict[str, Any]]]:
    orders = {order.id: order for order in dataset.orders}
    of_capture = {capture.id: capture.order_id for capture in dataset.captures}
    return {
        "customers": [_customer(record.model_dump(mode="json")) for record in dataset.customers],
        "instruments": [_instrument(record) for record in dataset.instruments],
        "products": [{"id": record.id, "doc": record.model_dump_json()} for record in dataset.products],
        "orders": [
            {
                "id": record.id, "customer_id": record.customer_id, "placed_at": written(record.placed_at),
                "reference": record.reference, "doc": record.model_dump_json(),
            }
            for record in dataset.orders
        ],
        "captures": [
            _priced(record) | {"customer_id": orders[record.order_id].customer_id} for record in dataset.captures
        ],
        "refunds": [_priced(record) | {"order_id": of_capture[record.payment_id]} for record in dataset.refunds],
        "notes": [record.model_dump(mode="json") for record in dataset.notes],
        "cases": [
            record.model_dump(mode="json")
            | {name: json.dumps(record.model_dump(mode="json")[name]) for name in _CASE_LISTS}
            for record in dataset.cases
        ],
        "coverages": [
            {"id": record.id, "customer_id": record.customer_id, "doc": record.model_dump_json()}
            for record in dataset.coverages
        ],
        "claims": [
            record.model_dump(include={"id", "coverage_id", "customer_id", "state", "reference"})
            | {"doc": record.model_dump_json()}
            for record in dataset.claims
        ],
        "payouts": [_priced(record) for record in dataset.payouts],
        "vouchers": [_priced(record) for record in dataset.vouchers],
    }  # fmt: skip


def _customer(record: dict[str, Any]) -> dict[str, Any]:
    address = record["address"] or {}
    return record | {
        "address": json.dumps(record["address"]),
        "segments": json.dumps(record["segments"]),
        "changed": "{}",
        "email_key": fold(record["email"]),
        "first_key": fold(record["first_name"]),
        "last_key": fold(record["last_name"]),
        "postal_key": fold(address.get("postal_code", "")),
    }


def _instrument(record: InstrumentRecord) -> dict[str, Any]:
    balance, currency = (record.balance.minor, record.balance.currency) if record.balance else (None, None)
    return record.model_dump(mode="json") | {"balance": balance, "currency": currency}


def _priced(record: Capture | RefundRecord | PayoutRecord | VoucherRecord) -> dict[str, Any]:
    row = record.model_dump(mode="json")
    amount = row.pop("amount")
    return row | {"minor": amount["minor"], "currency": amount["currency"]}


def _insert(db: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    columns = TABLES[table]
    if table in VERSIONED:
        rows = [row | {"version": 1} for row in rows]
    marks = ", ".join("?" * len(columns))
    values = ([row[column] for column in columns] for row in rows)
    db.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)


def _movements(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """The ledger is not in the document: it follows from captures, refunds and balances."""
    for n, (kind, debit, credit, row, order_id, at) in enumerate(_history(dataset), start=1):
        yield ledger.movement(kind, debit, credit, row, id=f"movement-{n}", order_id=order_id, at=at)


def _history(dataset: Dataset) -> Iterator[tuple[str, str, str, Row, str, str]]:
    accounts = {record.id: ledger.account_of(record.kind, record.id) for record in dataset.instruments}
    captures = {record.id: record for record in dataset.captures}
    opening = {record.id: record.balance.minor for record in dataset.instruments if record.balance}
    for capture in dataset.captures:
        at, row, order = written(capture.captured_at), _priced(capture), capture.order_id
        yield "capture", accounts[capture.instrument_id], ledger.sales(order), row, order, at
        if capture.instrument_id in opening:
            opening[capture.instrument_id] += capture.amount.minor
    for refund in dataset.refunds:
        order, account = captures[refund.payment_id].order_id, accounts[refund.instrument_id]
        yield from _refund_history(refund, order, account)
        if refund.instrument_id in opening and refund.state != "failed":
            opening[refund.instrument_id] -= refund.amount.minor
    for payout in dataset.payouts:
        account, at = accounts[payout.instrument_id], written(payout.created_at)
        yield "payout", ledger.claims(payout.subject), account, _priced(payout), "", at
        if payout.state == "failed":
            yield "payout_failed", account, ledger.claims(payout.subject), _priced(payout), "", at
        elif payout.instrument_id in opening:
            opening[payout.instrument_id] -= payout.amount.minor
    for record in dataset.instruments:
        if record.balance:
            yield _opening(record, opening[record.id])


def _refund_history(refund: RefundRecord, order: str, account: str) -> Iterator[tuple[str, str, str, Row, str, str]]:
    row, at, way = _priced(refund), written(refund.created_at), ledger.in_transit(refund.id)
    yield "refund", ledger.sales(order), account if refund.state == "settled" else way, row, order, at
    if refund.state == "failed":
        yield "refund_failed", way, ledger.sales(order), row, order, at


def _opening(record: InstrumentRecord, minor: int) -> tuple[str, str, str, Row, str, str]:
    """What a stored value held before the dataset's first movement; below zero when it was spent elsewhere since."""
    account, currency = ledger.account_of(record.kind, record.id), record.balance.currency if record.balance else ""
    debit, credit = (ledger.ISSUED, account) if minor >= 0 else (account, ledger.ISSUED)
    return "opening", debit, credit, {"id": record.id, "minor": abs(minor), "currency": currency}, "", ""


def _start_counters(db: sqlite3.Connection) -> None:
    prefixes = {
        "refunds": "refund", "captures": "charge", "notes": "note", "cases": "case", "movements": "movement",
        "claims": "claim", "payouts": "payout", "orders": "replacement", "vouchers": "voucher",
    }  # fmt: skip
    for table, prefix in prefixes.items():
        ids = [row["id"] for row in db.execute(f"SELECT id FROM {table}")]
        numbers = [int(found[1]) for id in ids if (found := re.fullmatch(rf"{prefix}-(\d+)", id))]
        db.execute("INSERT INTO counters VALUES (?, ?)", (prefix, max(numbers, default=0)))
