"""Steps at the CRM."""

from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.crm import CustomerQuery, FindsCustomers, KeepsAddresses, KeepsNotes
from connectors.effects import Receipt, WriteRef
from connectors.errors import Unsupported
from domain.cases import CustomerNote
from domain.customers import AddressDraft, Customer


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

    @activity.defn
    async def update_address(self, draft: AddressDraft, ref: WriteRef) -> Receipt[Customer]:
        system = self._addresses
        receipt = await system.update_address(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, system.find_address(draft, ref), f"Address of customer {draft.customer_id}")

    @activity.defn
    async def restore_address(self, draft: AddressDraft, ref: WriteRef) -> Receipt[Customer]:
        """Undo update_address."""
        receipt = await self._addresses.restore_address(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        restored = self._is_elsewhere(draft, ref)
        return await read_back(receipt, restored, f"Former address of customer {draft.customer_id}")

    async def _is_elsewhere(self, draft: AddressDraft, ref: WriteRef) -> bool:
        return await self._addresses.find_address(draft, ref) is None

    @property
    def _addresses(self) -> KeepsAddresses:
        if isinstance(self._crm, KeepsAddresses):
            return self._crm
        raise Unsupported("This CRM cannot change an address; connect one that has `update_address`.")
