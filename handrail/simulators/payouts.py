"""Billing's payouts: money to a customer that no capture stands behind, for claims."""

from typing import Annotated, Any

from pydantic import Field

from handrail.simulators import ledger
from handrail.simulators.calls import Answered, Body, Call, listed, not_found, operation, read, refused
from handrail.simulators.database import Row

Named = Annotated[str, Field(min_length=1, max_length=200)]


class PayoutAmount(Body):
    minor: Annotated[int, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class PayoutBody(Body):
    customer_id: Named
    instrument_id: Named
    amount: PayoutAmount
    subject: Named
    reference: Annotated[str, Field(max_length=500)] = ""
    reason: Annotated[str, Field(max_length=2_000)] = ""


@operation("POST", "/billing/payouts")
def pay_out(call: Call) -> Answered:
    body = read(PayoutBody, call)
    instrument = _payee(call, body)
    settles_later = instrument["kind"] != "stored_value" and call.settings.settle_after_s > 0
    row = call.tables.insert(
        "payouts", id=call.tables.next_id("payout"), customer_id=body.customer_id, subject=body.subject,
        minor=body.amount.minor, currency=body.amount.currency, instrument_id=instrument["id"],
        state="pending" if settles_later else "settled", reference=body.reference, reason=body.reason,
        created_at=call.now, settled_at=None if settles_later else call.now,
        settles_at=call.at(call.settings.settle_after_s) if settles_later else None,
    )  # fmt: skip
    if instrument["kind"] == "stored_value":
        call.tables.update("instruments", instrument, balance=instrument["balance"] + row["minor"])
    entry = ledger.movement(
        "payout", ledger.claims(body.subject), ledger.account_of(instrument["kind"], instrument["id"]), row,
        id=call.tables.next_id("movement"), order_id="", at=call.now,
    )  # fmt: skip
    call.tables.insert("movements", **entry)
    return 201, shown(call, row)


@operation("GET", "/billing/payouts")
def find_payouts(call: Call) -> Answered:
    given = call.filters("customer_id", "subject", "reference")
    where = " AND ".join(f"{name} = ?" for name in given)
    rows = call.tables.find("payouts", f"{where} ORDER BY n", *given.values())
    return 200, listed([shown(call, row) for row in rows])


@operation("GET", "/billing/payouts/{id}")
def get_payout(call: Call) -> Answered:
    row = call.tables.get("payouts", call.ids[0])
    if row is None:
        raise not_found("payout", call.ids[0])
    return 200, shown(call, row)


def shown(call: Call, row: Row) -> dict[str, Any]:
    names = ("id", "customer_id", "instrument_id", "subject", "state", "reference", "reason", "created_at")
    row = matured(row, call.now)
    told = {name: row[name] for name in (*names, "settled_at")}
    return told | {"amount": {"minor": row["minor"], "currency": row["currency"]}}


def matured(row: Row, now: str) -> Row:
    """A pending payout is settled once its time has come: nothing else has to happen."""
    if row["state"] != "pending" or not row["settles_at"] or row["settles_at"] > now:
        return row
    return row | {"state": "settled", "settled_at": row["settles_at"], "settles_at": None}


def _payee(call: Call, body: PayoutBody) -> Row:
    """Raises the 422 that applies."""
    if call.tables.get("customers", body.customer_id) is None:
        raise refused("unknown_customer", f"There is no customer {body.customer_id}.", "customer_id")
    instrument = call.tables.get("instruments", body.instrument_id)
    if instrument is None or instrument["customer_id"] != body.customer_id:
        text = f"{body.instrument_id} is no instrument of customer {body.customer_id}."
        raise refused("instrument_not_allowed", text, "instrument_id")
    if instrument["kind"] == "stored_value" and instrument["currency"] != body.amount.currency:
        text = f"{instrument['id']} holds {instrument['currency']}; the payout is in {body.amount.currency}."
        raise refused("currency_mismatch", text, "instrument_id")
    return instrument
