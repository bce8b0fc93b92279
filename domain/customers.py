"""Customers, their addresses and what they pay with."""

from enum import StrEnum

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


class Customer(Value):
    id: str
    first_name: str
    last_name: str
    email: str
    address: Address | None = None
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
