"""The rules that all changes of an order share: who may ask, in which state, with which authority.

What is particular to one kind of change is in `order_cancel`, `order_return`, `order_swap`, `order_address` and
`order_payment`: each plans the exact effect, or says why there is none.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from domain.answers import Effect
from domain.customers import AddressDraft, Customer, Instrument
from domain.limits import LimitEntry, counted
from domain.money import Money, total
from domain.order_change_policy import OrderChangePolicy
from domain.orders import ChangeDraft, Order, RequestDraft
from domain.payments import ChargeOrder, Payment
from domain.products import Product
from domain.replacements import of_a_claim
from domain.standing import (
    Standing,
    approved,
    assured,
    autonomous,
    confirmed,
    cooling_off,
    needs_caller,
    switched_off,
    within_cap,
)
from domain.tenders import one_currency
from domain.values import Value, digest
from domain.velocity import velocity
from domain.verdicts import Allow, AskInput, Deny, Ruled, Verdict, asking, basis_of

PROCESS = "order_change"
Refusal = Deny | AskInput


class ChangeFacts(Value):
    """What was seen. `order` is None when the order system has no such order."""

    order: Order | None = None
    payments: list[Payment] = []
    instruments: list[Instrument] = []
    customer: Customer | None = None
    products: list[Product] = []
    """Of the lines that are to be exchanged."""

    def basis(self) -> dict[str, Any]:
        """What an approver relies on. Not the marks and versions that our own steps change."""
        order = self.order
        made_good = {"made_good": order.made_good} if order and order.made_good else {}
        return {
            **made_good,
            "order": [order.status, order.delivered_at, order.lines, order.requests] if order else None,
            "payments": [[p.id, p.captured, p.refunded, p.instrument.id] for p in self.payments],
            "address": self.customer.address if self.customer else None,
        }


class ChangePlan(Value):
    """The exact effect, with what each system is told. Money back is `effect.moves`."""

    effect: Effect
    customer_id: str
    order_id: str = ""
    change: ChangeDraft | None = None
    request: RequestDraft | None = None
    address: AddressDraft | None = None
    charge: ChargeOrder | None = None
    limits: list[LimitEntry] = []
    done: str = ""
    """What is told once it is done: `Order 4823 is cancelled; ...`"""
    other_payee: bool = False
    """Does money go to, or come from, another instrument than the one that paid?"""

    @property
    def final(self) -> str:
        """What is not taken back any more, once the change is made."""
        if self.effect.moves:
            return f"the money of order {self.order_id} is on its way back"
        if self.request:
            return f"the {self.request.kind} of order {self.order_id} is open already"
        what = f"order {self.order_id}" if self.change else f"the record of customer {self.customer_id}"
        return f"{what} is changed already"

    @property
    def lock(self) -> LimitEntry:
        """One run at a time changes an order, or a customer's record."""
        what = f"order:{self.order_id}" if self.order_id else f"customer:{self.customer_id}"
        name = f"Order {self.order_id}" if self.order_id else "This customer's record"
        text = (
            f"{name} is being changed by another request right now. Wait until that one has ended, then make this "
            "request anew, with a request_id of its own."
        )
        return counted(f"{what}:change", f"{PROCESS}.busy", text)


class AsksForOrder(Protocol):
    @property
    def order_id(self) -> str: ...


A = TypeVar("A", bound=AsksForOrder)
Planned = ChangePlan | Deny | AskInput
Planner = Callable[[A, Order, ChangeFacts, OrderChangePolicy, datetime], Planned]


def rule_order_change(
    ask: A, planner: Planner[A], seen: ChangeFacts, policy: OrderChangePolicy, standing: Standing, at: datetime
) -> Ruled[ChangePlan]:
    """The whole judgement: who asks, what it would be, whether it may happen."""
    if first := switched_off(policy, standing, PROCESS) or needs_caller(standing, at):
        return Ruled(verdict=first)
    order = seen.order
    if order is None or order.customer_id != standing.customer_id:  # one answer: that another's exists is not told
        rule = f"{PROCESS}.{'owner' if order else 'order_unknown'}"
        text = f"No order {ask.order_id} of this caller was found; ask for the number again."
        return Ruled(verdict=asking("order_id", rule, text))
    if refused := of_a_claim(order, PROCESS) or one_currency(order, seen.payments, PROCESS):
        return Ruled(verdict=refused)
    return judged(planner(ask, order, seen, policy, at), seen, policy, standing, at)


