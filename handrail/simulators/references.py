"""Does every part of a dataset document refer to something that is there, and do the amounts add up?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from handrail.simulators import claim_references
from handrail.simulators.dataset import Dataset, OrderRecord, Problem


def broken_references(dataset: Dataset) -> list[Problem]:
    """All of them, in document order."""
    checks = (_duplicates, _customers_known, _orders, _balances, _captures, _refunds, _cases, claim_references.broken)
    return [Problem(path=path, message=message) for check in checks for path, message in check(dataset)]


Found = Iterator[tuple[str, str]]
_PARTS = (
    "customers", "instruments", "products", "orders", "captures", "refunds", "notes", "cases", "coverages", "claims",
    "payouts", "vouchers",
)  # fmt: skip


def _duplicates(dataset: Dataset) -> Found:
    for part in _PARTS:
        yield from _twice(part, (record.id for record in getattr(dataset, part)))
    for index, product in enumerate(dataset.products):
        yield from _twice(f"products[{index}].variants", (variant.id for variant in product.variants))


def _twice(part: str, ids: Iterable[str]) -> Found:
    first: dict[str, int] = {}
    for index, id in enumerate(ids):
        if first.setdefault(id, index) != index:
            yield f"{part}[{index}].id", f"{id} is taken by {part}[{first[id]}]"


def _customers_known(dataset: Dataset) -> Found:
    known = {customer.id for customer in dataset.customers}
    for part in ("instruments", "orders", "notes"):
        for index, record in enumerate(getattr(dataset, part)):
            if record.customer_id not in known:
                yield f"{part}[{index}].customer_id", f"no customer {record.customer_id} in customers"


def _orders(dataset: Dataset) -> Found:
    products = {product.id: {variant.id for variant in product.variants} for product in dataset.products}
    variants = set().union(*products.values()) if products else set()
    instruments = {instrument.id for instrument in dataset.instruments}
    for index, order in enumerate(dataset.orders):
        path = f"orders[{index}]"
        yield from _lines(path, order, products, variants)
        yield from _parts(path, order, instruments)


def _lines(path: str, order: OrderRecord, products: dict[str, set[str]], variants: set[str]) -> Found:
    yield from _twice(f"{path}.lines", (line.id for line in order.lines))
    for index, line in enumerate(order.lines):
        here = f"{path}.lines[{index}]"
        if line.product_id not in products:
            yield f"{here}.product_id", f"no product {line.product_id} in products"
        elif line.variant_id not in variants:
            yield f"{here}.variant_id", f"no variant {line.variant_id} in products"
        elif line.variant_id not in products[line.product_id]:
            yield f"{here}.variant_id", f"variant {line.variant_id} belongs to another product than {line.product_id}"
        if line.price.currency != order.currency:
            yield f"{here}.price.currency", f"{line.price.currency}, but order {order.id} is in {order.currency}"


def _parts(path: str, order: OrderRecord, instruments: set[str]) -> Found:
    lines = {line.id for line in order.lines}
    for part in ("shipments", "requests"):
        for index, record in enumerate(getattr(order, part)):
            for at, line in enumerate(record.line_ids):
                if line not in lines:
                    yield f"{path}.{part}[{index}].line_ids[{at}]", f"no line {line} in order {order.id}"
    for index, request in enumerate(order.requests):
        if request.instrument_id and request.instrument_id not in instruments:
            yield f"{path}.requests[{index}].instrument_id", f"no instrument {request.instrument_id} in instruments"
    yield from _twice(f"{path}.marks", (mark.reference for mark in order.marks))


def _balances(dataset: Dataset) -> Found:
    for index, instrument in enumerate(dataset.instruments):
        if (instrument.kind == "stored_value") != (instrument.balance is not None):
            need = "needs a balance" if instrument.balance is None else "has no balance"
            yield f"instruments[{index}].balance", f"{instrument.id}: a {instrument.kind} {need}"


def _captures(dataset: Dataset) -> Found:
    orders = {order.id: order for order in dataset.orders}
    instruments = {instrument.id: instrument for instrument in dataset.instruments}
    for index, capture in enumerate(dataset.captures):
        path, order, instrument = (
            f"captures[{index}]",
            orders.get(capture.order_id),
            instruments.get(capture.instrument_id),
        )
        if order is None:
            yield f"{path}.order_id", f"no order {capture.order_id} in orders"
        elif capture.amount.currency != order.currency:
            yield (
                f"{path}.amount.currency",
                f"{capture.amount.currency}, but order {order.id} is in {order.currency}",
            )
        if instrument is None:
            yield f"{path}.instrument_id", f"no instrument {capture.instrument_id} in instruments"
        elif order is not None and instrument.customer_id != order.customer_id:
            yield f"{path}.instrument_id", f"{instrument.id} is not an instrument of customer {order.customer_id}"


def _refunds(dataset: Dataset) -> Found:
    captures = {capture.id: capture for capture in dataset.captures}
    instruments = {instrument.id: instrument for instrument in dataset.instruments}
    refunded: dict[str, int] = defaultdict(int)
    for index, refund in enumerate(dataset.refunds):
        path, capture = f"refunds[{index}]", captures.get(refund.payment_id)
        instrument = instruments.get(refund.instrument_id)
        if instrument is None:
            yield f"{path}.instrument_id", f"no instrument {refund.instrument_id} in instruments"
        elif instrument.kind == "stored_value" and refund.state == "pending":
            yield f"{path}.state", f"a refund to stored value ({instrument.id}) settles at once; it is never pending"
        if capture is None:
            yield f"{path}.payment_id", f"no capture {refund.payment_id} in captures"
            continue
        if refund.amount.currency != capture.amount.currency:
            yield f"{path}.amount.currency", f"{refund.amount.currency}, but {capture.id} is {capture.amount.currency}"
        if refund.state != "failed":
            refunded[capture.id] += refund.amount.minor
            if refunded[capture.id] > capture.amount.minor:
                yield (
                    f"{path}.amount",
                    f"capture {capture.id} has refunds of {refunded[capture.id]} minor units, "
                    + (f"but only {capture.amount.minor} were captured"),
                )


def _cases(dataset: Dataset) -> Found:
    customers, orders = {x.id for x in dataset.customers}, {x.id for x in dataset.orders}
    known = {case.id for case in dataset.cases}
    for index, case in enumerate(dataset.cases):
        if case.customer_id and case.customer_id not in customers:
            yield f"cases[{index}].customer_id", f"no customer {case.customer_id} in customers"
        if case.order_id and case.order_id not in orders:
            yield f"cases[{index}].order_id", f"no order {case.order_id} in orders"
        for name, others in (("links", case.links), ("merged_into", [case.merged_into] if case.merged_into else [])):
            for other in others:
                if other not in known or other == case.id:
                    yield f"cases[{index}].{name}", f"no other case {other} in cases"
