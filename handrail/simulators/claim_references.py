"""Do coverages, claims and payouts of a dataset document refer to what is there, in one currency?"""

from collections.abc import Iterator

from handrail.simulators.dataset import Dataset

Found = Iterator[tuple[str, str]]


def broken(dataset: Dataset) -> Found:
    yield from _coverages(dataset)
    yield from _claims(dataset)
    yield from _payouts(dataset)
    yield from _vouchers(dataset)
    yield from _covered_orders(dataset)


def _coverages(dataset: Dataset) -> Found:
    customers, orders = {x.id for x in dataset.customers}, {x.id for x in dataset.orders}
    instruments = {x.id for x in dataset.instruments}
    for index, coverage in enumerate(dataset.coverages):
        path = f"coverages[{index}]"
        if coverage.customer_id not in customers:
            yield f"{path}.customer_id", f"no customer {coverage.customer_id} in customers"
        if coverage.order_id and coverage.order_id not in orders:
            yield f"{path}.order_id", f"no order {coverage.order_id} in orders"
        if coverage.instrument_id and coverage.instrument_id not in instruments:
            yield f"{path}.instrument_id", f"no instrument {coverage.instrument_id} in instruments"
        if coverage.ends_on < coverage.starts_on:
            yield f"{path}.ends_on", f"{coverage.id} ends before it starts"
        if coverage.deductible.currency != coverage.limit.currency:
            yield f"{path}.deductible.currency", f"{coverage.deductible.currency}, but the limit is in another"


def _claims(dataset: Dataset) -> Found:
    coverages = {coverage.id: coverage for coverage in dataset.coverages}
    behind = {
        "payment": ("payout_id", "payouts", {payout.id for payout in dataset.payouts}),
        "replacement": ("order_id", "orders", {order.id for order in dataset.orders}),
        "repair_voucher": ("voucher_id", "vouchers", {voucher.id for voucher in dataset.vouchers}),
    }
    for index, claim in enumerate(dataset.claims):
        path, coverage = f"claims[{index}]", coverages.get(claim.coverage_id)
        if coverage is None:
            yield f"{path}.coverage_id", f"no coverage {claim.coverage_id} in coverages"
        elif coverage.customer_id != claim.customer_id:
            yield f"{path}.customer_id", f"coverage {coverage.id} is of customer {coverage.customer_id}"
        elif claim.amount.currency != coverage.limit.currency:
            yield f"{path}.amount.currency", f"{claim.amount.currency}, but {coverage.id} is in another"
        if claim.reserve.currency != claim.amount.currency:
            yield f"{path}.reserve.currency", f"{claim.reserve.currency}, but the loss is in {claim.amount.currency}"
        for at, payment in enumerate(claim.payments):
            name, part, known = behind[payment.kind]
            if (id := getattr(payment, name)) not in known:
                yield f"{path}.payments[{at}].{name}", f"no {name.removesuffix('_id')} {id} in {part}"


def _payouts(dataset: Dataset) -> Found:
    instruments = {instrument.id: instrument.customer_id for instrument in dataset.instruments}
    for index, payout in enumerate(dataset.payouts):
        if instruments.get(payout.instrument_id) != payout.customer_id:
            text = f"{payout.instrument_id} is no instrument of customer {payout.customer_id}"
            yield f"payouts[{index}].instrument_id", text


def _vouchers(dataset: Dataset) -> Found:
    claims = {claim.id for claim in dataset.claims}
    for index, voucher in enumerate(dataset.vouchers):
        if voucher.claim_id not in claims:
            yield f"vouchers[{index}].claim_id", f"no claim {voucher.claim_id} in claims"


def _covered_orders(dataset: Dataset) -> Found:
    claims = {claim.id for claim in dataset.claims}
    for index, order in enumerate(dataset.orders):
        if order.covered and order.covered.claim_id not in claims:
            yield f"orders[{index}].covered.claim_id", f"no claim {order.covered.claim_id} in claims"
