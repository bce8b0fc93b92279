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
    version: str = ""


class MarkDraft(Value):
    """The mark that a run sets on an order."""

    order_id: str
    kind: str
    note: str = ""
