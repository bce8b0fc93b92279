"""Steps at the order system."""

from collections.abc import Awaitable
from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.effects import Receipt, WriteRef
from connectors.errors import Unsupported
from connectors.orders import ChangesOrders, KeepsRequests, MarksOrders, ReadsOrders
from domain.orders import ChangeDraft, MarkDraft, Order, RequestDraft


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

    @activity.defn
    async def change_order(self, draft: ChangeDraft, ref: WriteRef) -> Receipt[Order]:
        system = self._changes
        receipt = await system.change_order(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, system.find_change(draft, ref), f"Change of order {draft.order_id}")

    @activity.defn
    async def revert_change(self, draft: ChangeDraft, ref: WriteRef) -> Receipt[Order]:
        """Undo change_order."""
        system = self._changes
        receipt = await system.revert_change(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, _absent(system.find_change(draft, ref)), f"Revert of order {draft.order_id}")

    @activity.defn
    async def open_request(self, draft: RequestDraft, ref: WriteRef) -> Receipt[Order]:
        """A return authorisation, or an exchange."""
        system = self._requests
        receipt = await system.open_request(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, system.find_request(draft, ref), f"Request on order {draft.order_id}")

    @activity.defn
    async def withdraw_request(self, draft: RequestDraft, ref: WriteRef) -> Receipt[Order]:
        """Undo open_request."""
        system = self._requests
        receipt = await system.withdraw_request(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        gone = _absent(system.find_request(draft, ref))
        return await read_back(receipt, gone, f"Withdrawal of the request on order {draft.order_id}")

    @property
    def _changes(self) -> ChangesOrders:
        if isinstance(self._orders, ChangesOrders):
            return self._orders
        raise Unsupported("This order system cannot change orders; connect one that has `change_order`.")

    @property
    def _requests(self) -> KeepsRequests:
        if isinstance(self._orders, KeepsRequests):
            return self._orders
        raise Unsupported("This order system keeps no after-sales requests; connect one that has `open_request`.")


async def _absent(finding: Awaitable[object | None]) -> bool:
    return await finding is None
