"""What a process looks at before it decides: the house's own books first, then the systems, in parallel.

One activity reads all, so that a decision costs one round trip; each fact keeps its own source, time and version.
"""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from temporalio import activity

from activities.billing import Billing
from activities.crm import Crm
from activities.house import AssuranceBook, LimitBook
from activities.orders import Orders
from activities.rejections import RejectionBook
from connectors.cases import KeepsCases
from connectors.claims import ReadsClaims
from connectors.errors import NotFound
from domain.assurance import Assurance
from domain.cases import Case
from domain.cooling import Contact, contact_bucket
from domain.customers import Customer, Instrument
from domain.facts import Fact
from domain.orders import MadeGood, Order
from domain.payments import Payment
from domain.rejections import Rejection
from domain.values import Value
from domain.went_back import made_good_of

T = TypeVar("T")


class PolicyShelf(Protocol):
    def read(self, policy: str) -> dict[str, Any]:
        """The document in force now, as JSON. Raises KeyError naming the policies that there are."""
        ...


class Question(Value):
    """What to look at, for whom."""

    tenant: str
    call_id: str
    policy: str
    order_id: str = ""
    instruments: bool = False
    """Also the customer's instruments: needed only when money may go to another one than it came from."""
    made_good: bool = False
    """Also what claims have paid for the order's units: needed where its money may go back."""
    at: datetime
    held: Assurance | None = None
    """How the caller was verified when people were asked: it outlives the call for what they decide."""


class OrderSight(Value):
    """What was seen. Without a verified caller nothing of the systems is read: there is nothing to tell him."""

    policy: dict[str, Any]
    assurance: Assurance | None = None
    order: Fact[Order] | None = None
    payments: Fact[list[Payment]] | None = None
    customer: Fact[Customer] | None = None
    instruments: Fact[list[Instrument]] | None = None
    open_cases: Fact[list[Case]] | None = None
    made_good: Fact[list[MadeGood]] | None = None
    covered: bool = False
    """A coverage is for this order: a claim may be opened at any moment."""
    rejections: list[Rejection] = []
    """What people declined for this customer, and still stands."""
    contact_changed: dict[str, datetime] = {}
    """When contacts of this customer were changed last through us."""


class SightActivities:
    def __init__(
        self,
        crm: Crm,
        orders: Orders,
        billing: Billing,
        cases: KeepsCases,
        claims: ReadsClaims,
        assurances: AssuranceBook,
        shelf: PolicyShelf,
        rejections: RejectionBook,
        limits: LimitBook,
    ) -> None:
        self._crm = crm
        self._orders = orders
        self._billing = billing
        self._cases = cases
        self._claims = claims
        self._assurances = assurances
        self._shelf = shelf
        self._rejections = rejections
        self._limits = limits

    @activity.defn
    async def see_house(self, ask: Question) -> OrderSight:
        """Handrail's own books only: the policy, the caller's assurance, what people declined for him."""
        assurance = await self._assurances.current(ask.tenant, ask.call_id, ask.at) if ask.call_id else None
        if ask.held and (assurance is None or assurance.level < ask.held.level):
            assurance = ask.held
        caller = assurance.customer_id if assurance else ""
        rejections = await self._rejections.of_customer(ask.tenant, caller, ask.at) if caller else []
        policy = self._shelf.read(ask.policy)
        changed = await self._changed_through_us(ask, caller) if caller and policy.get("cooling_off") else {}
        return OrderSight(policy=policy, assurance=assurance, rejections=rejections, contact_changed=changed)

    async def _changed_through_us(self, ask: Question, caller: str) -> dict[str, datetime]:
        """The CRM may tell nothing of it."""
        buckets = {contact_bucket(caller, contact): str(contact) for contact in Contact}
        found = await self._limits.last_uses(list(buckets), now=ask.at, tenant=ask.tenant)
        return {buckets[bucket]: at for bucket, at in found.items()}

    @activity.defn
    async def see_order(self, ask: Question) -> OrderSight:
        """The order with its payments, the verified customer with his instruments and open cases."""
        return await self._see_order(ask)

    @activity.defn
    async def see_order_again(self, ask: Question) -> OrderSight:
        """The same without the short time limit of the voice path: for when a system is slow or down."""
        return await self._see_order(ask)

    @activity.defn
    async def see_customer(self, ask: Question) -> OrderSight:
        """The verified customer with his instruments and open cases."""
        return await self._see_customer(ask)

    @activity.defn
    async def see_customer_again(self, ask: Question) -> OrderSight:
        """The same without the short time limit of the voice path."""
        return await self._see_customer(ask)

    async def _see_order(self, ask: Question) -> OrderSight:
        sight = await self.see_house(ask)
        caller = sight.assurance.customer_id if sight.assurance else ""
        if not caller:
            return sight
        order, payments, customer, cases, instruments, made_good = await asyncio.gather(
            _fact(f"order {ask.order_id}", "orders", self._orders.get_order(ask.order_id)),
            _fact(f"payments of order {ask.order_id}", "billing", self._billing.get_payments(ask.order_id)),
            _fact(f"customer {caller}", "crm", self._crm.get_customer(caller)),
            _fact(f"open cases of {caller}", "cases", self._cases.find_open_cases(caller)),
            self._instruments(caller) if ask.instruments else _nothing(),
            self._made_good(caller, ask.order_id) if ask.made_good else _nothing(),
        )
        covered, paid = made_good or (False, None)
        seen = {
            "order": order,
            "payments": payments,
            "customer": customer,
            "instruments": instruments,
            "open_cases": cases,
            "made_good": paid,
            "covered": covered,
        }
        return sight.model_copy(update=seen)

    async def _see_customer(self, ask: Question) -> OrderSight:
        sight = await self.see_house(ask)
        caller = sight.assurance.customer_id if sight.assurance else ""
        if not caller:
            return sight
        customer, instruments, cases = await asyncio.gather(
            _fact(f"customer {caller}", "crm", self._crm.get_customer(caller)),
            self._instruments(caller),
            _fact(f"open cases of {caller}", "cases", self._cases.find_open_cases(caller)),
        )
        return sight.model_copy(update={"customer": customer, "instruments": instruments, "open_cases": cases})

    async def _instruments(self, caller: str) -> Fact[list[Instrument]] | None:
        return await _fact(f"instruments of {caller}", "billing", self._billing.get_instruments(caller))

    async def _made_good(self, caller: str, order_id: str) -> tuple[bool, Fact[list[MadeGood]] | None]:
        """Whether the order is covered, and what claims have paid of it. Nothing, mostly: then it is no fact that
        people need to see."""
        coverages, claims = await asyncio.gather(self._claims.find_coverages(caller), self._claims.find_claims(caller))
        covered = any(coverage.order_id == order_id for coverage in coverages)
        if not (found := made_good_of(order_id, coverages, claims)):
            return covered, None
        name = f"claims on order {order_id}"
        return covered, Fact[list[MadeGood]](name=name, value=found, source="claims", read_at=datetime.now(UTC))


async def _nothing() -> None:
    return None


async def _fact(name: str, source: str, reading: Awaitable[T]) -> Fact[T] | None:
    """None when the system says that there is no such thing."""
    try:
        value = await reading
    except NotFound:
        return None
    version = str(getattr(value, "version", ""))
    return Fact[Any](name=name, value=value, source=source, read_at=datetime.now(UTC), version=version)
