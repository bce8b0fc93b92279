"""The coverages of the demo customers. `docs/simulators.md` lists them."""

from datetime import date, datetime, timedelta

from handrail.simulators.claim_records import CoverageRecord
from handrail.simulators.dataset_values import Amount


def demo_coverages(now: datetime) -> list[CoverageRecord]:
    today = now.date()
    return [
        CoverageRecord(
            id="W-4821", kind="warranty", customer_id="C-1001", order_id="4821", product_id="P-18",
            starts_on=_before(today, 3), ends_on=_before(today, 3 - 730), covers=["defect"],
            limit=_eur(24_800), deductible=_eur(0), instrument_id="card-4242",
        ),
        CoverageRecord(
            id="PP-4822", kind="protection_plan", customer_id="C-1001", order_id="4822", product_id="P-19",
            starts_on=_before(today, 60), ends_on=_before(today, -305), covers=["defect", "accidental_damage"],
            limit=_eur(30_000), deductible=_eur(1_000), instrument_id="card-4242",
        ),
        CoverageRecord(
            id="INS-77", kind="insurance_policy", customer_id="C-1002",
            starts_on=_before(today, 200), ends_on=_before(today, -165),
            covers=["accidental_damage", "theft", "water_damage"], limit=_eur(500_000), deductible=_eur(15_000),
            deductible_per="period", instrument_id="card-1881",
        ),
    ]  # fmt: skip


def _before(day: date, days: int) -> date:
    return day - timedelta(days=days)


def _eur(minor: int) -> Amount:
    return Amount(minor=minor, currency="EUR")
