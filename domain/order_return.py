"""Return units of a delivered order: a return authorisation is opened, and their price goes back."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from domain.answers import Effect
from domain.customers import Instrument, InstrumentKind
from domain.limits import LimitEntry, counted
from domain.money import total
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import (
    PROCESS,
    ChangeFacts,
    ChangePlan,
    Planned,
    Refusal,
    may_come_back,
    unknown_lines,
)
from domain.order_money import NO_WAY_BACK, capture_limits, moves_back, told
from domain.orders import Order, RequestDraft, line_bucket
from domain.replacements import replaced
from domain.values import Value
from domain.verdicts import Deny, asking


class ReturnRequest(Value):
    """Send units of an order back."""

    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")
    lines: list[str] = Field(min_length=1, max_length=200, description="Ids of the order's lines that come back.")
    instrument_id: str = Field(
        default="", max_length=100, description="Where the money goes; empty: back to what paid. Or stored value."
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.lines)) != len(self.lines):
            raise ValueError("lines names a line twice.")
        return self


def plan_return(
    ask: ReturnRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, at: datetime
) -> Planned:
    if refusal := (
        may_come_back(order, policy, at)
        or unknown_lines(ask.lines, order, "lines")
        or replaced(ask.lines, order, PROCESS)
    ):
        return refusal
    payee = _payee(ask, order, seen, policy)
    if isinstance(payee, Refusal):
        return payee
    units = [line for line in order.lines if line.id in ask.lines]
    amount = total([line.price for line in units], order.currency)
    moves = moves_back(amount, order, seen, policy, payee)
    if isinstance(moves, Deny):
        return moves
    names = ", ".join(line.name for line in units)
    effect = Effect(
        action="return_items",
        subject=f"order {order.id}",
        amount=amount,
        moves=moves,
        details={"lines": [line.id for line in units]},
        irreversible=NO_WAY_BACK,
        summary=f"Return {names} of order {order.id}: {told(moves, seen, policy)}.",
    )
    request = RequestDraft(
        order_id=order.id, kind="return", version=order.version, line_ids=[line.id for line in units],
        instrument_id=moves[0].target if moves else "",
    )  # fmt: skip
    return ChangePlan(
        effect=effect, customer_id=order.customer_id, order_id=order.id, request=request,
        limits=[*capture_limits(moves, seen), *(_once(order, line.id) for line in units)],
        done=f"The return of {names} (order {order.id}) is open: {told(moves, seen, policy)}.",
        other_payee=payee is not None,
    )  # fmt: skip


def _once(order: Order, line: str) -> LimitEntry:
    """The same bucket as a refund's: what was refunded by line does not come back for money once more."""
    text = f"Line {line} of order {order.id} was refunded already."
    return counted(line_bucket(order, line), f"{PROCESS}.line_once", text, currency=order.currency)


def _payee(
    ask: ReturnRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy
) -> Instrument | Deny | Refusal | None:
    """None: back to what paid."""
    payers = {payment.instrument.id for payment in seen.payments}
    if not ask.instrument_id or payers == {ask.instrument_id}:
        return None
    mine = [i for i in seen.instruments if i.customer_id == order.customer_id]
    stored = [i for i in mine if i.kind is InstrumentKind.STORED_VALUE]
    chosen = next((i for i in stored if i.id == ask.instrument_id), None)
    if chosen is None:
        text = f"The money of order {order.id} can go back to what paid (no instrument_id) or to stored value."
        return asking("instrument_id", f"{PROCESS}.payee", text, [i.id for i in stored])
    if not policy.to_stored_value:
        return Deny(
            rule=f"{PROCESS}.to_stored_value", text="Returns go back to what paid; stored value is not offered."
        )
    return chosen
