"""Orders and the marks on them."""

from typing import Annotated

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.orders import ChangeDraft, MarkDraft, Order, OrderStatus, RequestDraft
from domain.products import Product
from domain.values import Value


class CoverReply(Value):
    claim_id: str


class ReplacedReply(Value):
    line_id: str
    claim_id: str


class OrderReply(Order):
    status: Annotated[OrderStatus, or_unknown(OrderStatus)]
    covered: CoverReply | None = None
    replaced: list[ReplacedReply] = []

    def order(self) -> Order:
        claim = self.covered.claim_id if self.covered else ""
        replaced_by = {unit.line_id: unit.claim_id for unit in self.replaced}
        return Order.model_validate(dict(self) | {"settles_claim": claim, "replaced_by": replaced_by})


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

    async def get_product(self, product_id: str) -> Product:
        return await self.http.read("GET", f"/orders/products/{seg(product_id)}", into=Product)

    @writes(
        WriteSpec(
            safety=Safety.UPSERT,  # the change's address is our reference; one that was reverted is never applied again
            key_header=KEY_HEADER,
            replay_header=REPLAYED,
            finder="find_change",
            undo=Undo.EXACT,
            undo_by="revert_change",
            facts="docs/simulators.md#orders",
        )
    )
    async def change_order(self, draft: ChangeDraft, w: Write) -> Order:
        body = draft.model_dump(exclude={"order_id", "version"})
        path, headers = _at(draft.order_id, "changes", w.target), _if_match(draft.version)
        return (await self.http.write("PUT", path, w, json=body, headers=headers, into=OrderReply)).order()

    @writes(
        WriteSpec(
            safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="change_order", facts="docs/simulators.md#orders"
        )
    )
    async def revert_change(self, draft: ChangeDraft, w: Write) -> Order:
        path = _at(draft.order_id, "changes", w.target)
        return (await self.http.write("DELETE", path, w, into=OrderReply)).order()

    async def find_change(self, draft: ChangeDraft, ref: WriteRef) -> Order | None:
        order = await self.get_order(draft.order_id)
        made = [change for change in order.changes if change.status == "applied"]
        return order if any(change.reference == ref.value for change in made) else None

    @writes(
        WriteSpec(
            safety=Safety.UPSERT,
            key_header=KEY_HEADER,
            replay_header=REPLAYED,
            finder="find_request",
            undo=Undo.EXACT,
            undo_by="withdraw_request",
            facts="docs/simulators.md#orders",
        )
    )
    async def open_request(self, draft: RequestDraft, w: Write) -> Order:
        body = draft.model_dump(exclude={"order_id", "version"})
        path, headers = _at(draft.order_id, "requests", w.target), _if_match(draft.version)
        return (await self.http.write("PUT", path, w, json=body, headers=headers, into=OrderReply)).order()

    @writes(
        WriteSpec(
            safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="open_request", facts="docs/simulators.md#orders"
        )
    )
    async def withdraw_request(self, draft: RequestDraft, w: Write) -> Order:
        path = _at(draft.order_id, "requests", w.target)
        return (await self.http.write("DELETE", path, w, into=OrderReply)).order()

    async def find_request(self, draft: RequestDraft, ref: WriteRef) -> Order | None:
        order = await self.get_order(draft.order_id)
        opened = [request for request in order.requests if request.status != "withdrawn"]
        return order if any(request.reference == ref.value for request in opened) else None


def _mark(draft: MarkDraft, ref: WriteRef) -> str:
    return _at(draft.order_id, "marks", ref)


def _at(order_id: str, what: str, ref: WriteRef) -> str:
    return f"/orders/{seg(order_id)}/{what}/{seg(ref.value)}"


def _if_match(version: str) -> dict[str, str]:
    return {"If-Match": version} if version else {}
