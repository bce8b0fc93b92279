"""The port to whatever pays customers out."""

from typing import Protocol

from connectors.effects import Receipt, WriteRef
from domain.payouts import Payout, PayoutOrder


class PaysOut(Protocol):
    async def send_payout(
        self, order: PayoutOrder, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Payout]:
        """No undo. Raises Rejected with the vendor's code when it is refused."""
        ...

    async def find_payout(self, order: PayoutOrder, ref: WriteRef) -> Payout | None: ...

    async def get_payout(self, payout_id: str) -> Payout:
        """For reading back and for settlement. Raises NotFound."""
        ...
