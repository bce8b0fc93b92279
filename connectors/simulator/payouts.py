"""Payouts."""

from typing import Annotated

from connectors.effects import Safety, Settles, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.payments import RefundState
from domain.payouts import Payout, PayoutOrder


class PayoutReply(Payout):
    state: Annotated[RefundState, or_unknown(RefundState)]

    def payout(self) -> Payout:
        return Payout.model_validate(dict(self))


class SimulatedPayouts(SimulatedSystem):
    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_payout",
            settles=Settles.LATER,
            facts="docs/simulators.md#billing",
        )
    )
    async def send_payout(self, order: PayoutOrder, w: Write) -> Payout:
        body = order.model_dump() | {"reference": w.ref.value}
        return (await self.http.write("POST", "/billing/payouts", w, json=body, into=PayoutReply)).payout()

    async def find_payout(self, order: PayoutOrder, ref: WriteRef) -> Payout | None:
        params = {"customer_id": order.customer_id, "reference": ref.value}
        found = await self.http.read("GET", "/billing/payouts", params=params, into=Listed[PayoutReply])
        return next((payout.payout() for payout in found.data if payout.reference == ref.value), None)

    async def get_payout(self, payout_id: str) -> Payout:
        return (await self.http.read("GET", f"/billing/payouts/{seg(payout_id)}", into=PayoutReply)).payout()
