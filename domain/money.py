"""Money: whole minor units (cents) with a currency. Never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.values import Value

# ISO 4217 minor-unit exponents that differ from 2.
_EXPONENT = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "KWD": 3, "JOD": 3, "OMR": 3, "TND": 3}


_WRITTEN = re.compile(r"(?P<sign>-?)(?P<number>\d+(\.\d+)?) ?(?P<currency>[A-Z]{3})")


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _EXPONENT.get(currency, 2)


class Money(Value):
    """An amount in minor units: `Money(minor=1200, currency="EUR")` is 12.00 EUR."""

    minor: int
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def decimal(self) -> str:
        """The amount as vendors with decimal strings want it: `12.00`, `1200` (JPY), `1.200` (KWD)."""
        places = exponent(self.currency)
        if not places:
            return str(self.minor)
        sign, digits = ("-" if self.minor < 0 else ""), str(abs(self.minor)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}"

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(minor=self.minor + self._same(other), currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(minor=self.minor - self._same(other), currency=self.currency)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are different currencies; convert before you compare.")
        return other.minor


def written(text: str) -> Money | None:
    """`12.00 EUR` or `12EUR` as money; None: it is not written so. Raises ValueError when it has too many decimals."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    currency = match["currency"]
    minor = Decimal(match["number"]).scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{text!r}: {currency} has {exponent(currency)} decimals.")
    return Money(minor=int(f"{match['sign']}{int(minor)}"), currency=currency)


def total(amounts: list[Money], currency: str) -> Money:
    """The sum; zero of `currency` for an empty list."""
    result = Money(minor=0, currency=currency)
    for amount in amounts:
        result = result + amount
    return result
