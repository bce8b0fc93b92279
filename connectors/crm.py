"""The port to the CRM: who the customer is, and notes on his record."""

from typing import Protocol

from connectors.effects import Receipt, WriteRef
from domain.cases import CustomerNote
from domain.customers import Customer
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
