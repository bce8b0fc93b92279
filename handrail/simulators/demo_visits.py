"""The visits that are agreed with the demo customers. `docs/simulators.md` lists them."""

from datetime import datetime, timedelta

from handrail.simulators.dataset import CaseRecord


def demo_visits(now: datetime) -> list[CaseRecord]:
    """A case whose owner is the technician, and whose due time is the beginning of the visit."""
    starts = (now + timedelta(days=7)).replace(hour=8, minute=0, second=0)
    return [
        CaseRecord(
            id="V-7001", subject="Repair of the dishwasher", category="appointment", queue="field_service",
            customer_id="C-1002", owner="ben", resolution_due=starts, created_at=now - timedelta(days=2),
        )
    ]  # fmt: skip
