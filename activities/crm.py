"""Steps at the CRM."""

from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.crm import CustomerQuery, FindsCustomers, KeepsNotes
from connectors.effects import Receipt, WriteRef
from domain.cases import CustomerNote
from domain.customers import Customer


class Crm(FindsCustomers, KeepsNotes, Protocol):
    """What service processes need of a CRM."""


class CrmActivities:
    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    @activity.defn
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        return await self._crm.find_customers(query)

    @activity.defn
    async def note_customer(self, note: CustomerNote, ref: WriteRef) -> Receipt[str]:
        receipt = await self._crm.add_note(note, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._crm.find_note(note, ref), f"Note on customer {note.customer_id}")
