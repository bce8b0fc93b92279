"""Orders and the marks on them."""

from typing import Annotated

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.orders import MarkDraft, Order, OrderStatus


class OrderReply(Order):
    status: Annotated[OrderStatus, or_unknown(OrderStatus)]

    def order(self) -> Order:
        return Order.model_validate(dict(self))


class SimulatedOrders(SimulatedSystem):
    async def get_order(self, order_id: str) -> Order:
        found = await self.http.read("GET", f"/orders/{seg(order_id)}", into=OrderReply)
        return found.order()

    async def find_orders(self, customer_id: str) -> list[Order]:
        found = await self.http.read("GET", "/orders", params={"customer_id": customer_id}, into=Listed[OrderReply])
        return [order.order() for order in found.data]

    @writes(
        WriteSpec(
            safety=Safety.UPSERT,  # the mark's address is our reference
            key_header=KEY_HEADER,
            replay_header=REPLAYED,
            finder="find_mark",
            undo=Undo.EXACT,
            undo_by="clear_mark",
            facts="docs/simulators.md#orders",
        )
    )
    async def set_mark(self, draft: MarkDraft, w: Write) -> Order:
        body = {"kind": draft.kind, "note": draft.note}
        return (await self.http.write("PUT", _mark(draft, w.target), w, json=body, into=OrderReply)).order()

    @writes(
        WriteSpec(safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="set_mark", facts="docs/simulators.md#orders")
    )
    async def clear_mark(self, draft: MarkDraft, w: Write) -> Order:
        return (await self.http.write("DELETE", _mark(draft, w.target), w, into=OrderReply)).order()

    async def find_mark(self, draft: MarkDraft, ref: WriteRef) -> Order | None:
        order = await self.get_order(draft.order_id)
        return order if any(mark.reference == ref.value for mark in order.marks) else None


def _mark(draft: MarkDraft, ref: WriteRef) -> str:
    return f"/orders/{seg(draft.order_id)}/marks/{seg(ref.value)}"
