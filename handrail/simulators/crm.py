"""The CRM: customers and the notes on their records."""

import json
from typing import Annotated, Any

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, Refusal, listed, not_found, operation, read
from handrail.simulators.database import Row
from handrail.simulators.dataset import PostalAddress

_FILTERS = {
    "email": "email_key",
    "first_name": "first_key",
    "last_name": "last_key",
    "postal_code": "postal_key",
}
_AT_MOST = 20


class NoteBody(Body):
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    reference: Annotated[str, Field(max_length=500)] = ""


class CustomerBody(Body):
    """What is left out stays as it is."""

    email: Annotated[str, Field(min_length=3, max_length=320)] = ""
    phone: Annotated[str | None, Field(max_length=40)] = None
    address: PostalAddress | None = None
    reference: Annotated[str, Field(max_length=500)] = ""


@operation("GET", "/crm/customers/{id}")
def get_customer(call: Call) -> Answered:
    return 200, _shown(call, _customer(call))


@operation("GET", "/crm/customers")
def find_customers(call: Call) -> Answered:
    given = call.filters(*_FILTERS)
    where = " AND ".join(f"{_FILTERS[name]} = ?" for name in given)
    rows = call.tables.find("customers", f"{where} ORDER BY n LIMIT {_AT_MOST + 1}", *map(fold, given.values()))
    return 200, listed([_shown(call, row) for row in rows[:_AT_MOST]], has_more=len(rows) > _AT_MOST)


@operation("PATCH", "/crm/customers/{id}")
def update_customer(call: Call) -> Answered:
    body = read(CustomerBody, call)
    customer = _customer(call)
    call.check_version("Customer", customer)
    changes = {name: value for name, value in _columns(body).items() if customer[name] != value}
    if not changes:
        return 200, _shown(call, customer)
    changed = json.loads(customer["changed"] or "{}") | {name: call.now for name in _CONTACTS if name in changes}
    return 200, _shown(call, call.tables.update("customers", customer, **changes, changed=json.dumps(changed)))


@operation("POST", "/crm/customers/{id}/notes")
def add_note(call: Call) -> Answered:
    body = read(NoteBody, call)
    customer = _customer(call)
    call.check_version("Customer", customer)
    note = call.tables.insert(
        "notes",
        id=call.tables.next_id("note"),
        customer_id=customer["id"],
        text=body.text,
        reference=body.reference,
        created_at=call.now,
    )
    return 201, _note(note)


@operation("GET", "/crm/customers/{id}/notes")
def find_notes(call: Call) -> Answered:
    given = call.filters("reference", needed=False)
    rows = call.tables.find("notes", "customer_id = ? ORDER BY n", _customer(call)["id"])
    return 200, listed([_note(row) for row in rows if given.get("reference", row["reference"]) == row["reference"]])


def fold(text: str) -> str:
    """How names, e-mails and postal codes are compared."""
    return text.strip().casefold()


_CONTACTS = ("email", "phone", "address")


def _columns(body: CustomerBody) -> dict[str, str]:
    """What the body sets."""
    given: dict[str, str] = {}
    if body.email:
        given |= {"email": body.email, "email_key": fold(body.email)}
    if body.phone is not None:
        given["phone"] = body.phone
    if "address" in body.model_fields_set:
        address = body.address.model_dump() if body.address else None
        given |= {"address": json.dumps(address), "postal_key": fold(address["postal_code"] if address else "")}
    return given


def _customer(call: Call) -> Row:
    row = call.tables.get("customers", call.ids[0])
    if row is None:
        raise _unknown(call.ids[0])
    return row


def _unknown(id: str) -> Refusal:
    return not_found("customer", id)


def _shown(call: Call, row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("id", "first_name", "last_name", "email", "phone")}
    parts = {"address": json.loads(row["address"]), "segments": json.loads(row["segments"] or "[]")}
    if call.settings.tells_contact_changes:
        parts["contact_changed"] = json.loads(row["changed"] or "{}")
    return told | parts | {"version": call.version(row)}


def _note(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "customer_id", "text", "reference", "created_at")}
