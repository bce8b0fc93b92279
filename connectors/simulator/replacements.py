"""Replacement orders."""

from typing import Annotated

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.errors import NotFound
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.money import Money
from domain.orders import OrderLine, OrderStatus
from domain.replacements import Replacement, ReplacementDraft
from domain.values import Value


class Cover(Value):
    claim_id: str
    amount: Money


class CoveredOrderReply(Value):
    id: str
    customer_id: str
    status: Annotated[OrderStatus, or_unknown(OrderStatus)]
    lines: list[OrderLine]
    covered: Cover | None = None
    reference: str = ""

    def replacement(self) -> Replacement:
        if self.covered is None or not self.lines:
            raise NotFound(f"Order {self.id} replaces nothing.")
        return Replacement(
            id=self.id, customer_id=self.customer_id, claim_id=self.covered.claim_id,
            variant_id=self.lines[0].variant_id, covered=self.covered.amount, status=self.status,
            reference=self.reference,
        )  # fmt: skip


class SimulatedReplacements(SimulatedSystem):
    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_replacement",
            undo=Undo.EXACT,
            undo_by="cancel_replacement",
            facts="docs/simulators.md#orders",
        )
    )
    async def order_replacement(self, draft: ReplacementDraft, w: Write) -> Replacement:
        replaced = {"order_id": draft.order_id, "line_id": draft.line_id}
        body = {
            "customer_id": draft.customer_id,
            "product_id": draft.product_id,
            "variant_id": draft.variant_id,
            "address": draft.address.model_dump(),
            "covered": {
                "claim_id": draft.claim_id,
                "amount": draft.covered.model_dump(),
                "deductible": draft.deductible.model_dump(),
            },
            "replaces": replaced if draft.order_id else None,
            "reference": w.ref.value,
        }
        return (await self.http.write("POST", "/orders", w, json=body, into=CoveredOrderReply)).replacement()

    @writes(
        WriteSpec(
            safety=Safety.NATURAL,
            key_header=KEY_HEADER,
            undo_of="order_replacement",
            facts="docs/simulators.md#orders",
        )
    )
    async def cancel_replacement(self, draft: ReplacementDraft, w: Write) -> Replacement | None:
        placed = await self.find_replacement(draft, w.target)
        if placed is None or placed.status is OrderStatus.CANCELLED:
            return placed
        path = f"/orders/{seg(placed.id)}/changes/{seg(w.ref.value)}"
        body = {"kind": "cancel", "reason": "replacement_taken_back"}
        return (await self.http.write("PUT", path, w, json=body, into=CoveredOrderReply)).replacement()

    async def find_replacement(self, draft: ReplacementDraft, ref: WriteRef) -> Replacement | None:
        params = {"customer_id": draft.customer_id, "reference": ref.value}
        found = await self.http.read("GET", "/orders", params=params, into=Listed[CoveredOrderReply])
        return next((order.replacement() for order in found.data if order.reference == ref.value), None)

    async def get_replacement(self, order_id: str) -> Replacement:
        return (await self.http.read("GET", f"/orders/{seg(order_id)}", into=CoveredOrderReply)).replacement()
