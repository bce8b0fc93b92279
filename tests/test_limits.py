"""Limits: never above the cap, counted once per holder, over windows, under real concurrency."""

import asyncio
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import HoldState, KnownUse, LimitEntry, ReserveOutcome, Use, judge_uses
from handrail.limits import HoldConflict, LimitBook

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

RESERVE_MANY = """
import asyncio, sys
from handrail.limits import LimitBook
from tests.test_limits import NOW, entry

async def main(url, name):
    book = LimitBook(url)
    asked = [entry(700, cap_minor=10_000)]
    held = await asyncio.gather(*[book.reserve(f"{name}-{i}", asked, now=NOW) for i in range(25)])
    won = [outcome.holder for outcome in held if outcome.granted]
    await asyncio.gather(*[book.commit(holder, now=NOW) for holder in won[::2]])
    print(len(won))

asyncio.run(main(*sys.argv[1:]))
"""


def entry(amount: int = 1000, bucket: str = "payment:cap-1", **fields: Any) -> LimitEntry:
    defaults = {"currency": "EUR", "rule": "refund.captured", "text": "Only {left} is left; {asked} was asked for."}
    return LimitEntry(bucket=bucket, amount_minor=amount, **{**defaults, **fields})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'handrail.db'}"


@pytest.fixture
def book(url: str) -> LimitBook:
    return LimitBook(url)


async def reserve(book: LimitBook, holder: str, *entries: LimitEntry, now: datetime = NOW) -> ReserveOutcome:
    return await book.reserve(holder, entries, now=now)


async def test_what_fits_is_granted_and_what_does_not_is_refused_with_what_is_left(book: LimitBook) -> None:
    first = await reserve(book, "r-1", entry(3000, cap_minor=5000))
    second = await reserve(book, "r-2", entry(2500, cap_minor=5000))
    third = await reserve(book, "r-3", entry(2000, cap_minor=5000))

    assert (first.granted, third.granted) == (True, True)
    assert second == ReserveOutcome(
        granted=False,
        holder="r-2",
        rule="refund.captured",
        bucket="payment:cap-1",
        text="Only 20.00 EUR is left; 25.00 EUR was asked for.",
        currency="EUR",
        left_minor=2000,
    )


async def test_all_entries_or_none(book: LimitBook) -> None:
    refused = await reserve(book, "r-1", entry(cap_minor=5000), entry(bucket="customer:C-1:day", cap_minor=500))

    assert (refused.granted, refused.bucket) == (False, "customer:C-1:day")
    assert await book.used(["payment:cap-1", "customer:C-1:day"], now=NOW) == []


async def test_two_uses_of_one_bucket_in_one_reservation_count_together(book: LimitBook) -> None:
    refused = await reserve(book, "r-1", entry(3000, cap_minor=5000), entry(3000, cap_minor=5000))

    assert (refused.granted, refused.left_minor) == (False, 2000)


async def test_the_same_holder_again_is_granted_again_and_counted_once(book: LimitBook) -> None:
    for _ in range(3):
        assert (await reserve(book, "r-1", entry(4000, cap_minor=5000))).granted
    await book.commit("r-1", now=NOW)
    assert (await reserve(book, "r-1", entry(4000, cap_minor=5000))).granted

    (used,) = await book.used(["payment:cap-1"], now=NOW)
    assert (used.reserved_minor, used.committed_minor, used.count) == (0, 4000, 1)


async def test_a_holder_reserves_other_entries_only_after_release(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(4000, cap_minor=5000))
    with pytest.raises(HoldConflict, match="r-1 has reserved other uses than these; release it"):
        await reserve(book, "r-1", entry(4500, cap_minor=5000))

    assert await book.release("r-1") is HoldState.RELEASED
    assert (await reserve(book, "r-1", entry(4500, cap_minor=5000))).granted
    (used,) = await book.used(["payment:cap-1"], now=NOW)
    assert used.total_minor == 4500


async def test_release_gives_back_and_commit_keeps(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(3000, cap_minor=5000))
    await reserve(book, "r-2", entry(2000, cap_minor=5000))

    assert [await book.release("r-1") for _ in range(2)] == [HoldState.RELEASED] * 2
    assert [await book.commit("r-2", now=NOW) for _ in range(2)] == [HoldState.COMMITTED] * 2
    assert await book.release("r-2") is HoldState.COMMITTED
    assert await book.commit("nobody", now=NOW) is HoldState.NONE

    assert not (await reserve(book, "r-3", entry(3001, cap_minor=5000))).granted
    assert (await reserve(book, "r-3", entry(3000, cap_minor=5000))).granted


async def test_what_happened_counts_even_when_it_had_been_released(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(3000, cap_minor=5000))
    await book.release("r-1")
    await reserve(book, "r-2", entry(5000, cap_minor=5000))

    assert await book.commit("r-1", now=NOW) is HoldState.COMMITTED

    (used,) = await book.used(["payment:cap-1"], now=NOW)
    assert used.total_minor == 8000
    assert (await reserve(book, "r-3", entry(1, cap_minor=5000))).left_minor == 0


