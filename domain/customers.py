"""Customers, their addresses and what they pay with."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from domain.money import Money
from domain.values import Value


class Address(Value):
    line1: str
    line2: str = ""
    city: str
    region: str = ""
    postal_code: str
    country: str
    """ISO 3166-1 alpha-2."""

    def __str__(self) -> str:
        street = ", ".join(part for part in (self.line1, self.line2) if part)
        place = " ".join(part for part in (self.postal_code, self.city, self.region, self.country) if part)
        return f"{street}, {place}"


class NewAddress(Value):
    """An address as a caller gives it."""

    line1: str = Field(min_length=1, max_length=200, description="Street and number.")
    line2: str = Field(default="", max_length=200)
    city: str = Field(min_length=1, max_length=100)
    region: str = Field(default="", max_length=100, description="State or region, where addresses have one.")
    postal_code: str = Field(min_length=1, max_length=20)
    country: str = Field(pattern=r"^[A-Z]{2}$", description="Two capital letters (ISO 3166-1): DE.")

    def address(self) -> Address:
        return Address.model_validate({name: text.strip() for name, text in self})


class AddressDraft(Value):
    """A customer's new address, with the one that it takes the place of."""

    customer_id: str
    address: Address
    before: Address | None = None
    version: str = ""


class Customer(Value):
    id: str
    first_name: str
    last_name: str
    email: str
    address: Address | None = None
    segments: list[str] = []
    """The CRM's labels for him: `vip`, `new`, `flagged`."""
    contact_changed: dict[str, datetime] = {}
    """When `email`, `phone`, `address` were changed last; what the CRM does not tell is not there."""
    version: str = ""


class InstrumentKind(StrEnum):
    CARD = "card"
    WALLET = "wallet"
    STORED_VALUE = "stored_value"
    UNKNOWN = "unknown"


class Instrument(Value):
    """Something a customer pays with or is paid to. Never a card number: only the processor's token."""

    id: str
    customer_id: str
    kind: InstrumentKind
    label: str = ""
    """What a person may hear: `card ending 4242`."""
    balance: Money | None = None
    """Stored value only."""
    added_at: datetime | None = None
    """When the customer got it; None: long ago, or billing does not tell."""
