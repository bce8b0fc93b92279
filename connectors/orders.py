"""The port to the order system."""

from typing import Protocol

from connectors.effects import Receipt, WriteRef
from domain.orders import MarkDraft, Order


class ReadsOrders(Protocol):
    async def get_order(self, order_id: str) -> Order:
        """Raises NotFound."""
        ...

    async def find_orders(self, customer_id: str) -> list[Order]:
        """The customer's orders, newest first, at most 50."""
        ...


class MarksOrders(Protocol):
    async def set_mark(
        self, draft: MarkDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Order]: ...

    async def clear_mark(
        self, draft: MarkDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Order]:
        """Remove the mark that `set_mark` made under the same reference. Without one: does nothing."""
        ...

    async def find_mark(self, draft: MarkDraft, ref: WriteRef) -> Order | None:
        """The order, if it carries the mark with this reference."""
        ...
