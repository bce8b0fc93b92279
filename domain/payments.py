"""Captured payments and the refunds on them, as the billing system tells them."""

from enum import StrEnum

from domain.customers import Instrument
from domain.money import Money, total
from domain.values import Value


class RefundState(StrEnum):
    PENDING = "pending"
    """Accepted by billing, not settled yet."""
    SETTLED = "settled"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Refunded(Value):
    """A refund that billing has on record."""

    id: str
    payment_id: str
    order_id: str = ""
    amount: Money
    instrument_id: str
    state: RefundState
    reference: str = ""
    """The write reference stamped on it; empty for a refund made elsewhere."""


class Payment(Value):
    """One capture of one order on one instrument."""

    id: str
    order_id: str
    instrument: Instrument
    captured: Money
    refunds: list[Refunded] = []
    reference: str = ""
    """The write reference of a charge that a run made; empty for what was paid with the order."""
    version: str = ""

    @property
    def refunded(self) -> Money:
        counted = [r.amount for r in self.refunds if r.state is not RefundState.FAILED]
        return total(counted, self.captured.currency)

    @property
    def refundable(self) -> Money:
        return self.captured - self.refunded


class RefundOrder(Value):
    """The instruction to billing: this amount of this capture, to this instrument."""

    payment_id: str
    order_id: str
    amount: Money
    instrument_id: str
    reason: str
    change: str = ""
    """The reference of the order's change that it pays back for; empty: an allowance."""


class ChargeOrder(Value):
    """The instruction to billing: this much more for the order, from this instrument of its customer."""

    order_id: str
    instrument_id: str
    amount: Money
    change: str = ""
