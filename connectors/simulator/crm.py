"""Customers and their notes."""

from datetime import datetime

from pydantic import BaseModel

from connectors.crm import CustomerQuery
from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.simulator.account import FINDER_LAG, KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.cases import CustomerNote
from domain.customers import AddressDraft, Customer
from domain.messages import Contacts


class ContactsReply(BaseModel):
    id: str
    email: str = ""
    phone: str = ""
    contact_changed: dict[str, datetime] = {}
    segments: list[str] = []
    version: str = ""


class Note(BaseModel):
    id: str
    reference: str


class SimulatedCrm(SimulatedSystem):
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        given = {name: getattr(query, name) for name in ("email", "first_name", "last_name", "postal_code")}
        params = {name: value for name, value in given.items() if value}
        if not params:
            return []
        found = await self.http.read("GET", "/crm/customers", params=params, into=Listed[Customer])
        return found.data

    async def get_customer(self, customer_id: str) -> Customer:
        return await self.http.read("GET", f"/crm/customers/{seg(customer_id)}", into=Customer)

    async def get_contacts(self, customer_id: str) -> Contacts:
        found = await self.http.read("GET", f"/crm/customers/{seg(customer_id)}", into=ContactsReply)
        return Contacts(
            customer_id=found.id,
            email=found.email,
            phone=found.phone,
            changed=found.contact_changed,
            segments=found.segments,
            version=found.version,
        )

    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_note",
            finder_lag=FINDER_LAG,
            facts="docs/simulators.md#crm",
        )
    )
    async def add_note(self, note: CustomerNote, w: Write) -> str:
        body = {"text": note.text, "reference": w.ref.value}
        made = await self.http.write("POST", _notes(note), w, json=body, into=Note)
        return made.id

    async def find_note(self, note: CustomerNote, ref: WriteRef) -> str | None:
        found = await self.http.read("GET", _notes(note), params={"reference": ref.value}, into=Listed[Note])
        return next((n.id for n in found.data if n.reference == ref.value), None)

    @writes(
        WriteSpec(
            safety=Safety.CONDITIONAL,  # by the version that the draft was judged by
            key_header=KEY_HEADER,
            replay_header=REPLAYED,
            finder="find_address",
            undo=Undo.EXACT,
            undo_by="restore_address",
            facts="docs/simulators.md#crm",
        )
    )
    async def update_address(self, draft: AddressDraft, w: Write) -> Customer:
        body = {"address": draft.address.model_dump(), "reference": w.ref.value}
        headers = {"If-Match": draft.version} if draft.version else {}
        path = f"/crm/customers/{seg(draft.customer_id)}"
        return await self.http.write("PATCH", path, w, json=body, headers=headers, into=Customer)

    @writes(
        WriteSpec(
            safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="update_address", facts="docs/simulators.md#crm"
        )
    )
    async def restore_address(self, draft: AddressDraft, w: Write) -> Customer:
        customer = await self.get_customer(draft.customer_id)
        if customer.address != draft.address:
            return customer
        body = {"address": draft.before.model_dump() if draft.before else None, "reference": w.ref.value}
        path = f"/crm/customers/{seg(draft.customer_id)}"
        headers = {"If-Match": customer.version}
        return await self.http.write("PATCH", path, w, json=body, headers=headers, into=Customer)

    async def find_address(self, draft: AddressDraft, ref: WriteRef) -> Customer | None:
        """By what is there: the CRM keeps no reference of who set an address."""
        customer = await self.get_customer(draft.customer_id)
        return customer if customer.address == draft.address else None


def _notes(note: CustomerNote) -> str:
    return f"/crm/customers/{seg(note.customer_id)}/notes"
