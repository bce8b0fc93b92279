"""Other variants for units of an order: exchanged after delivery, or changed while it is open."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from domain.answers import Effect
from domain.money import Money, total
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import (
    PROCESS,
    ChangeFacts,
    ChangePlan,
    Planned,
    may_come_back,
    still_open,
    unknown_lines,
)
from domain.order_money import NO_WAY_BACK, Settled, capture_limits, settle
from domain.orders import ChangeDraft, Order, OrderLine, RequestDraft
from domain.products import Product, Variant
from domain.replacements import replaced
from domain.values import Value
from domain.verdicts import AskInput, Deny, asking


class Swap(Value):
    """One unit for another variant of its product."""

    line_id: str = Field(min_length=1, max_length=100, description="The order's line: one unit.")
    variant_id: str = Field(min_length=1, max_length=100, description="The variant that takes its place.")


class SwapRequest(Value):
    """Other variants for units of an order; each unit gets exactly one."""

    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")
    items: list[Swap] = Field(min_length=1, max_length=200, description="All units that change, in one call.")
    instrument_id: str = Field(
        default="", max_length=100, description="With which instrument of the customer a difference is settled."
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({swap.line_id for swap in self.items}) != len(self.items):
            raise ValueError("items names a line twice.")
        return self


class ExchangeRequest(SwapRequest):
    """Exchange delivered units."""


class ChangeItemsRequest(SwapRequest):
    """Change units of an open order."""


Swapped = list[tuple[OrderLine, Variant]]


def plan_exchange(
    ask: ExchangeRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, at: datetime
) -> Planned:
    if refusal := may_come_back(order, policy, at):
        return refusal
    swapped = _swapped(ask, order, seen, policy)
    if isinstance(swapped, (Deny, AskInput)):
        return swapped
    plan = _plan("exchange_items", "Exchange", ask, order, seen, policy, swapped)
    if not isinstance(plan, ChangePlan):
        return plan
    request = RequestDraft(
        order_id=order.id, kind="exchange", version=order.version, line_ids=[line.id for line, _ in swapped],
        items={line.id: variant.id for line, variant in swapped}, instrument_id=ask.instrument_id,
    )  # fmt: skip
    return plan.model_copy(update={"request": request})


def plan_items(
    ask: ChangeItemsRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, at: datetime
) -> Planned:
    if refusal := still_open(order, policy):
        return refusal
    swapped = _swapped(ask, order, seen, policy)
    if isinstance(swapped, (Deny, AskInput)):
        return swapped
    plan = _plan("change_items", "Change", ask, order, seen, policy, swapped)
    if not isinstance(plan, ChangePlan):
        return plan
    change = ChangeDraft(
        order_id=order.id, kind="items", version=order.version,
        items={line.id: variant.id for line, variant in swapped}, instrument_id=ask.instrument_id,
    )  # fmt: skip
    return plan.model_copy(update={"change": change})


def _swapped(ask: SwapRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy) -> Swapped | Deny | AskInput:
    """Each unit with the variant that takes its place."""
    asked = [swap.line_id for swap in ask.items]
    if refused := unknown_lines(asked, order, "items") or replaced(asked, order, PROCESS):
        return refused
    lines = {line.id: line for line in order.lines}
    products = {product.id: product for product in seen.products}
    found: Swapped = []
    for swap in ask.items:
        line = lines[swap.line_id]
        variant = _variant(swap, line, products.get(line.product_id), policy)
        if not isinstance(variant, Variant):
            return variant
        found.append((line, variant))
    return found


def _variant(
    swap: Swap, line: OrderLine, product: Product | None, policy: OrderChangePolicy
) -> Variant | Deny | AskInput:
    if product is None:
        text = f"{line.name} (line {line.id}) is no longer in the catalogue, so there is nothing to change it for."
        return Deny(rule=f"{PROCESS}.product_gone", text=text)
    others = [v for v in product.variants if v.available and (policy.like_for_like or v.id != line.variant_id)]
    options = [f"{v.id}: {v.label}, {v.price}" for v in others]
    variant = next((v for v in product.variants if v.id == swap.variant_id), None)
    if variant is None:
        text = f"{swap.variant_id} is no variant of {product.name} (line {line.id})."
        return asking("items", f"{PROCESS}.other_product", text, options)
    if variant.id == line.variant_id and not policy.like_for_like:
        text = f"Line {line.id} is {variant.label} already; choose another variant of {product.name}."
        return asking("items", f"{PROCESS}.same_variant", text, options)
    if not variant.available:
        text = f"{product.name}, {variant.label} is not available."
        return asking("items", f"{PROCESS}.not_available", text, options)
    if variant.price.currency != line.price.currency:
        text = f"{product.name}, {variant.label} is priced in {variant.price.currency}, the order is not."
        return Deny(rule=f"{PROCESS}.currency_of_order", text=text)
    return variant


def _plan(
    action: str, verb: str, ask: SwapRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy,
    swapped: Swapped,
) -> Planned:  # fmt: skip
    settled = settle(_difference(swapped, order.currency), ask.instrument_id, order, seen, policy)
    if not isinstance(settled, Settled):
        return settled
    charge, moves = settled.charge, settled.moves
    units = "; ".join(f"{line.name} for {variant.label}" for line, variant in swapped)
    amount = charge.amount if charge else total([move.amount for move in moves], order.currency)
    details = {
        "items": {line.id: variant.id for line, variant in swapped},
        "prices": {line.id: variant.price.model_dump(mode="json") for line, variant in swapped},
        "charge": charge.model_dump(mode="json", exclude={"change"}) if charge else None,
    }
    effect = Effect(
        action=action, subject=f"order {order.id}", amount=amount, moves=moves, details=details,
        irreversible=NO_WAY_BACK if moves else "",
        summary=f"{verb} in order {order.id}: {units}. {_money_told(settled)}",
    )  # fmt: skip
    paid_by = {payment.id: payment.instrument.id for payment in seen.payments}
    return ChangePlan(
        effect=effect, customer_id=order.customer_id, order_id=order.id, charge=charge,
        limits=capture_limits(moves, seen), done=f"Done in order {order.id}: {units}. {_money_told(settled)}",
        other_payee=any(paid_by[m.payment] != m.target for m in moves),
    )  # fmt: skip


def _difference(swapped: Swapped, currency: str) -> Money:
    new = total([variant.price for _, variant in swapped], currency)
    return new - total([line.price for line, _ in swapped], currency)


def _money_told(settled: Settled) -> str:
    if not settled.told:
        return "The price stays the same."
    return f"{settled.told}." if settled.charge else f"Back: {settled.told}."
