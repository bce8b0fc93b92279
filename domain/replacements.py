"""Replacement orders: goods that a coverage pays for, in the place of what was lost or broke."""

from domain.customers import Address
from domain.money import Money
from domain.orders import OrderStatus
from domain.values import Value


class ReplacementDraft(Value):
    """The order for one unit. `covered` and `deductible` together are the variant's price."""

    customer_id: str
    claim_id: str
    product_id: str
    variant_id: str
    address: Address
    covered: Money
    """What the coverage pays."""
    deductible: Money
    """What the customer is charged."""
    order_id: str = ""
    """The order of what is replaced, with its line."""
    line_id: str = ""


class Replacement(Value):
    """A replacement order that the order system has."""

    id: str
    """The order's."""
    customer_id: str
    claim_id: str
    variant_id: str
    covered: Money
    status: OrderStatus
    reference: str = ""