async def test_committed_uses_leave_the_window_and_reserved_ones_do_not(book: LimitBook) -> None:
    hourly = {"bucket": "ai:agent-7:hour", "cap_minor": 5000, "window_s": 3600}
    await reserve(book, "r-1", entry(3000, **hourly))
    await reserve(book, "r-2", entry(2000, **hourly))
    await book.commit("r-1", now=NOW)

    late = NOW + HOUR
    assert not (await reserve(book, "r-3", entry(1, **hourly), now=late - timedelta(seconds=1))).granted
    assert (await reserve(book, "r-3", entry(3001, **hourly), now=late)).left_minor == 3000
    assert (await reserve(book, "r-3", entry(3000, **hourly), now=late)).granted


async def test_counts_are_capped_like_amounts(book: LimitBook) -> None:
    twice = {"bucket": "customer:C-1:day", "cap_count": 2, "window_s": 86_400}
    await reserve(book, "r-1", entry(1, **twice))
    await reserve(book, "r-2", entry(1, currency="USD", **twice))

    refused = await reserve(book, "r-3", entry(1, **twice))

    assert (refused.granted, refused.left_count, refused.left_minor) == (False, 0, None)


async def test_currencies_are_counted_apart(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(5000, cap_minor=5000))

    assert (await reserve(book, "r-2", entry(5000, currency="USD", cap_minor=5000))).granted
    assert not (await reserve(book, "r-3", entry(1, cap_minor=5000))).granted


async def test_tenants_are_counted_apart(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(5000, cap_minor=5000))

    assert (await book.reserve("r-1", [entry(5000, cap_minor=5000)], now=NOW, tenant="other")).granted


async def test_uses_that_the_system_of_record_lists_count_once(book: LimitBook) -> None:
    """Of 100.00: 30.00 refunded elsewhere, 20.00 by a run whose refund is already listed there too."""
    await reserve(book, "r-1", entry(2000, cap_minor=10_000, reference="r-1/refund/1"))
    await book.commit("r-1", now=NOW)
    listed = [KnownUse(amount_minor=3000), KnownUse(reference="r-1/refund/1", amount_minor=2000)]

    refused = await reserve(book, "r-2", entry(5001, cap_minor=10_000, known=listed))

    assert (refused.granted, refused.left_minor) == (False, 5000)
    assert (await reserve(book, "r-2", entry(5000, cap_minor=10_000, known=listed))).granted


async def test_a_listed_use_counts_although_its_reservation_was_released(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(2000, cap_minor=5000))
    await book.release("r-1")

    listed = [KnownUse(reference="r-1", amount_minor=2000)]
    assert (await reserve(book, "r-2", entry(4000, cap_minor=5000, known=listed))).left_minor == 3000


async def test_facts_read_anew_do_not_change_what_a_holder_holds(book: LimitBook) -> None:
    await reserve(book, "r-1", entry(2000, cap_minor=5000))

    own = [KnownUse(reference="r-1", amount_minor=2000)]
    assert (await reserve(book, "r-1", entry(2000, cap_minor=5000, known=own))).granted


async def test_fifty_reservers_in_one_process_stay_under_the_cap(book: LimitBook) -> None:
    outcomes = await asyncio.gather(*[reserve(book, f"r-{i}", entry(700, cap_minor=10_000)) for i in range(50)])

    assert Counter(outcome.granted for outcome in outcomes) == {True: 14, False: 36}
    (used,) = await book.used(["payment:cap-1"], now=NOW)
    assert used.total_minor == 9800


async def test_reservers_in_several_processes_stay_under_the_cap(url: str, book: LimitBook) -> None:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RESERVE_MANY, url, name, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for name in ("p", "q", "r")
    ]
    said = [await process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said

    (used,) = await book.used(["payment:cap-1"], now=NOW)

    assert sum(int(out) for out, _ in said) == 14
    assert (used.count, used.total_minor) == (14, 9800)


@given(
    cap=st.integers(0, 10_000),
    asked=st.lists(st.integers(0, 5_000), max_size=12),
    foreign=st.integers(0, 5_000),
)
def test_whatever_is_asked_the_sum_of_what_is_granted_is_never_above_the_cap(
    cap: int, asked: list[int], foreign: int
) -> None:
    held: list[Use] = []
    known = [KnownUse(amount_minor=foreign)]
    for number, amount in enumerate(asked):
        wanted = entry(amount, cap_minor=cap, known=known)
        if judge_uses(f"r-{number}", [wanted], held, NOW).granted:
            held.append(Use(bucket=wanted.bucket, amount_minor=amount, currency="EUR", reference=f"r-{number}"))

    assert not held or sum(use.amount_minor for use in held) + foreign <= cap
