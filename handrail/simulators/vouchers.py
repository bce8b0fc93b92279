"""Repair vouchers, issued on a claim by the claims system."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, listed, not_found, operation, read, refused
from handrail.simulators.claim_bodies import ClaimAmount
from handrail.simulators.database import Row

Named = Annotated[str, Field(min_length=1, max_length=200)]
Reference = Annotated[str, Field(max_length=500)]


class VoucherBody(Body):
    claim_id: Named
    amount: ClaimAmount
    provider: Named
    expires_on: date
    reference: Reference = ""


class VoidBody(Body):
    reference: Reference = ""


@operation("POST", "/claims/vouchers")
def issue_voucher(call: Call) -> Answered:
    body = read(VoucherBody, call)
    claim = call.tables.get("claims", body.claim_id)
    if claim is None:
        raise refused("unknown_claim", f"There is no claim {body.claim_id}.", "claim_id")
    if claim["state"] != "open":
        raise refused("claim_closed", f"Claim {body.claim_id} is {claim['state']}; reopen it first.", status=409)
    id = call.tables.next_id("voucher")
    row = call.tables.insert(
        "vouchers", id=id, number=f"RV-{int(id.partition('-')[2]):06}", claim_id=body.claim_id,
        minor=body.amount.minor, currency=body.amount.currency, provider=body.provider,
        expires_on=body.expires_on.isoformat(), state="issued", reference=body.reference, issued_at=call.now,
    )  # fmt: skip
    return 201, shown(call, row)


@operation("GET", "/claims/vouchers/{id}")
def get_voucher(call: Call) -> Answered:
    return 200, shown(call, _voucher(call))


@operation("GET", "/claims/vouchers")
def find_vouchers(call: Call) -> Answered:
    given = call.filters("claim_id", "reference")
    where = " AND ".join(f"{name} = ?" for name in given)
    rows = call.tables.find("vouchers", f"{where} ORDER BY n", *given.values())
    return 200, listed([shown(call, row) for row in rows])


@operation("POST", "/claims/vouchers/{id}/void")
def void_voucher(call: Call) -> Answered:
    """Void already: nothing happens."""
    read(VoidBody, call)
    row = _voucher(call)
    if row["state"] == "redeemed":
        raise refused("voucher_redeemed", f"Voucher {row['number']} was redeemed by {row['provider']}.", status=409)
    if row["state"] == "void":
        return 200, shown(call, row)
    return 200, shown(call, call.tables.update("vouchers", row, state="void"))


def _voucher(call: Call) -> Row:
    row = call.tables.get("vouchers", call.ids[0])
    if row is None:
        raise not_found("voucher", call.ids[0])
    return row


def expired(row: Row, today: date) -> bool:
    """Nobody redeemed it in time, and nobody can any more."""
    return row["state"] == "issued" and date.fromisoformat(row["expires_on"]) < today


def shown(call: Call, row: Row) -> dict[str, Any]:
    names = ("id", "number", "claim_id", "provider", "expires_on", "reference", "issued_at")
    state = "expired" if expired(row, call.today) else row["state"]
    told = {name: row[name] for name in names} | {
        "state": state,
        "amount": {"minor": row["minor"], "currency": row["currency"]},
    }
    return told | {"version": call.version(row)}
