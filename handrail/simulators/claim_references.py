"""Do coverages, claims and payouts of a dataset document refer to what is there, in one currency?"""

from collections.abc import Iterator

from handrail.simulators.dataset import Dataset

Found = Iterator[tuple[str, str]]


def broken(dataset: Dataset) -> Found:
    yield from _coverages(dataset)
    yield from _claims(dataset)
    yield from _payouts(dataset)


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
    payouts = {payout.id for payout in dataset.payouts}
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
            if payment.payout_id not in payouts:
                yield f"{path}.payments[{at}].payout_id", f"no payout {payment.payout_id} in payouts"


def _payouts(dataset: Dataset) -> Found:
    instruments = {instrument.id: instrument.customer_id for instrument in dataset.instruments}
    for index, payout in enumerate(dataset.payouts):
        if instruments.get(payout.instrument_id) != payout.customer_id:
            text = f"{payout.instrument_id} is no instrument of customer {payout.customer_id}"
            yield f"payouts[{index}].instrument_id", text
