"""The rules of a refund: what exactly would move, and whether it may."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from domain.answers import Effect, MoneyMove
from domain.calls import Actor
from domain.cases import Case
from domain.customers import Customer, Instrument, InstrumentKind
from domain.limits import LimitEntry, counted
from domain.money import Money, total
from domain.orders import Order, OrderLine, line_bucket
from domain.payments import Payment
from domain.policies import RefundPolicy
from domain.replacements import kept_for_claims, making_good, of_a_claim, replaced
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
from domain.tenders import allocate, capture_limit, kept_limits, one_currency
from domain.values import Value, digest
from domain.velocity import velocity
from domain.verdicts import (
    Allow,
    AskInput,
    Deny,
    Ruled,
    Verdict,
    asking,
    basis_of,
)

NO_WAY_BACK = "Money that has left cannot be called back."


class PayTo(StrEnum):
    ORIGINAL = "original"
    STORED_VALUE = "stored_value"


class RefundRequest(Value):
    """Give money back on an order: the lines named, or an amount, or (neither given) all that is left."""

    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")
    reason: str = Field(min_length=1, max_length=80, description="A reason code of the refund policy.")
    lines: list[str] = Field(default=[], max_length=200, description="Ids of the order's lines to refund.")
    amount: Money | None = Field(default=None, description="An amount in minor units; not together with lines.")
    to: PayTo = Field(default=PayTo.ORIGINAL, description="Back to what paid, or to stored value of the customer.")
    instrument_id: str = Field(default="", max_length=100, description="Which stored value, when there are several.")

    @model_validator(mode="after")
    def _one_way(self) -> "RefundRequest":
        if self.lines and self.amount is not None:
            raise ValueError("Give lines or amount, not both.")
        if self.amount is not None and self.amount.minor <= 0:
            raise ValueError("amount.minor must be above 0.")
        if len(set(self.lines)) != len(self.lines):
            raise ValueError("lines names a line twice.")
        return self


class RefundFacts(Value):
    """What was seen. `order` is None when the order system has no such order."""

    order: Order | None = None
    payments: list[Payment] = []
    instruments: list[Instrument] = []
    customer: Customer | None = None
    open_cases: list[Case] = []

    def basis(self) -> dict[str, Any]:
        """What an approver relies on. Not the marks and versions that our own steps change."""
        order = self.order
        made_good = {"made_good": order.made_good} if order and order.made_good else {}
        return {
            "order": [order.id, order.customer_id, order.status, order.delivered_at, order.lines] if order else None,
            "payments": [[p.id, p.captured, p.refunded, p.instrument.id] for p in self.payments],
            **made_good,
        }


class RefundPlan(Value):
    """The exact effect, with the reservations that must fit before it happens."""

    effect: Effect
    customer_id: str
    order_id: str
    limits: list[LimitEntry]

    @property
    def amount(self) -> Money:
        assert self.effect.amount is not None
        return self.effect.amount


def rule_refund(
    ask: RefundRequest, seen: RefundFacts, policy: RefundPolicy, standing: Standing, at: datetime
) -> Ruled[RefundPlan]:
    """The whole judgement: who asks, what it would be, whether it may happen."""
    off = switched_off(policy, standing, "refund", ask.reason)
    first = off or needs_caller(standing, at) or _owned(ask, seen.order, standing)
    if first:
        return Ruled(verdict=first)
    order = seen.order
    if order and (refused := of_a_claim(order, "refund") or one_currency(order, seen.payments, "refund")):
        return Ruled(verdict=refused)
    plan = plan_refund(ask, seen, policy, standing.actor)
    if not isinstance(plan, RefundPlan):
        return Ruled(verdict=plan)
    basis = digest([plan.effect.digest, seen.basis(), policy.digest])
    verdict = judge_refund(plan, ask, seen, policy, standing, basis, at)
    return Ruled(verdict=verdict, plan=plan, basis=basis_of(verdict, basis))


def plan_refund(
    ask: RefundRequest, seen: RefundFacts, policy: RefundPolicy, actor: Actor
) -> RefundPlan | Deny | AskInput:
    """What exactly would move. Refuses or asks where the request does not fit the order."""
    order = seen.order
    assert order is not None
    if made_good := replaced(ask.lines, order, "refund"):
        return made_good
    left = _left(order, seen.payments)
    amount = _amount(ask, order, left)
    if not isinstance(amount, Money):
        return amount
    if not left:
        return Deny(rule="refund.nothing_left", text=f"Order {order.id} has nothing left to refund{_besides(order)}.")
    if left < amount:
        text = f"Order {order.id} has {left} left to refund{_besides(order)}; {amount} was asked for."
        return Deny(rule="refund.above_captured", text=text)
    payee = _payee(ask, seen, policy)
    if isinstance(payee, (Deny, AskInput)):
        return payee
    moves = allocate(amount, seen.payments, policy.tender_order, payee)
    effect = _effect(ask, order, amount, moves)
    limits = _limits(ask, order, seen.payments, moves, policy, actor)
    return RefundPlan(effect=effect, customer_id=order.customer_id, order_id=order.id, limits=limits)


def judge_refund(
    plan: RefundPlan,
    ask: RefundRequest,
    seen: RefundFacts,
    policy: RefundPolicy,
    standing: Standing,
    gate: str,
    at: datetime,
) -> Verdict:
    """Whether it may happen now. `gate`: the digest that an approval must carry. The first rule that speaks wins."""
    order, amount, effect = seen.order, plan.amount, plan.effect
    assert order is not None
    return (
        _in_order(ask, order, policy, at)
        or within_cap(amount, policy, standing.actor, "refund")
        or assured(
            amount, plan.customer_id, policy, standing, at, other_payee=_other_payee(plan, seen), process="refund"
        )
        or confirmed(amount, effect.digest, effect.summary, policy, standing, "refund")
        or _cooling(plan, seen, policy, standing, gate, at)
        or autonomous(amount, gate, policy, standing, "refund", ask.reason)
        or approved(amount, gate, policy, standing, "refund")
        or Allow(rules=["refund.window", "refund.caps", "refund.assurance", "refund.confirmation", "refund.approval"])
    )


def _other_payee(plan: RefundPlan, seen: RefundFacts) -> bool:
    paid_by = {payment.id: payment.instrument.id for payment in seen.payments}
    return any(paid_by.get(move.payment) != move.target for move in plan.effect.moves)


def _cooling(
    plan: RefundPlan, seen: RefundFacts, policy: RefundPolicy, standing: Standing, gate: str, at: datetime
) -> Verdict | None:
    if not _other_payee(plan, seen):
        return None
    targets = {move.target for move in plan.effect.moves}
    payees = [instrument for instrument in seen.instruments if instrument.id in targets]
    what = "money to another instrument"
    return cooling_off(what, gate, policy, standing, at, process="refund", payees=payees)


def _owned(ask: RefundRequest, order: Order | None, standing: Standing) -> AskInput | None:
    """Another's order and none at all are answered alike: a caller learns nothing about the orders of others."""
    if order and order.customer_id == standing.customer_id:
        return None
    text = f"No order {ask.order_id} of this caller was found; ask for the number again."
    return asking("order_id", "refund.owner" if order else "refund.order_unknown", text)


