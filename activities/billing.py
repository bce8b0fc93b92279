"""Steps at the billing system."""

from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.billing import ChargesInstruments, ReadsPayments, RefundsPayments
from connectors.effects import Receipt, WriteRef
from connectors.errors import Unsupported
from domain.payments import ChargeOrder, Payment, Refunded, RefundOrder


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

    @activity.defn
    async def charge(self, order: ChargeOrder, ref: WriteRef) -> Receipt[Payment]:
        system = self._charges
        receipt = await system.charge(order, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._standing(order, ref), f"Charge for order {order.order_id}")

    @activity.defn
    async def void_charge(self, order: ChargeOrder, ref: WriteRef) -> Receipt[Payment | None]:
        """Undo charge."""
        receipt = await self._charges.void_charge(order, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        if receipt.value is None:
            return receipt
        return await read_back(receipt, self._voided(order, ref), f"Voiding of charge {receipt.value.id}")

    async def _standing(self, order: ChargeOrder, ref: WriteRef) -> Payment | None:
        charge = await self._charges.find_charge(order, ref)
        return charge if charge and charge.refundable else None

    async def _voided(self, order: ChargeOrder, ref: WriteRef) -> bool:
        return await self._standing(order, ref) is None

    @property
    def _charges(self) -> ChargesInstruments:
        if isinstance(self._billing, ChargesInstruments):
            return self._billing
        raise Unsupported("This billing system cannot charge an instrument; connect one that has `charge`.")
