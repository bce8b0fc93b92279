"""Money back over the captures that it came from: how it is spread, and what keeps it below what was captured."""

from domain.answers import MoneyMove
from domain.customers import Instrument
from domain.limits import KnownUse, LimitEntry, Use
from domain.money import Money, total
from domain.orders import Order
from domain.payments import Payment, Refunded, RefundState
from domain.replacements import kept_for_claims, making_good
from domain.verdicts import Deny


def allocate(amount: Money, payments: list[Payment], tenders: list[str], payee: Instrument | None) -> list[MoneyMove]:
    """Spread the amount over the captures, in the policy's order of tenders, never more than each has left."""
    rank = {kind: n for n, kind in enumerate(tenders)}
    moves, rest = [], amount
    for payment in sorted(payments, key=lambda p: (rank.get(p.instrument.kind, len(rank)), p.id)):
        part = min(rest.minor, payment.refundable.minor)
        if part > 0:
            target = payee or payment.instrument
            piece = Money(minor=part, currency=amount.currency)
            moves.append(MoneyMove(amount=piece, target=target.id, label=target.label or target.id, payment=payment.id))
            rest = rest - piece
    return moves


def one_currency(order: Order, payments: list[Payment], process: str) -> Deny | None:
    """Amounts are summed and compared as they are: an order told in two currencies is left to a person."""
    told = {line.price.currency for line in order.lines} | {payment.captured.currency for payment in payments}
    if told <= {order.currency}:
        return None
    text = f"Order {order.id} is told in {', '.join(sorted(told | {order.currency}))}; a person must settle it."
    return Deny(rule=f"{process}.currencies", text=text)


def capture_limit(payment: Payment, move: MoneyMove, n: int, rule: str = "refund.above_captured") -> LimitEntry:
    """Never more than was captured, over all runs. `reference` is completed by the run with its own identity."""
    return LimitEntry(
        bucket=payment_bucket(payment),
        amount_minor=move.amount.minor,
        currency=move.amount.currency,
        cap_minor=payment.captured.minor,
        reference=f"refund/{n}",
        known=_known([payment]),
        rule=rule,
        text=f"Order {payment.order_id} has {{left}} left to refund; {{asked}} was asked for.",
    )


def payment_bucket(payment: Payment) -> str:
    """Of the limits: what goes back of a capture, by whichever process."""
    return f"payment:{payment.id}"


def with_under_way(payments: list[Payment], reserved: list[Use]) -> list[Payment]:
    """As they will be once what runs have `reserved` of them has gone back as well."""
    return [
        payment.model_copy(update={"refunds": [*payment.refunds, *_under_way(payment, reserved)]})
        for payment in payments
    ]


def _under_way(payment: Payment, reserved: list[Use]) -> list[Refunded]:
    listed = {known.reference for known in _known([payment])}
    mine = [use for use in reserved if use.bucket == payment_bucket(payment) and use.reference not in listed]
    return [
        Refunded(
            id="", payment_id=payment.id, order_id=payment.order_id, state=RefundState.PENDING,
            amount=Money(minor=use.amount_minor, currency=use.currency), instrument_id=payment.instrument.id,
            reference=use.reference,
        )
        for use in mine
    ]  # fmt: skip


def kept_limits(order: Order, payments: list[Payment], moves: list[MoneyMove], process: str) -> list[LimitEntry]:
    """Nor what claims have made good, which lies on no capture of its own: of them all together."""
    kept = kept_for_claims(order)
    if not kept:
        return []
    cap = total([payment.captured for payment in payments], order.currency) - kept
    claims = ", ".join(making_good(order))
    return [
        LimitEntry(
            bucket=f"order:{order.id}:left", amount_minor=move.amount.minor, currency=order.currency,
            cap_minor=max(0, cap.minor), reference=f"refund/{n}", known=_known(payments), rule=f"{process}.made_good",
            text=f"Order {order.id} has {{left}} left to refund besides what claim {claims} has made good; {{asked}} "
            "was asked for.",
        )
        for n, move in enumerate(moves, 1)
    ]  # fmt: skip


def _known(payments: list[Payment]) -> list[KnownUse]:
    refunds = [refund for payment in payments for refund in payment.refunds if refund.state != "failed"]
    return [KnownUse(reference=_first_sent(r.reference), amount_minor=r.amount.minor) for r in refunds]


def _first_sent(reference: str) -> str:
    """A step sent anew under another key (`.../send_refund/101`) is the use that was booked as `.../send_refund/1`."""
    path, _, n = reference.rpartition("/")
    return f"{path}/{int(n) % 100}" if n.isdigit() else reference
