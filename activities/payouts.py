"""Steps at whatever pays customers out."""

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.effects import Receipt, WriteRef
from connectors.payouts import PaysOut
from domain.payouts import Payout, PayoutOrder


class PayoutActivities:
    def __init__(self, payouts: PaysOut) -> None:
        self._payouts = payouts

    @activity.defn
    async def send_payout(self, order: PayoutOrder, ref: WriteRef) -> Receipt[Payout]:
        """No undo: money that has left cannot be called back."""
        receipt = await self._payouts.send_payout(order, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._payouts.get_payout(receipt.value.id), f"Payout for {order.subject}")

    @activity.defn
    async def read_payout(self, payout_id: str) -> Payout:
        """Where a payout stands now, for settlement."""
        return await self._payouts.get_payout(payout_id)
