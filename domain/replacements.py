"""Replacement orders: goods that a coverage pays for, in the place of what was lost or broke."""

from domain.customers import Address
from domain.money import Money, total
from domain.orders import Order, OrderStatus
from domain.values import Value
from domain.verdicts import Deny


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


def of_a_claim(order: Order, process: str) -> Deny | None:
    """A replacement is the settlement of a claim: it is not cancelled, changed, returned or refunded past that claim.
    `process`: the prefix of the rule's id."""
    if not order.settles_claim:
        return None
    claim = order.settles_claim
    text = (
        f"Order {order.id} settles claim {claim}: it is not cancelled, changed, returned or refunded by itself. "
        f"While it is wrong or faulty, or cost more, claim {claim} can be reopened."
    )
    return Deny(rule=f"{process}.settles_claim", text=text)


def replaced(lines: list[str], order: Order, process: str) -> Deny | None:
    """A unit that a claim has replaced was made good: its price does not come back as well."""
    for line in lines:
        if claim := order.replaced_by.get(line):
            text = (
                f"Line {line} of order {order.id} was replaced under claim {claim}, so it is not returned, exchanged "
                f"or refunded as well. While the replacement is wrong or faulty, claim {claim} can be reopened."
            )
            return Deny(rule=f"{process}.replaced", text=text)
    return None


def kept_for_claims(order: Order) -> Money:
    """The price of the units that claims have replaced: no refund of the order reaches it."""
    return total([line.price for line in order.lines if line.id in order.replaced_by], order.currency)
