"""Money paid out to a customer that no capture of his stands behind: the settlement of a claim."""

from domain.money import Money
from domain.payments import RefundState
from domain.values import Value


class PayoutOrder(Value):
    """The instruction to billing: this amount to this instrument of this customer."""

    customer_id: str
    instrument_id: str
    amount: Money
    subject: str
    """What it is paid for: the claim's id."""
    reason: str = ""


class Payout(Value):
    """A payout that billing has on record."""

    id: str
    customer_id: str
    instrument_id: str
    amount: Money
    subject: str = ""
    state: RefundState
    """`pending` until it is settled or failed, as with a refund."""
    reference: str = ""
