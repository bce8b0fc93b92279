"""Assurance: of one customer, at one level, for a while; and a lock after too many failures."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.assurance import Assurance, Level
from handrail.assurance import AssuranceBook

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
def book(tmp_path: Path) -> AssuranceBook:
    return AssuranceBook(f"sqlite:///{tmp_path / 'handrail.db'}")


async def verified(
    book: AssuranceBook, level: int = Level.KNOWN_FACTS, customer: str = "C-1", now: datetime = NOW
) -> Assurance:
    return await book.record(
        "default", "call-1", customer_id=customer, level=level, method="facts", now=now, valid_s=900
    )


async def test_nothing_is_known_of_a_new_call(book: AssuranceBook) -> None:
    await verified(book)

    assert await book.current("default", "call-2", NOW) is None
    assert await book.current("other", "call-1", NOW) is None


async def test_a_verification_holds_until_it_expires(book: AssuranceBook) -> None:
    await verified(book)

    before = await book.current("default", "call-1", LATER - timedelta(microseconds=1))
    after = await book.current("default", "call-1", LATER)

    assert before == Assurance(
        tenant="default",
        call_id="call-1",
        customer_id="C-1",
        level=1,
        method="facts",
        verified_at=NOW,
        expires_at=LATER,
    )
    assert after == Assurance(tenant="default", call_id="call-1")


async def test_it_vouches_for_that_customer_and_level_only(book: AssuranceBook) -> None:
    held = await verified(book, level=2)

    assert held.vouches_for("C-1", 2, NOW)
    assert not held.vouches_for("C-1", 3, NOW)
    assert not held.vouches_for("C-2", 1, NOW)
    assert not held.vouches_for("", 0, NOW)
    assert not held.vouches_for("C-1", 2, LATER)


async def test_a_lower_level_does_not_replace_a_higher_one_that_is_valid(book: AssuranceBook) -> None:
    await verified(book, level=2)

    assert (await verified(book, level=1)).level == 2
    assert (await verified(book, level=3)).level == 3
    assert (await verified(book, level=1, now=LATER)).level == 1


async def test_another_customer_replaces_the_one_before(book: AssuranceBook) -> None:
    await verified(book, level=2)

    held = await verified(book, level=1, customer="C-2")

    assert (held.customer_id, held.level) == ("C-2", 1)


async def test_three_failures_lock_the_call_for_a_while(book: AssuranceBook) -> None:
    seen = [await book.failed("default", "call-1", now=NOW) for _ in range(3)]

    assert [(a.failures, a.locked(NOW)) for a in seen] == [(1, False), (2, False), (3, True)]
    assert (await verified(book)).level == 0
    assert not seen[-1].locked(LATER)
    assert (await verified(book, now=LATER)).level == 1


async def test_after_a_lock_has_passed_counting_starts_anew(book: AssuranceBook) -> None:
    for _ in range(3):
        await book.failed("default", "call-1", now=NOW)

    again = await book.failed("default", "call-1", now=LATER)

    assert (again.failures, again.locked(LATER)) == (1, False)


async def test_a_success_forgets_the_failures(book: AssuranceBook) -> None:
    for _ in range(2):
        await book.failed("default", "call-1", now=NOW)
    await verified(book)

    assert (await book.failed("default", "call-1", now=NOW)).failures == 1


async def test_an_attempt_that_is_reported_twice_counts_once(book: AssuranceBook) -> None:
    for attempt in ("t-1", "t-1", "t-2", "t-2"):
        seen = await book.failed("default", "call-1", now=NOW, attempt=attempt)

    assert seen.failures == 2


async def test_a_failure_does_not_take_away_what_holds(book: AssuranceBook) -> None:
    await verified(book)

    assert (await book.failed("default", "call-1", now=NOW)).level == 1


async def test_failures_at_once_are_all_counted(book: AssuranceBook) -> None:
    await asyncio.gather(*[book.failed("default", "call-1", now=NOW, max_failures=99) for _ in range(20)])

    current = await book.current("default", "call-1", NOW)
    assert current is not None
    assert current.failures == 20