def judged(
    plan: Planned, seen: ChangeFacts, policy: OrderChangePolicy, standing: Standing, at: datetime
) -> Ruled[ChangePlan]:
    """Whether the plan may happen now. The first rule that speaks wins."""
    if not isinstance(plan, ChangePlan):
        return Ruled(verdict=plan)
    effect = plan.effect
    plan = plan.model_copy(update={"limits": [*plan.limits, *_velocity(plan, policy, standing)]})
    amount = effect.amount or Money(minor=0, currency=policy.currencies[0])
    basis = digest([effect.digest, seen.basis(), policy.digest])
    verdict = (
        switched_off(policy, standing, PROCESS, effect.action)
        or within_cap(amount, policy, standing.actor, PROCESS)
        or assured(amount, plan.customer_id, policy, standing, at, other_payee=plan.other_payee, process=PROCESS)
        or confirmed(amount, effect.digest, effect.summary, policy, standing, PROCESS)
        or _cooling(plan, seen, policy, standing, basis, at)
        or autonomous(amount, basis, policy, standing, PROCESS, effect.action)
        or approved(amount, basis, policy, standing, PROCESS)
        or Allow(rules=[f"{PROCESS}.{name}" for name in ("owner", "state", "caps", "confirmation", "approval")])
    )
    return Ruled(verdict=verdict, plan=plan, basis=basis_of(verdict, basis))


def _cooling(
    plan: ChangePlan, seen: ChangeFacts, policy: OrderChangePolicy, standing: Standing, basis: str, at: datetime
) -> Verdict | None:
    """Goods are money too: where an order goes is judged like where money goes."""
    readdressed = plan.change is not None and plan.change.address is not None
    if not plan.other_payee and not readdressed:
        return None
    what = "delivery to another address" if readdressed else "money to or from another instrument"
    used = {move.target for move in plan.effect.moves} | ({plan.charge.instrument_id} if plan.charge else set())
    payees = [instrument for instrument in seen.instruments if instrument.id in used]
    return cooling_off(what, basis, policy, standing, at, process=PROCESS, payees=payees)


def _velocity(plan: ChangePlan, policy: OrderChangePolicy, standing: Standing) -> list[LimitEntry]:
    """Money that is charged in the same change has not left: paid with another card, an order costs what it did."""
    effect = plan.effect
    money = None
    if effect.moves:
        back = total([move.amount for move in effect.moves], effect.moves[0].amount.currency)
        charged = plan.charge.amount.minor if plan.charge else 0
        money = Money(minor=max(0, back.minor - charged), currency=back.currency)
    return velocity(policy.limits, PROCESS, effect.action, money, plan.customer_id, standing.actor)


def still_open(order: Order, policy: OrderChangePolicy) -> Deny | None:
    """Open, and not changed in a way that ends all changes."""
    if order.status not in policy.open_statuses:
        wanted = " or ".join(policy.open_statuses)
        text = f"Order {order.id} is {order.status}; this is possible only while it is {wanted}."
        return Deny(rule=f"{PROCESS}.status", text=text)
    made = [change.kind for change in order.changes if change.status == "applied"]
    if any(kind in policy.locking_changes for kind in made):
        text = f"The items of order {order.id} were changed already; it can no longer be cancelled or changed."
        return Deny(rule=f"{PROCESS}.changed_once", text=text)
    return None


def may_come_back(order: Order, policy: OrderChangePolicy, at: datetime) -> Deny | None:
    """Delivered, within the window, and without another after-sales request."""
    if order.status not in policy.after_sales_statuses:
        wanted = " or ".join(policy.after_sales_statuses)
        text = f"Order {order.id} is {order.status}; this is possible once it is {wanted}."
        return Deny(rule=f"{PROCESS}.status", text=text)
    start = order.delivered_at or order.placed_at
    if policy.window_days is not None and at > start + timedelta(days=policy.window_days):
        text = f"Order {order.id} was delivered on {start.date()}; the {policy.window_days} days for this are over."
        return Deny(rule=f"{PROCESS}.window", text=text)
    made = [request for request in order.requests if request.status != "withdrawn"]
    if made and policy.one_request_per_order:
        text = f"Order {order.id} has the {made[0].kind} {made[0].id} already; an order has one request only."
        return Deny(rule=f"{PROCESS}.one_request", text=text)
    return None


def unknown_lines(lines: list[str], order: Order, field: str) -> AskInput | None:
    known = [line.id for line in order.lines]
    unknown = [line for line in lines if line not in known]
    if not unknown:
        return None
    text = f"Order {order.id} has no line {', '.join(unknown)}."
    return asking(field, f"{PROCESS}.line_unknown", text, known)
