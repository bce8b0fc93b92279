"""Billing: captures, instruments, refunds, and the ledger that every movement of money goes through."""

from typing import Annotated, Any

from pydantic import Field

from handrail.simulators import ledger
from handrail.simulators.calls import Answered, Body, Call, listed, not_found, operation, read, refused
from handrail.simulators.database import Row


class RefundAmount(Body):
    minor: Annotated[int, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class RefundBody(Body):
    amount: RefundAmount
    instrument_id: Annotated[str, Field(min_length=1, max_length=200)]
    reference: Annotated[str, Field(max_length=500)] = ""
    reason: Annotated[str, Field(max_length=2_000)] = ""
    change: Annotated[str, Field(max_length=500)] = ""


@operation("GET", "/billing/payments")
def get_payments(call: Call) -> Answered:
    given = call.filters("order_id", "reference")
    where = " AND ".join(f"{name} = ?" for name in given)
    captures = call.tables.find("captures", f"{where} ORDER BY n", *given.values())
    return 200, listed([payment_shown(call, capture) for capture in captures])


@operation("GET", "/billing/instruments")
def get_instruments(call: Call) -> Answered:
    rows = call.tables.find("instruments", "customer_id = ? ORDER BY n", call.filters("customer_id")["customer_id"])
    return 200, listed([_instrument(row) for row in rows])


@operation("POST", "/billing/payments/{id}/refunds")
def refund(call: Call) -> Answered:
    body = read(RefundBody, call)
    capture = call.tables.get("captures", call.ids[0])
    if capture is None:
        raise not_found("payment", call.ids[0])
    call.check_version("Payment", capture)
    instrument = _check(call, body, capture)
    settles_later = instrument["kind"] != "stored_value" and (
        call.settings.settle_after_s > 0 or call.settings.settle_fails
    )
    row = call.tables.insert(
        "refunds",
        id=call.tables.next_id("refund"),
        payment_id=capture["id"],
        order_id=capture["order_id"],
        minor=body.amount.minor,
        currency=body.amount.currency,
        instrument_id=instrument["id"],
        state="pending" if settles_later else "settled",
        reference=body.reference,
        reason=body.reason,
        change=body.change,
        created_at=call.now,
        settled_at=None if settles_later else call.now,
        settles_at=call.at(call.settings.settle_after_s) if settles_later else None,
    )
    call.tables.update("captures", capture)
    if instrument["kind"] == "stored_value":
        call.tables.update("instruments", instrument, balance=instrument["balance"] + row["minor"])
    arrives = ledger.account_of(instrument["kind"], instrument["id"])
    _book(
        call, "refund", ledger.sales(row["order_id"]), ledger.in_transit(row["id"]) if settles_later else arrives, row
    )
    call.refunded.append(row)
    return 201, shown(row)


@operation("GET", "/billing/refunds")
def find_refunds(call: Call) -> Answered:
    given = call.filters("payment_id", "reference")
    where = " AND ".join(f"{name} = ?" for name in given)
    return 200, listed([shown(row) for row in call.tables.find("refunds", f"{where} ORDER BY n", *given.values())])


@operation("GET", "/billing/refunds/{id}")
def get_refund(call: Call) -> Answered:
    row = call.tables.get("refunds", call.ids[0])
    if row is None:
        raise not_found("refund", call.ids[0])
    return 200, shown(row)


@operation("GET", "/billing/ledger")
def get_ledger(call: Call) -> Answered:
    rows = call.tables.find("movements", "order_id = ? ORDER BY n", call.filters("order_id")["order_id"])
    accounts = ledger.accounts(rows)
    return 200, listed([ledger.shown(row) for row in rows]) | {"accounts": accounts, "sum": sum(accounts.values())}


def _book(call: Call, kind: str, debit: str, credit: str, row: Row) -> None:
    entry = ledger.movement(
        kind, debit, credit, row, id=call.tables.next_id("movement"), order_id=row["order_id"], at=call.now
    )
    call.tables.insert("movements", **entry)


def shown(row: Row) -> dict[str, Any]:
    """A refund as billing tells it."""
    names = ("id", "payment_id", "order_id", "instrument_id", "state", "reference", "reason")
    told = {name: row[name] for name in names} | {"amount": _amount(row["minor"], row["currency"])}
    return told | {"created_at": row["created_at"], "settled_at": row["settled_at"]}


def _check(call: Call, body: RefundBody, capture: Row) -> Row:
    """The instrument to refund to. Raises the 422 that applies."""
    id, asked, currency = capture["id"], body.amount.minor, capture["currency"]
    if body.amount.currency != currency:
        text = f"Payment {id} is in {currency}; a refund in {body.amount.currency} was asked for."
        raise refused("currency_mismatch", text, "amount.currency")
    left = capture["minor"] - call.tables.total("refunds", "payment_id = ? AND state <> 'failed'", id)
    if left <= 0:
        raise refused("already_refunded", f"Payment {id} is refunded in full.", "amount")
    if asked > left:
        text = f"Payment {id} has {left} {currency} minor units left to refund; {asked} were asked for."
        raise refused("amount_exceeds_refundable", text, "amount")
    instrument = call.tables.get("instruments", body.instrument_id)
    if instrument is None or not _may_receive(instrument, capture):
        text = f"Payment {id} can be refunded to {capture['instrument_id']} or to stored value of the same customer."
        raise refused("instrument_not_allowed", text, "instrument_id")
    if instrument["kind"] == "stored_value" and instrument["currency"] != currency:
        text = f"{instrument['id']} holds {instrument['currency']}; the refund is in {currency}."
        raise refused("currency_mismatch", text, "instrument_id")
    return instrument


def _may_receive(instrument: Row, capture: Row) -> bool:
    if instrument["id"] == capture["instrument_id"]:
        return True
    return bool(instrument["kind"] == "stored_value" and instrument["customer_id"] == capture["customer_id"])


def _refunded(refunds: list[Row]) -> int:
    return sum(row["minor"] for row in refunds if row["state"] != "failed")


def payment_shown(call: Call, capture: Row) -> dict[str, Any]:
    """A capture or charge as billing tells it, with its refunds."""
    currency = capture["currency"]
    refunds = call.tables.find("refunds", "payment_id = ? ORDER BY n", capture["id"])
    refunded = _refunded(refunds)
    instrument = call.tables.get("instruments", capture["instrument_id"])
    return {
        "id": capture["id"],
        "order_id": capture["order_id"],
        "instrument": _instrument(instrument) if instrument else None,
        "captured": _amount(capture["minor"], currency),
        "refunded": _amount(refunded, currency),
        "refundable": _amount(capture["minor"] - refunded, currency),
        "captured_at": capture["captured_at"],
        "reference": capture["reference"],
        "refunds": [shown(row) for row in refunds],
        "version": call.version(capture),
    }


def _instrument(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("id", "customer_id", "kind", "label")}
    if row["balance"] is not None:
        told["balance"] = _amount(row["balance"], row["currency"])
    if row["added_at"]:
        told["added_at"] = row["added_at"]
    return told


def _amount(minor: int, currency: str) -> dict[str, Any]:
    return {"minor": minor, "currency": currency}
