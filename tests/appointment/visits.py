"""Visits that were agreed, and the hours of the technicians."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.answers import Answer
from domain.appointments import AppointmentPolicy
from handrail.policies import load
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.shop import Shop
from tests.policies.documents import SHIPPED as FOLDER

POLICY = AppointmentPolicy.model_validate(load(FOLDER / "appointment.yaml", AppointmentPolicy))
CALENDAR = POLICY.calendar("default")
ZONE = ZoneInfo(CALENDAR.zone)


def hour(nth: int, at: str) -> datetime:
    """This local time on the nth whole working day that is outside of the notice period (Monday to Thursday)."""
    day, left = datetime.now(ZONE).date() + timedelta(days=1), nth
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 4 and day not in CALENDAR.holidays
    return local(day, at)


def local(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), tzinfo=ZONE)


async def agreed(shop: Shop, sold: Sold, starts: datetime, technician: str = "Ben", n: int = 1) -> str:
    """A visit at the buyer of this order, as the case system has it."""
    document = await shop.state()
    id = f"V-{sold.id}-{n}"
    document["cases"].append(
        {"id": id, "subject": "Repair of the boiler", "category": "appointment", "queue": "field_service",
         "customer_id": sold.customer, "owner": technician, "resolution_due": starts.astimezone(UTC).isoformat(),
         "created_at": datetime.now(UTC).isoformat()}
    )  # fmt: skip
    await shop.admin("PUT", "dataset", document)
    return id


async def moved(caller: Conversation, starts: datetime | str, **more: Any) -> Answer:
    """Asks, and says yes to the effect."""
    wanted = {"start": starts if isinstance(starts, str) else starts.isoformat(), **more}
    asked = await caller.call("reschedule_appointment", wanted)
    if asked.status != "needs_confirmation":
        return asked
    return await caller.call("reschedule_appointment", wanted, confirm=asked.digest)


async def visit(shop: Shop, id: str) -> dict[str, Any]:
    return next(case for case in (await shop.state())["cases"] if case["id"] == id)


async def begins(shop: Shop, id: str) -> datetime:
    return datetime.fromisoformat((await visit(shop, id))["resolution_due"])


async def letters(shop: Shop) -> list[str]:
    return [message["text"] for message in (await shop.admin("GET", "outbox"))["data"]]
