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
    """A unit that a claim has replaced or paid for was made good: its price does not come back as well."""
    for line in lines:
        if claim := order.replaced_by.get(line):
            text = (
                f"Line {line} of order {order.id} was replaced under claim {claim}, so it is not returned, exchanged "
                f"or refunded as well. While the replacement is wrong or faulty, claim {claim} can be reopened."
            )
            return Deny(rule=f"{process}.replaced", text=text)
    return next((refused for held in _held(order) if (refused := held.refuses(lines, order, process))), None)


def kept_for_claims(order: Order) -> Money:
    """What claims have replaced or paid of the units' price: no refund of the order reaches it."""
    sent = [line.price for line in order.lines if line.id in order.replaced_by]
    return total([*sent, *(held.kept for held in _held(order))], order.currency)


def making_good(order: Order) -> list[str]:
    """The claims that have."""
    return sorted({*order.replaced_by.values(), *(paid.claim_id for paid in order.made_good)})


class _Held(Value):
    """What claims have paid for the units of one product, or for all."""

    units: dict[str, Money]
    """By line, with its price."""
    claims: list[str]
    paid: Money

    @property
    def worth(self) -> Money:
        return total(list(self.units.values()), self.paid.currency)

    @property
    def kept(self) -> Money:
        return self.paid if self.paid <= self.worth else self.worth

    def refuses(self, lines: list[str], order: Order, process: str) -> Deny | None:
        asked = [line for line in lines if line in self.units]
        price, left = total([self.units[line] for line in asked], self.paid.currency), self.worth - self.kept
        if price <= left:
            return None
        text = (
            f"Line {', '.join(asked)} of order {order.id} cost {price}, and claim {', '.join(self.claims)} has made "
            f"{self.paid} of that good already: {left} of it can go back as money at most."
        )
        return Deny(rule=f"{process}.made_good", text=text)


def _held(order: Order) -> list[_Held]:
    found = []
    made_good = [paid for paid in order.made_good if paid.amount.currency == order.currency]
    for product in sorted({paid.product_id for paid in made_good}):
        mine = [paid for paid in made_good if paid.product_id == product]
        own = [line for line in order.lines if product in ("", line.product_id) and line.id not in order.replaced_by]
        paid = total([one.amount for one in mine], order.currency)
        claims = sorted({one.claim_id for one in mine})
        found.append(_Held(units={line.id: line.price for line in own}, claims=claims, paid=paid))
    return found
