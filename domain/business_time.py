"""Business time: the hours in which a team works, in its own time zone, with holidays and changes of the clock.

Functions of values. Instants carry a zone; what is counted is time that really passes, so an open window across a
change of the clock is an hour shorter or longer.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from domain.values import Value

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSED_DAYS = 366


class Window(Value):
    """From `opens` to `closes`, both `HH:MM` local time; `24:00` is the end of the day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    closes: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")

    @model_validator(mode="after")
    def _forwards(self) -> "Window":
        if self.closes <= self.opens:
            raise ValueError(f"{self.opens}-{self.closes}: a window closes later on the same day than it opens.")
        return self


class Calendar(Value):
    """When a team works. A day of the week without windows is closed, and so is every holiday."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"
    """IANA name: `Europe/Berlin`."""
    week: dict[str, list[Window]] = {day: [Window(opens="00:00", closes="24:00")] for day in DAYS}
    holidays: list[date] = []

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise ValueError(f"{zone!r} is no time zone; give an IANA name such as Europe/Berlin.") from unknown
        return zone

    @model_validator(mode="after")
    def _opens_at_all(self) -> "Calendar":
        if unknown := sorted(set(self.week) - set(DAYS)):
            raise ValueError(f"week: {', '.join(unknown)} is no day; there are: {', '.join(DAYS)}.")
        if not any(self.week.values()):
            raise ValueError("week: no day has hours, so nothing would ever be due.")
        for day, windows in self.week.items():
            if any(after.opens < before.closes for before, after in pairwise(windows)):
                raise ValueError(f"week.{day}: windows must follow each other without overlap.")
        return self


ALWAYS = Calendar()
"""Around the clock."""


def _for_everybody(calendars: dict[str, Calendar]) -> dict[str, Calendar]:
    if "default" not in calendars:
        raise ValueError("`default` is missing; it holds for every tenant without one.")
    return calendars


Calendars = Annotated[dict[str, Calendar], AfterValidator(_for_everybody)]
"""Of a policy document, per tenant; `default` for all others."""


def calendar_of(tenant: str, calendars: Calendars) -> Calendar:
    return calendars.get(tenant, calendars["default"])


class NeverOpen(ValueError):
    """The calendar has no open time for a year."""


def is_open(at: datetime, calendar: Calendar) -> bool:
    day = at.astimezone(ZoneInfo(calendar.zone)).date()
    return any(start <= at < end for start, end in _opened_on(day, calendar))


def add(at: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """The instant at which `amount` of business time has passed since `at`. Raises NeverOpen.

    Nothing to pass: the next open instant. What ends with a window ends at its closing, not at the next opening.
    """
    left = amount
    for start, end in openings(at, calendar):
        room = end - max(start, at)
        if left <= room and room:
            return max(start, at) + left
        left -= max(room, timedelta(0))
    raise NeverOpen(f"The calendar in {calendar.zone} has too little open time after {at:%Y-%m-%d}.")


def between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much business time passes from `start` to `end`; zero when `end` is not later."""
    passed = timedelta(0)
    if end <= start:
        return passed
    for opened, closed in openings(start, calendar):
        if opened >= end:
            break
        passed += max(min(closed, end) - max(opened, start), timedelta(0))
    return passed


def spoken(at: datetime, zone: str) -> str:
    """`Monday 23 November, 15:00`, where the team is."""
    return f"{at.astimezone(ZoneInfo(zone)):%A %-d %B, %H:%M}"


def written(at: datetime, zone: str) -> str:
    """`2026-11-23T15:00+01:00`, where the team is."""
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


def local(at: datetime, zone: str) -> datetime:
    """An hour without an offset is local time."""
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def midnight(at: datetime, zone: str) -> datetime:
    """The beginning of its local day."""
    return at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def openings(at: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Windows that end after `at`, in order; ends after a year without any."""
    day, idle = at.astimezone(ZoneInfo(calendar.zone)).date(), 0
    while idle <= LONGEST_CLOSED_DAYS:
        idle += 1
        for start, end in _opened_on(day, calendar):
            if end > at:
                idle = 0
                yield start, end
        day += timedelta(days=1)


def _opened_on(day: date, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    if day in calendar.holidays:
        return
    zone, earlier = ZoneInfo(calendar.zone), None
    for window in calendar.week.get(DAYS[day.weekday()], []):
        start, end = _instant(day, window.opens, zone), _instant(day, window.closes, zone)
        # Local times that the clock skips lie, as instants, behind later ones: keep windows apart.
        start = max(start, earlier) if earlier else start
        if end > start:
            earlier = end
            yield start, end


def _instant(day: date, at: str, zone: ZoneInfo) -> datetime:
    if at == "24:00":
        day, at = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, time.fromisoformat(at), tzinfo=zone)
    return local.astimezone(UTC)
