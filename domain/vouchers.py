"""Repair vouchers: a repairer works for the customer, and is paid by us up to an amount."""

from datetime import date
from enum import StrEnum

from domain.money import Money
from domain.values import Value


class VoucherState(StrEnum):
    ISSUED = "issued"
    REDEEMED = "redeemed"
    VOID = "void"
    EXPIRED = "expired"
    """Nobody redeemed it in time: what it was good for was never spent."""
    UNKNOWN = "unknown"


class VoucherDraft(Value):
    claim_id: str
    amount: Money
    """At most this is paid to the repairer."""
    provider: str
    expires_on: date
    """The last day on which it is taken."""


class Voucher(Value):
    id: str
    number: str
    """What the customer shows at the repairer's."""
    claim_id: str
    amount: Money
    provider: str
    expires_on: date
    state: VoucherState
    reference: str = ""
