"""Steps at the order system for goods that a coverage pays for."""

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.effects import Receipt, WriteRef
from connectors.errors import Unsupported
from connectors.orders import PlacesReplacements
from domain.orders import OrderStatus
from domain.replacements import Replacement, ReplacementDraft


class ReplacementActivities:
    def __init__(self, orders: object) -> None:
        self._orders = orders

    @activity.defn
    async def order_replacement(self, draft: ReplacementDraft, ref: WriteRef) -> Receipt[Replacement]:
        system = self._system
        receipt = await system.order_replacement(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        what = f"Replacement {receipt.value.id} for claim {draft.claim_id}"
        return await read_back(receipt, system.get_replacement(receipt.value.id), what)

    @activity.defn
    async def cancel_replacement(self, draft: ReplacementDraft, ref: WriteRef) -> Receipt[Replacement | None]:
        """Undo order_replacement."""
        system = self._system
        receipt = await system.cancel_replacement(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        order = receipt.value
        if order is None:
            return receipt
        return await read_back(receipt, self._is_cancelled(order.id), f"Cancelling of replacement {order.id}")

    async def _is_cancelled(self, order_id: str) -> bool:
        return (await self._system.get_replacement(order_id)).status is OrderStatus.CANCELLED

    @property
    def _system(self) -> PlacesReplacements:
        if isinstance(self._orders, PlacesReplacements):
            return self._orders
        raise Unsupported("This order system places no replacements; connect one that has `order_replacement`.")
