"""Facts: a value with where it was read, when, and which version it was."""

from datetime import datetime
from typing import Generic, TypeVar

from domain.values import Value, digest

T = TypeVar("T")


class Fact(Value, Generic[T]):
    name: str
    """`order 4821`"""
    value: T
    source: str
    """The system of record: `orders`, `billing`, `crm`, `cases`, `handrail`."""
    read_at: datetime
    version: str = ""

    @property
    def digest(self) -> str:
        """Of the value alone: reading the same thing again later gives the same digest."""
        return digest(self.value)
