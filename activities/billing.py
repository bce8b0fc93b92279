"""Steps at the billing system."""

from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.billing import ReadsPayments, RefundsPayments
from connectors.effects import Receipt, WriteRef
from domain.payments import Refunded, RefundOrder


class Billing(ReadsPayments, RefundsPayments, Protocol):
    """What the refund process needs of a billing system."""


class BillingActivities:
    def __init__(self, billing: Billing) -> None:
        self._billing = billing

    @activity.defn
    async def send_refund(self, order: RefundOrder, ref: WriteRef) -> Receipt[Refunded]:
        """No undo: money that has left cannot be called back."""
        receipt = await self._billing.refund_payment(order, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._billing.get_refund(receipt.value.id), f"Refund of order {order.order_id}")

    @activity.defn
    async def read_refund(self, refund_id: str) -> Refunded:
        """Where a refund stands now, for settlement."""
        return await self._billing.get_refund(refund_id)
