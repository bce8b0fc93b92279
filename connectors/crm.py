"""The port to the CRM: who the customer is, and notes on his record."""

from typing import Protocol, runtime_checkable

from connectors.effects import Receipt, WriteRef
from domain.cases import CustomerNote
from domain.customers import AddressDraft, Customer
from domain.messages import Contacts
from domain.values import Value


class CustomerQuery(Value):
    """E-mail, or names with postal code. Empty fields do not count."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    postal_code: str = ""


class FindsCustomers(Protocol):
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        """All customers that match every given field, ignoring case; at most 20."""
        ...

    async def get_customer(self, customer_id: str) -> Customer:
        """Raises NotFound."""
        ...


class KeepsNotes(Protocol):
    async def add_note(
        self, note: CustomerNote, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[str]:
        """The receipt's value is the note's id."""
        ...

    async def find_note(self, note: CustomerNote, ref: WriteRef) -> str | None: ...


@runtime_checkable
class KnowsContacts(Protocol):
    async def get_contacts(self, customer_id: str) -> Contacts:
        """Where the customer can be reached, by his record. Raises NotFound."""
        ...


@runtime_checkable
class KeepsAddresses(Protocol):
    async def update_address(
        self, draft: AddressDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Customer]:
        """Raises Conflict when the record is at another version than the draft's."""
        ...

    async def restore_address(
        self, draft: AddressDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Customer]:
        """Undo `update_address`: the address before it. An address that somebody else set since stays."""
        ...

    async def find_address(self, draft: AddressDraft, ref: WriteRef) -> Customer | None:
        """The customer, if his address is the draft's."""
        ...
