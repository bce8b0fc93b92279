"""What a policy of order changes may say."""

from typing import ClassVar

from pydantic import Field

from domain.policies import AuthorityPolicy

ACTIONS = (
    "cancel_order", "return_items", "exchange_items", "change_items", "change_delivery_address", "change_payment",
    "update_customer_address",
)  # fmt: skip
"""The kinds of change, by the name of their tool."""


class OrderChangePolicy(AuthorityPolicy):
    name: ClassVar[str] = "order_change"

    cancel_reasons: list[str] = Field(min_length=1)
    open_statuses: list[str] = Field(min_length=1)
    """In which an order may be cancelled or changed."""
    after_sales_statuses: list[str] = Field(min_length=1)
    """In which units may come back or be exchanged."""
    window_days: int | None = Field(default=None, ge=0)
    """Counted from delivery; null: units may come back at any time."""
    locking_changes: list[str] = ["items"]
    """Kinds of change after which an order is changed by no agent again."""
    one_request_per_order: bool = True
    """May an order have one after-sales request only?"""
    like_for_like: bool = False
    """May a unit be exchanged for the same variant?"""
    to_stored_value: bool = True
    """May a return be paid to stored value in place of the original instrument?"""
    tender_order: list[str] = ["card", "wallet", "stored_value", "unknown"]
    """Which captures are paid back first."""
    refund_days: dict[str, int]
    """Per kind of instrument: within how many business days the money arrives. 0: at once."""

    @property
    def actions(self) -> list[str]:
        return list(ACTIONS)

    def arrives(self, kind: str) -> str:
        days = self.refund_days.get(kind, self.refund_days.get("unknown", 0))
        return f"within {days} business days" if days else "at once"
