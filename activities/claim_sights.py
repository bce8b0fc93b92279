"""What a claim is judged by: the customer as every process sees him, his coverages, and all his claims."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from temporalio import activity

from activities.billing import Billing
from activities.house import LimitBook
from activities.sights import OrderSight, Question, SightActivities
from connectors.claims import IssuesVouchers, ReadsClaims
from connectors.errors import NotFound
from connectors.orders import PlacesReplacements, ReadsOrders, ReadsProducts
from domain.claim_notices import coverages_meant
from domain.claim_remedies import CoveredItem
from domain.claims import Claim, Coverage, SettlementKind
from domain.facts import Fact
from domain.orders import Order, OrderLine, line_bucket
from domain.payments import Payment
from domain.tenders import payment_bucket, with_under_way
from domain.went_back import WentBack, went_back


class ClaimQuestion(Question):
    """With `items`: also what could be sent again under the coverage that is meant, if only one is."""

    items: bool = False
    coverage_id: str = ""
    kind: str = ""
    """Of loss."""
    claim_id: str = ""


class ClaimSight(OrderSight):
    coverages: Fact[list[Coverage]] | None = None
    claims: Fact[list[Claim]] | None = None
    items: Fact[list[CoveredItem]] | None = None
    went_back: Fact[WentBack] | None = None
    """Of what is covered: what the customer has got back already."""
    able: list[SettlementKind] = [SettlementKind.PAYMENT]
    """What the connected systems can do."""


class ClaimSightActivities:
    def __init__(
        self, sights: SightActivities, claims: ReadsClaims, orders: ReadsOrders, billing: Billing, limits: LimitBook
    ) -> None:
        self._sights = sights
        self._claims = claims
        self._orders = orders
        self._billing = billing
        self._limits = limits

    @activity.defn
    async def see_claims(self, ask: ClaimQuestion) -> ClaimSight:
        return await self._see(ask)

    @activity.defn
    async def see_claims_again(self, ask: ClaimQuestion) -> ClaimSight:
        """The same without the short time limit of the voice path: for when a system is slow or down."""
        return await self._see(ask)

    async def _see(self, ask: ClaimQuestion) -> ClaimSight:
        house = await self._sights.see_house(ask)
        caller = house.assurance.customer_id if house.assurance else ""
        if not caller:
            return ClaimSight.model_validate(dict(house))
        customer, coverages, claims = await asyncio.gather(
            self._sights.see_customer(ask), self._claims.find_coverages(caller), self._claims.find_claims(caller)
        )
        seen = {
            "coverages": _fact(f"coverages of {caller}", coverages), "claims": _fact(f"claims of {caller}", claims),
            "able": self._able(),
        }  # fmt: skip
        if ask.items and (meant := _meant(ask, coverages, claims)):
            seen |= await self._behind(ask, meant)
        return ClaimSight.model_validate(dict(customer) | seen)

    def _able(self) -> list[SettlementKind]:
        replaces = isinstance(self._orders, PlacesReplacements) and isinstance(self._orders, ReadsProducts)
        return [
            SettlementKind.PAYMENT,
            *([SettlementKind.REPLACEMENT] if replaces else []),
            *([SettlementKind.REPAIR_VOUCHER] if isinstance(self._claims, IssuesVouchers) else []),
        ]

    async def _behind(self, ask: ClaimQuestion, coverage: Coverage) -> dict[str, Fact[Any]]:
        """What is covered: the units that are still the customer's, and what he got back of their price."""
        items = _fact(f"items of {coverage.id}", [], source="orders")
        order, payments = await self._order_of(coverage)
        if order is None or order.customer_id != coverage.customer_id:
            return {"items": items}
        reserved = await self._limits.reserved([payment_bucket(payment) for payment in payments], tenant=ask.tenant)
        payments = with_under_way(payments, reserved)
        back = went_back(coverage, order, payments, await self._refunded(ask, order))
        found = await self._items(coverage, order, back)
        told = _fact(f"what went back of order {order.id}", back, source="orders, billing")
        return {"items": items.model_copy(update={"value": found})} | ({"went_back": told} if back.amount else {})

    async def _order_of(self, coverage: Coverage) -> tuple[Order | None, list[Payment]]:
        if not coverage.order_id:
            return None, []
        try:
            return await asyncio.gather(
                self._orders.get_order(coverage.order_id), self._billing.get_payments(coverage.order_id)
            )
        except NotFound:
            return None, []

    async def _refunded(self, ask: ClaimQuestion, order: Order) -> set[str]:
        """The lines whose price went back through us, or is about to."""
        buckets = {line_bucket(order, line.id): line.id for line in order.lines}
        used = await self._limits.last_uses(list(buckets), now=ask.at, tenant=ask.tenant)
        return {buckets[bucket] for bucket in used}

    async def _items(self, coverage: Coverage, order: Order, back: WentBack) -> list[CoveredItem]:
        """With price and availability of now."""
        if SettlementKind.REPLACEMENT not in coverage.settles_by:
            return []
        covered = [line for line in order.lines if coverage.product_id in ("", line.product_id)]
        lines = [line for line in covered if line.id not in back.lines]
        return await asyncio.gather(*(self._item(coverage, order, line) for line in lines))

    async def _item(self, coverage: Coverage, order: Order, line: OrderLine) -> CoveredItem:
        item = CoveredItem(
            coverage_id=coverage.id, order_id=order.id, line_id=line.id, product_id=line.product_id,
            variant_id=line.variant_id, name=line.name, delivered_to=order.address,
        )  # fmt: skip
        if not isinstance(self._orders, ReadsProducts):
            return item
        try:
            product = await self._orders.get_product(line.product_id)
        except NotFound:
            return item
        variant = next((variant for variant in product.variants if variant.id == line.variant_id), None)
        return item.model_copy(update={"price": variant.price, "available": variant.available}) if variant else item


def _meant(ask: ClaimQuestion, coverages: list[Coverage], claims: list[Claim]) -> Coverage | None:
    of_claim = next((claim.coverage_id for claim in claims if claim.id == ask.claim_id), "")
    found = coverages_meant(coverages, of_claim or ask.coverage_id, ask.order_id, ask.kind)
    return found[0] if len(found) == 1 else None


def _fact(name: str, value: Any, source: str = "claims") -> Fact[Any]:
    return Fact[Any](name=name, value=value, source=source, read_at=datetime.now(UTC))
