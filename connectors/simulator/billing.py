"""Captures, refunds and payment instruments."""

from typing import Annotated

from connectors.effects import Safety, Settles, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import FINDER_LAG, KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.customers import Instrument, InstrumentKind
from domain.payments import ChargeOrder, Payment, Refunded, RefundOrder, RefundState


class InstrumentReply(Instrument):
    kind: Annotated[InstrumentKind, or_unknown(InstrumentKind)]

    def instrument(self) -> Instrument:
        return Instrument.model_validate(dict(self))


class RefundReply(Refunded):
    state: Annotated[RefundState, or_unknown(RefundState)]

    def refund(self) -> Refunded:
        return Refunded.model_validate(dict(self))


class PaymentReply(Payment):
    instrument: InstrumentReply
    refunds: list[RefundReply]  # type: ignore[assignment]

    def payment(self) -> Payment:
        refunds = [refund.refund() for refund in self.refunds]
        return Payment.model_validate(dict(self) | {"instrument": self.instrument.instrument(), "refunds": refunds})


class SimulatedBilling(SimulatedSystem):
    async def get_payments(self, order_id: str) -> list[Payment]:
        params = {"order_id": order_id}
        found = await self.http.read("GET", "/billing/payments", params=params, into=Listed[PaymentReply])
        return [payment.payment() for payment in found.data]

    async def get_instruments(self, customer_id: str) -> list[Instrument]:
        params = {"customer_id": customer_id}
        found = await self.http.read("GET", "/billing/instruments", params=params, into=Listed[InstrumentReply])
        return [instrument.instrument() for instrument in found.data]

    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_refund",
            finder_lag=FINDER_LAG,
            settles=Settles.LATER,
            facts="docs/simulators.md#billing",
        )
    )
    async def refund_payment(self, order: RefundOrder, w: Write) -> Refunded:
        body = {
            "amount": order.amount.model_dump(),
            "instrument_id": order.instrument_id,
            "reference": w.ref.value,
            "reason": order.reason,
        }
        if order.change:
            body["change"] = order.change
        path = f"/billing/payments/{seg(order.payment_id)}/refunds"
        return (await self.http.write("POST", path, w, json=body, into=RefundReply)).refund()

    async def find_refund(self, order: RefundOrder, ref: WriteRef) -> Refunded | None:
        params = {"payment_id": order.payment_id, "reference": ref.value}
        found = await self.http.read("GET", "/billing/refunds", params=params, into=Listed[RefundReply])
        return next((refund.refund() for refund in found.data if refund.reference == ref.value), None)

    async def get_refund(self, refund_id: str) -> Refunded:
        return (await self.http.read("GET", f"/billing/refunds/{seg(refund_id)}", into=RefundReply)).refund()

    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_charge",
            undo=Undo.EXACT,
            undo_by="void_charge",
            facts="docs/simulators.md#billing",
        )
    )
    async def charge(self, order: ChargeOrder, w: Write) -> Payment:
        body = {**order.model_dump(), "reference": w.ref.value}
        return (await self.http.write("POST", "/billing/charges", w, json=body, into=PaymentReply)).payment()

    @writes(
        WriteSpec(safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="charge", facts="docs/simulators.md#billing")
    )
    async def void_charge(self, order: ChargeOrder, w: Write) -> Payment | None:
        charge = await self.find_charge(order, w.target)
        if charge is None or not charge.refundable:
            return charge
        path, body = f"/billing/charges/{seg(charge.id)}/void", {"reference": w.ref.value}
        return (await self.http.write("POST", path, w, json=body, into=PaymentReply)).payment()

    async def find_charge(self, order: ChargeOrder, ref: WriteRef) -> Payment | None:
        params = {"order_id": order.order_id, "reference": ref.value}
        found = await self.http.read("GET", "/billing/payments", params=params, into=Listed[PaymentReply])
        return next((p.payment() for p in found.data if p.reference == ref.value), None)
