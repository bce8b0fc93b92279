"""The port to the order system."""

from typing import Protocol, runtime_checkable

from connectors.effects import Receipt, WriteRef
from domain.orders import ChangeDraft, MarkDraft, Order, RequestDraft
from domain.products import Product
from domain.replacements import Replacement, ReplacementDraft


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


@runtime_checkable
class ReadsProducts(Protocol):
    async def get_product(self, product_id: str) -> Product:
        """With all variants, their prices and what is available now. Raises NotFound."""
        ...


@runtime_checkable
class ChangesOrders(Protocol):
    """An order is judged by its version: a draft that names another one is refused with Conflict."""

    async def change_order(
        self, draft: ChangeDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Order]:
        """Raises Rejected with the vendor's code when the order is no longer open, or a variant not available."""
        ...

    async def revert_change(
        self, draft: ChangeDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Order]:
        """Undo `change_order` under the same reference: the order is as it was. Without one: does nothing."""
        ...

    async def find_change(self, draft: ChangeDraft, ref: WriteRef) -> Order | None:
        """The order, if the change with this reference is applied to it."""
        ...


@runtime_checkable
class KeepsRequests(Protocol):
    """After-sales requests: returns and exchanges."""

    async def open_request(
        self, draft: RequestDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Order]: ...

    async def withdraw_request(
        self, draft: RequestDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Order]:
        """Undo `open_request` under the same reference. Without one: does nothing."""
        ...

    async def find_request(self, draft: RequestDraft, ref: WriteRef) -> Order | None:
        """The order, if the request with this reference is open on it."""
        ...


@runtime_checkable
class PlacesReplacements(Protocol):
    """Orders whose goods a coverage pays for."""

    async def order_replacement(
        self, draft: ReplacementDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Replacement]:
        """Raises Rejected with the vendor's code when the variant is not available."""
        ...

    async def cancel_replacement(
        self, draft: ReplacementDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Replacement | None]:
        """Undo `order_replacement`: find it by `ref` and cancel it. None: there is none."""
        ...

    async def find_replacement(self, draft: ReplacementDraft, ref: WriteRef) -> Replacement | None:
        """Cancelled ones too."""
        ...

    async def get_replacement(self, order_id: str) -> Replacement:
        """Raises NotFound, also for an order that is no replacement."""
        ...
