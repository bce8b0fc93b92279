"""Times as people read them. The server writes UTC; the page's script turns it into local time."""

from datetime import UTC, datetime
from enum import StrEnum


class Wait(StrEnum):
    """How long someone has been waiting, against the time there is."""

    FRESH = "fresh"
    WARNING = "warning"
    STALE = "stale"


WARNING_SHARE = 0.5
"""Of the time between opening and due."""
WARNING_S, STALE_S = 15 * 60, 4 * 3600
"""Without a due time."""


def now() -> datetime:
    return datetime.now(UTC)


def wait_age(opened_at: datetime, due_at: datetime | None, at: datetime) -> Wait:
    waited = (_utc(at) - _utc(opened_at)).total_seconds()
    if due_at is None:
        return Wait.STALE if waited >= STALE_S else Wait.WARNING if waited >= WARNING_S else Wait.FRESH
    allowed = (_utc(due_at) - _utc(opened_at)).total_seconds()
    if waited >= allowed:
        return Wait.STALE
    return Wait.WARNING if waited >= allowed * WARNING_SHARE else Wait.FRESH


def iso(at: datetime) -> str:
    return _utc(at).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock(at: datetime) -> str:
    """`14:32 UTC` today, `3 Nov 14:32 UTC` another day."""
    at = _utc(at)
    day = "" if at.date() == now().date() else f"{at.day} {at:%b} "
    return f"{day}{at:%H:%M} UTC"


def age(at: datetime) -> str:
    """`5 min ago`, `in 2 h`."""
    seconds = (now() - _utc(at)).total_seconds()
    if abs(seconds) < 45:
        return "just now" if seconds >= 0 else "in under a minute"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(-seconds)}"


def span(seconds: float) -> str:
    """A duration: `240 ms`, `3.2 s`, `12 min`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def _utc(at: datetime) -> datetime:
    """A time without a zone is UTC here: SQLite gives them back so."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
