"""Repairs: what a person may correct in the input of a step that was refused, and the rules that it meets again.

The step stays what it is: another instrument for the same money, other words in the same note. Never another amount,
another order, another step.
"""

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from domain.answers import Denial
from domain.customers import Instrument, InstrumentKind
from domain.payments import Payment, RefundOrder
from domain.values import Value


class Correction(Value):
    """Which fields of a step's input may be corrected, and how many people it takes."""

    fields: list[str]
    people: int = Field(default=1, ge=1)


CORRECTIONS = {
    "send_refund": Correction(fields=["instrument_id"], people=2),
    "note_customer": Correction(fields=["text"]),
    "comment_case": Correction(fields=["text"]),
    "resolve_case": Correction(fields=["comment"]),
    "close_claim": Correction(fields=["text"]),
}
"""By the name of the step. One that is not here can be tried again, skipped or undone, not corrected."""


def corrected(step: str, given: BaseModel, changes: dict[str, Any]) -> BaseModel | Denial:
    """The step's input with the changes, or why it cannot have them."""
    allowed = CORRECTIONS[step].fields
    if foreign := sorted(set(changes) - set(allowed)):
        text = f"{', '.join(foreign)} of {step} cannot be changed here; {', '.join(allowed)} can."
        return Denial(rule="repair.edit_field", text=text)
    if not changes or all(getattr(given, name) == value for name, value in changes.items()):
        return Denial(rule="repair.edit_nothing", text=f"Nothing was changed; give another {' or '.join(allowed)}.")
    if empty := [name for name, value in changes.items() if isinstance(value, str) and not value.strip()]:
        return Denial(rule="repair.edit_arguments", text=f"{', '.join(empty)} must not be empty.")
    try:
        return type(given).model_validate(given.model_dump() | changes)
    except ValidationError as wrong:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        return Denial(rule="repair.edit_arguments", text=f"{step} cannot be changed to this: {faults}")


def redirected(
    order: RefundOrder, payments: list[Payment], instruments: list[Instrument], *, to_stored_value: bool
) -> Instrument | Denial:
    """Where the same money goes instead: what paid, or a stored value of the same customer where the policy has it."""
    of_payment = next((p.instrument for p in payments if p.id == order.payment_id), None)
    if of_payment and of_payment.id == order.instrument_id:
        return of_payment
    mine = next((i for i in instruments if i.id == order.instrument_id), None)
    if mine is None:
        text = f"{order.instrument_id} is no instrument of this customer; choose one of his."
        return Denial(rule="repair.edit_payee", text=text)
    if mine.kind is not InstrumentKind.STORED_VALUE or not to_stored_value:
        text = f"{mine.label or mine.id} did not pay; money goes back to what paid"
        text += ", or to stored value of the customer." if to_stored_value else "."
        return Denial(rule="repair.edit_payee", text=text)
    return mine
