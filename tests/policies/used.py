"""The book of limits as earlier runs left it, and as the runs of a test leave it."""

from datetime import UTC, datetime, timedelta

from domain.limits import LimitEntry
from handrail.limits import LimitBook
from tests.desk.desk import Desk


async def spend(desk: Desk, bucket: str, minor: int = 0, *, times: int = 1, ago: timedelta = timedelta(0)) -> None:
    """Books earlier uses of a limit, as earlier runs would have."""
    book, at = LimitBook(desk.house.settings.database), datetime.now(UTC) - ago
    entry = LimitEntry(bucket=bucket, amount_minor=minor, currency="EUR", rule="earlier", text="")
    for n in range(times):
        holder = f"earlier:{bucket}:{at.timestamp()}:{n}"
        await book.reserve(holder, [entry], now=at, tenant="default")
        await book.commit(holder, now=at, tenant="default")


async def used(desk: Desk, bucket: str) -> tuple[int, int]:
    """How often, and how much: what is reserved counts too."""
    found = await LimitBook(desk.house.settings.database).used([bucket], now=datetime.now(UTC))
    return sum(use.count for use in found), sum(use.total_minor for use in found)
