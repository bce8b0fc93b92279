"""What an order change looks at: the order as every process sees it, and the catalogue behind the units that change."""

import asyncio
from datetime import UTC, datetime

from temporalio import activity

from activities.sights import OrderSight, Question, SightActivities
from connectors.errors import NotFound, Unsupported
from connectors.orders import ReadsProducts
from domain.facts import Fact
from domain.orders import Order
from domain.products import Product


class ChangeQuestion(Question):
    lines: list[str] = []
    """Lines whose products are looked up: what else could take their place?"""


class ChangeSight(OrderSight):
    products: Fact[list[Product]] | None = None


class ChangeSightActivities:
    def __init__(self, sights: SightActivities, catalogue: object) -> None:
        self._sights = sights
        self._catalogue = catalogue

    @activity.defn
    async def see_change(self, ask: ChangeQuestion) -> ChangeSight:
        return await self._see(ask)

    @activity.defn
    async def see_change_again(self, ask: ChangeQuestion) -> ChangeSight:
        """The same without the short time limit of the voice path: for when a system is slow or down."""
        return await self._see(ask)

    async def _see(self, ask: ChangeQuestion) -> ChangeSight:
        sight = ChangeSight.model_validate(dict(await self._sights.see_order(ask)))
        order = sight.order.value if sight.order else None
        if order is None or not ask.lines or order.customer_id != (sight.assurance and sight.assurance.customer_id):
            return sight
        return sight.model_copy(update={"products": await self._products(order, ask.lines)})

    async def _products(self, order: Order, lines: list[str]) -> Fact[list[Product]]:
        wanted = sorted({line.product_id for line in order.lines if line.id in lines})
        found = await asyncio.gather(*(self._product(id) for id in wanted))
        products = [product for product in found if product]
        name = f"catalogue of order {order.id}"
        return Fact(name=name, value=products, source="orders", read_at=datetime.now(UTC), version="")

    async def _product(self, id: str) -> Product | None:
        if not isinstance(self._catalogue, ReadsProducts):
            raise Unsupported("This order system has no catalogue; connect one that has `get_product`.")
        try:
            return await self._catalogue.get_product(id)
        except NotFound:
            return None
