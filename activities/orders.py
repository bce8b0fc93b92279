"""Steps at the order system."""

from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.effects import Receipt, WriteRef
from connectors.orders import MarksOrders, ReadsOrders
from domain.orders import MarkDraft, Order


class Orders(ReadsOrders, MarksOrders, Protocol):
    """What the refund process needs of an order system."""


class OrderActivities:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    @activity.defn
    async def mark_order(self, draft: MarkDraft, ref: WriteRef) -> Receipt[Order]:
        receipt = await self._orders.set_mark(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._orders.find_mark(draft, ref), f"Mark on order {draft.order_id}")

    @activity.defn
    async def clear_mark(self, draft: MarkDraft, ref: WriteRef) -> Receipt[Order]:
        """Undo mark_order."""
        receipt = await self._orders.clear_mark(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._is_gone(draft, ref), f"Clearing the mark on order {draft.order_id}")

    async def _is_gone(self, draft: MarkDraft, ref: WriteRef) -> bool:
        return await self._orders.find_mark(draft, ref) is None
