"""What a customer has got back of an order already, seen from a coverage of its units: that is not made good as well.

The other way round, what a claim has made good is not refunded as well: `domain.replacements`.
"""

from domain.claim_settlement import exposure
from domain.claims import Claim, Coverage, SettlementKind
from domain.money import Money, total
from domain.orders import MadeGood, Order, OrderStatus
from domain.payments import Payment
from domain.values import Value
from domain.verdicts import Deny


class WentBack(Value):
    """Of what a coverage is for."""

    coverage_id: str
    order_id: str
    price: Money
    """Of all that it covers of the order."""
    lines: list[str]
    """Units that were returned, cancelled or refunded."""
    amount: Money
    """What went back of the price, for these units or without naming any."""


def went_back(coverage: Coverage, order: Order, payments: list[Payment], refunded: set[str]) -> WentBack:
    """`refunded`: lines whose price went back. Money that names no line counts as another unit's, as far as it can."""
    gone = order.returned | refunded | ({line.id for line in order.lines} if _cancelled(order) else set())
    covered = [line for line in order.lines if coverage.product_id in ("", line.product_id)]
    price = total([line.price for line in covered], order.currency)
    mine = total([line.price for line in covered if line.id in gone], order.currency)
    others = total([line.price for line in order.lines if line not in covered and line.id not in gone], order.currency)
    nameless = _refunded_besides(gone, order, payments) - others
    amount = mine + nameless if nameless.minor > 0 else mine
    lines = [line.id for line in covered if line.id in gone]
    return WentBack(
        coverage_id=coverage.id, order_id=order.id, price=price, lines=lines, amount=min(amount, price),
    )  # fmt: skip


def _cancelled(order: Order) -> bool:
    return order.status is OrderStatus.CANCELLED


def _refunded_besides(gone: set[str], order: Order, payments: list[Payment]) -> Money:
    """What was refunded, and is not the price of these lines, nor charged anew since."""
    standing = total([line.price for line in order.lines if line.id not in gone], order.currency)
    paid = [payment for payment in payments if payment.captured.currency == order.currency]
    lacking = standing - total([payment.refundable for payment in paid], order.currency)
    return min(lacking, total([payment.refunded for payment in paid], order.currency))


def refused_for(back: WentBack | None, coverage: Coverage, paid: Money) -> Deny | None:
    """`paid`: what would be made good."""
    if (
        back is None
        or back.coverage_id != coverage.id
        or back.amount.minor <= 0
        or paid.currency != back.price.currency
    ):
        return None
    left = back.price - back.amount
    if paid <= left:
        return None
    which = f" for line {', '.join(back.lines)}" if back.lines else ""
    text = (
        f"{back.amount} of order {back.order_id} went back to the customer already{which}, of {back.price} that "
        f"{coverage.kind.words} {coverage.id} covers: {left} can be made good at most, not {paid}."
    )
    return Deny(rule="claim.refunded", text=text)


def made_good_of(order_id: str, coverages: list[Coverage], claims: list[Claim]) -> list[MadeGood]:
    """What claims have paid for units of this order, or set aside. What they replaced, the order itself tells."""
    mine = {coverage.id: coverage for coverage in coverages if coverage.order_id == order_id}
    found = [
        MadeGood(claim_id=claim.id, product_id=mine[claim.coverage_id].product_id, amount=_without_goods(claim))
        for claim in claims
        if claim.coverage_id in mine
    ]
    return [one for one in found if one.amount.minor > 0]


def _without_goods(claim: Claim) -> Money:
    goods = [payment.amount for payment in claim.payments if payment.kind is SettlementKind.REPLACEMENT]
    return exposure(claim) - total(goods, claim.amount.currency)
