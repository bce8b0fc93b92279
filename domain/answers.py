"""What every door gives back: one Answer, true now, with a sentence that may be spoken."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from domain.money import Money
from domain.values import Value, digest


class Status(StrEnum):
    DONE = "done"
    ACCEPTED = "accepted"
    NEEDS_INPUT = "needs_input"
    NEEDS_CONFIRMATION = "needs_confirmation"
    NEEDS_VERIFICATION = "needs_verification"
    NEEDS_APPROVAL = "needs_approval"
    DENIED = "denied"
    HANDED_OFF = "handed_off"
    UNDONE = "undone"
    RECONCILING = "reconciling"


class MoneyMove(Value):
    """One movement of money in an effect: how much, to which instrument."""

    amount: Money
    target: str
    """The payment instrument's id."""
    label: str
    """What a person may hear: `card ending 4242`."""
    payment: str = ""
    """The capture that it is taken from."""


class Effect(Value):
    """What will be or was done, exactly. Its digest is what a caller confirms and a person approves."""

    action: str
    subject: str
    """The business object: `order 4821`."""
    amount: Money | None = None
    moves: list[MoneyMove] = []
    details: dict[str, Any] = {}
    irreversible: str = ""
    """Why it cannot be undone; empty when it can."""
    summary: str = ""
    """The effect in one sentence. Not part of the digest."""

    @property
    def digest(self) -> str:
        return digest(self.model_dump(mode="json", exclude={"summary"}))


class Missing(Value):
    """A field that is needed, and why: `order_id`, `No order 9 was found; ask for the number again.`"""

    field: str
    reason: str
    options: list[str] = []


class Denial(Value):
    """A rule says no."""

    rule: str
    """The id of the rule: `refund.window`."""
    text: str
    """A sentence that may be told."""


class Answer(Value):
    status: Status
    reference: str = ""
    """The opaque handle of the run; empty when none was started."""
    say: str = ""
    """One sentence that is true now and may be spoken."""
    terminal: bool = False
    result: dict[str, Any] | None = None
    effect: Effect | None = None
    digest: str = ""
    """Of `effect`: what `confirm` must carry."""
    missing: list[Missing] = []
    denied: Denial | None = None
    methods: list[str] = []
    """With `needs_verification`: the methods that would do."""
    retry_after_s: float | None = None
    next: list[str] = []
    """Legal commands now."""
    revision: int = Field(default=0, ge=0)
    """Grows with each change of the run's state; `wait` waits for the next one."""
