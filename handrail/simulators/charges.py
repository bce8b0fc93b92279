"""Charges: more money for an order, from one instrument of its customer; and the way back while nobody relied on it."""

import json
from typing import Annotated

from pydantic import Field

from handrail.simulators import ledger
from handrail.simulators.billing import RefundAmount, payment_shown
from handrail.simulators.calls import Answered, Body, Call, not_found, operation, read, refused
from handrail.simulators.database import Row

Id = Annotated[str, Field(min_length=1, max_length=200)]


class ChargeBody(Body):
    order_id: Id
    instrument_id: Id
    amount: RefundAmount
    reference: Annotated[str, Field(max_length=500)] = ""
    change: Annotated[str, Field(max_length=500)] = ""


class VoidBody(Body):
    reference: Annotated[str, Field(max_length=500)] = ""


@operation("POST", "/billing/charges")
def charge(call: Call) -> Answered:
    body = read(ChargeBody, call)
    instrument = _check(call, body)
    row = call.tables.insert(
        "captures", id=call.tables.next_id("charge"), order_id=body.order_id, customer_id=instrument["customer_id"],
        instrument_id=instrument["id"], minor=body.amount.minor, currency=body.amount.currency, captured_at=call.now,
        reference=body.reference, change=body.change,
    )  # fmt: skip
    _move(call, instrument, row, "capture", -1)
    return 201, payment_shown(call, row)


@operation("POST", "/billing/charges/{id}/void")
def void_charge(call: Call) -> Answered:
    """Gives back what is left of it, at once. Void already: nothing happens."""
    body = read(VoidBody, call)
    row = call.tables.get("captures", call.ids[0])
    if row is None:
        raise not_found("charge", call.ids[0])
    if not row["id"].startswith("charge-"):
        raise refused("not_voidable", f"Payment {row['id']} was taken with the order; refund it instead.")
    left = row["minor"] - call.tables.total("refunds", "payment_id = ? AND state <> 'failed'", row["id"])
    if not left:
        return 200, payment_shown(call, row)
    instrument = call.tables.get("instruments", row["instrument_id"])
    assert instrument is not None
    refund = call.tables.insert(
        "refunds", id=call.tables.next_id("refund"), payment_id=row["id"], order_id=row["order_id"], minor=left,
        currency=row["currency"], instrument_id=row["instrument_id"], state="settled", reference=body.reference,
        reason="void", change=row["change"], created_at=call.now, settled_at=call.now, settles_at=None,
    )  # fmt: skip
    _move(call, instrument, refund, "void", 1)
    return 200, payment_shown(call, call.tables.update("captures", row))


def _check(call: Call, body: ChargeBody) -> Row:
    """The instrument to charge. Raises the 422 that applies."""
    order, instrument = call.tables.get("orders", body.order_id), call.tables.get("instruments", body.instrument_id)
    if order is None:
        raise refused("unknown_order", f"There is no order {body.order_id}.", "order_id")
    if instrument is None or instrument["customer_id"] != order["customer_id"]:
        text = f"{body.instrument_id} is no instrument of the customer of order {order['id']}."
        raise refused("instrument_not_allowed", text, "instrument_id")
    currency = json.loads(order["doc"])["currency"]
    if body.amount.currency != currency or instrument["currency"] not in (None, currency):
        text = f"Order {order['id']} is in {currency}; a charge in {body.amount.currency} was asked for."
        raise refused("currency_mismatch", text, "amount.currency")
    if instrument["balance"] is not None and instrument["balance"] < body.amount.minor:
        text = f"{instrument['id']} holds {instrument['balance']} minor units; {body.amount.minor} are needed."
        raise refused("insufficient_balance", text, "amount")
    return instrument


def _move(call: Call, instrument: Row, row: Row, kind: str, sign: int) -> None:
    """Money comes from the instrument (-1) or goes back to it (1)."""
    if instrument["kind"] == "stored_value":
        call.tables.update("instruments", instrument, balance=instrument["balance"] + sign * row["minor"])
    mine, shop = ledger.account_of(instrument["kind"], instrument["id"]), ledger.sales(row["order_id"])
    debit, credit = (mine, shop) if sign < 0 else (shop, mine)
    id, at = call.tables.next_id("movement"), call.now
    call.tables.insert("movements", **ledger.movement(kind, debit, credit, row, id=id, order_id=row["order_id"], at=at))