def _in_order(ask: RefundRequest, order: Order, policy: RefundPolicy, at: datetime) -> Deny | AskInput | None:
    if ask.reason not in policy.reasons:
        text = f"{ask.reason!r} is no reason for a refund here; choose one of the options."
        return asking("reason", "refund.reason", text, policy.reasons)
    if order.status not in policy.statuses:
        wanted = " or ".join(policy.statuses)
        text = f"Order {order.id} is {order.status}; refunds are possible once it is {wanted}."
        return Deny(rule="refund.status", text=text)
    start = order.delivered_at or order.placed_at
    if at > start + timedelta(days=policy.window_days):
        text = (
            f"Order {order.id} was delivered on {start.date()}; the refund window of {policy.window_days} days is over."
        )
        return Deny(rule="refund.window", text=text)
    return None


def _left(order: Order, payments: list[Payment]) -> Money:
    """What can go back at all. What a claim has made good stays."""
    left = total([p.refundable for p in payments], order.currency) - kept_for_claims(order)
    return max(left, Money(minor=0, currency=order.currency))


def _besides(order: Order) -> str:
    claims = ", ".join(making_good(order))
    return f" besides what claim {claims} has made good" if claims else ""


def _amount(ask: RefundRequest, order: Order, left: Money) -> Money | AskInput:
    if ask.amount is not None:
        if ask.amount.currency != order.currency:
            text = f"Order {order.id} is in {order.currency}, not {ask.amount.currency}."
            return asking("amount.currency", "refund.currency_of_order", text)
        return ask.amount
    if not ask.lines:
        return left
    by_id: dict[str, OrderLine] = {line.id: line for line in order.lines}
    unknown = [line for line in ask.lines if line not in by_id]
    if unknown:
        text = f"Order {order.id} has no line {', '.join(unknown)}."
        return asking("lines", "refund.line_unknown", text, list(by_id))
    return total([by_id[line].price for line in ask.lines], order.currency)


def _payee(ask: RefundRequest, seen: RefundFacts, policy: RefundPolicy) -> Instrument | Deny | AskInput | None:
    if ask.to is PayTo.ORIGINAL:
        return None
    if not policy.to_stored_value:
        return Deny(rule="refund.to_stored_value", text="Refunds go back to what paid; stored value is not offered.")
    assert seen.order is not None
    own = [i for i in seen.instruments if i.customer_id == seen.order.customer_id]
    mine = [i for i in own if i.kind is InstrumentKind.STORED_VALUE]
    chosen = [i for i in mine if not ask.instrument_id or i.id == ask.instrument_id]
    if len(chosen) == 1:
        return chosen[0]
    text = "Which stored value shall it go to?" if chosen else "The customer has no such stored value."
    return asking("instrument_id", "refund.which_stored_value", text, [i.id for i in mine])


def _effect(ask: RefundRequest, order: Order, amount: Money, moves: list[MoneyMove]) -> Effect:
    parts = [f"{move.amount} to {move.label}" for move in moves]
    where = parts[0].removeprefix(f"{amount} ") if len(parts) == 1 else " and ".join(parts)
    joint = " " if len(parts) == 1 else ": "
    return Effect(
        action="refund_order",
        subject=f"order {order.id}",
        amount=amount,
        moves=moves,
        details={"lines": ask.lines, "reason": ask.reason, "to": str(ask.to)},
        irreversible=NO_WAY_BACK,
        summary=f"Refund {amount} of order {order.id}{joint}{where}.",
    )


def _limits(
    ask: RefundRequest,
    order: Order,
    payments: list[Payment],
    moves: list[MoneyMove],
    policy: RefundPolicy,
    actor: Actor,
) -> list[LimitEntry]:
    by_id = {p.id: p for p in payments}
    entries = [capture_limit(by_id[move.payment], move, n) for n, move in enumerate(moves, 1)]
    entries += kept_limits(order, payments, moves, "refund")
    for line in ask.lines:
        text = f"Line {line} of order {order.id} was refunded already."
        entries.append(counted(line_bucket(order, line), "refund.line_once", text, currency=order.currency))
    money = total([m.amount for m in moves], order.currency)
    return entries + velocity(policy.limits, "refund", ask.reason, money, order.customer_id, actor)
