"""Orders as the order system tells them."""

from datetime import datetime
from enum import StrEnum

from domain.customers import Address
from domain.money import Money
from domain.values import Value


class OrderStatus(StrEnum):
    OPEN = "open"
    """Placed, nothing shipped."""
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class OrderLine(Value):
    """One unit of one variant."""

    id: str
    product_id: str
    variant_id: str
    name: str
    price: Money


class Shipment(Value):
    id: str
    line_ids: list[str] = []
    status: str = ""
    tracking: str = ""


class OrderMark(Value):
    """A flag on an order that other systems see: `refund_pending`."""

    kind: str
    reference: str


class OrderChange(Value):
    """A change that was made to the open order. `kind`: `cancel items address payment`, or the vendor's own word."""

    reference: str
    kind: str
    status: str = "applied"
    """`applied`, or `reverted`: taken back, as if it had not been."""


class AfterSales(Value):
    """A return authorisation or an exchange. `kind`: `return exchange`, or the vendor's own word."""

    id: str
    kind: str
    status: str = "open"
    line_ids: list[str] = []
    reference: str = ""


class MadeGood(Value):
    """What a claim has paid for units of an order, or sets aside for them while it is open."""

    claim_id: str
    product_id: str = ""
    """Of the units; empty: all of the order's."""
    amount: Money


class Order(Value):
    id: str
    customer_id: str
    status: OrderStatus
    currency: str
    placed_at: datetime
    delivered_at: datetime | None = None
    address: Address | None = None
    lines: list[OrderLine] = []
    shipments: list[Shipment] = []
    marks: list[OrderMark] = []
    changes: list[OrderChange] = []
    requests: list[AfterSales] = []
    settles_claim: str = ""
    """Of a replacement order: the id of the claim that it was sent for. Empty: the customer bought it."""
    replaced_by: dict[str, str] = {}
    """Lines in whose place something was sent: to the id of the claim that did. Such a unit is the claim's now."""
    made_good: list[MadeGood] = []
    """In money or by a repair; no order system tells it, the claims system does."""
    version: str = ""

    @property
    def returned(self) -> set[str]:
        """The lines that the customer sends, or has sent, back."""
        back = [request for request in self.requests if request.kind == "return" and request.status != "withdrawn"]
        return {line for request in back for line in request.line_ids}


def line_bucket(order: Order, line_id: str) -> str:
    """Of the limits: a line's price goes back once, by whichever process."""
    return f"line:{order.id}:{line_id}"


class MarkDraft(Value):
    """The mark that a run sets on an order."""

    order_id: str
    kind: str
    note: str = ""


class ChangeDraft(Value):
    """A change of an open order: cancelled, other variants on its lines, another address, paid otherwise."""

    order_id: str
    kind: str
    version: str = ""
    """The order's version that the change was judged by: another one refuses it."""
    reason: str = ""
    items: dict[str, str] = {}
    """From line to variant."""
    address: Address | None = None
    instrument_id: str = ""


class RequestDraft(Value):
    """An after-sales request on a delivered order: units that come back, and what goes out for them."""

    order_id: str
    kind: str
    version: str = ""
    line_ids: list[str]
    items: dict[str, str] = {}
    """Of an exchange: from line to variant."""
    instrument_id: str = ""
