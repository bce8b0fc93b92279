"""What the intake of a case looks at: the caller, the order that it is about, and his cases, closed ones too."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from temporalio import activity

from activities.crm import Crm
from activities.orders import Orders
from activities.sights import OrderSight, Question, SightActivities
from connectors.cases import KeepsCases, WorksCases
from connectors.errors import NotFound, Unsupported
from domain.cases import Case, CaseQuery
from domain.customers import Customer
from domain.facts import Fact
from domain.orders import Order


class CaseQuestion(Question):
    of_order: bool = False
    """Without a caller: whoever bought the order is meant. For cases that an event opens."""

    diaries: str = ""
    """A category: also the other cases of those who own the customer's open cases of it."""


class CaseSight(OrderSight):
    cases: Fact[list[Case]] | None = None
    diaries: Fact[list[Case]] | None = None


class CaseSightActivities:
    def __init__(self, sights: SightActivities, crm: Crm, orders: Orders, cases: KeepsCases) -> None:
        self._sights = sights
        self._crm = crm
        self._orders = orders
        self._cases = cases

    @activity.defn
    async def see_case(self, ask: CaseQuestion) -> CaseSight:
        return await self._see(ask)

    @activity.defn
    async def see_case_again(self, ask: CaseQuestion) -> CaseSight:
        """The same without the short time limit of the voice path: for when a system is slow or down."""
        return await self._see(ask)

    async def _see(self, ask: CaseQuestion) -> CaseSight:
        sight = CaseSight.model_validate(dict(await self._sights.see_house(ask)))
        if ask.of_order:
            order = await self._order(ask.order_id)
            return await self._of(order.value.customer_id, sight, order) if order else sight
        caller = sight.assurance.customer_id if sight.assurance else ""
        if not caller:
            return sight
        sight = await self._of(caller, sight, None, ask.order_id)
        return sight.model_copy(update={"diaries": await self._diaries(ask.diaries, sight)}) if ask.diaries else sight

    async def _of(self, customer_id: str, sight: CaseSight, order: Fact[Order] | None, order_id: str = "") -> CaseSight:
        customer, cases, seen = await asyncio.gather(
            self._customer(customer_id), self._cases_of(customer_id), self._order(order_id)
        )
        return sight.model_copy(update={"customer": customer, "cases": cases, "order": order or seen})

    async def _cases_of(self, customer_id: str) -> Fact[list[Case]]:
        """A case system that cannot search closed ones tells the open ones: then nothing is reopened."""
        if isinstance(self._cases, WorksCases):
            found = await self._cases.find_cases(CaseQuery(customer_id=customer_id))
        else:
            found = await self._cases.find_open_cases(customer_id)
        return _fact(f"cases of {customer_id}", "cases", found)

    async def _diaries(self, category: str, sight: CaseSight) -> Fact[list[Case]]:
        """Raises Unsupported when the case system cannot tell what somebody owns."""
        if not isinstance(self._cases, WorksCases):
            raise Unsupported("This case system cannot tell whose cases are whose; connect one that has `find_cases`.")
        mine = [case for case in (sight.cases.value if sight.cases else []) if case.category == category]
        owners = sorted({case.owner for case in mine if case.owner and not case.closed})
        found = await asyncio.gather(*(self._cases.find_cases(CaseQuery(owner=owner)) for owner in owners))
        return _fact(f"cases of {', '.join(owners) or 'nobody'}", "cases", [case for diary in found for case in diary])

    async def _customer(self, customer_id: str) -> Fact[Customer] | None:
        try:
            return _fact(f"customer {customer_id}", "crm", await self._crm.get_customer(customer_id))
        except NotFound:
            return None

    async def _order(self, order_id: str) -> Fact[Order] | None:
        try:
            return _fact(f"order {order_id}", "orders", await self._orders.get_order(order_id)) if order_id else None
        except NotFound:
            return None


def _fact(name: str, source: str, value: Any) -> Fact[Any]:
    version = str(getattr(value, "version", ""))
    return Fact[Any](name=name, value=value, source=source, read_at=datetime.now(UTC), version=version)
