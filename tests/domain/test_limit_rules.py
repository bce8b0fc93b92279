"""Whether uses fit under their caps: sliding windows, counts, and what a system of record lists already."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.limits import KnownUse, LimitEntry, Use, judge_uses
from tests.domain.refund_facts import NOW


def entry(minor: int = 10, **more: Any) -> LimitEntry:
    given: dict[str, Any] = {"bucket": "b", "currency": "EUR", "rule": "r", "text": "{left} left of {asked}"} | more
    return LimitEntry(amount_minor=minor, **given)


def use(minor: int, *, hours_ago: float | None = 0, **more: Any) -> Use:
    at = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return Use(**({"bucket": "b", "amount_minor": minor, "currency": "EUR", "at": at} | more))


def granted(*entries: LimitEntry, uses: list[Use] | None = None) -> bool:
    return judge_uses("h", list(entries), uses or [], NOW).granted


def test_what_fits_exactly_is_granted_and_a_cent_more_is_not() -> None:
    assert granted(entry(40, cap_minor=100), uses=[use(60)])
    assert not granted(entry(41, cap_minor=100), uses=[use(60)])


def test_a_use_leaves_its_window() -> None:
    assert granted(entry(100, cap_minor=100, window_s=3_600), uses=[use(1, hours_ago=1.01)])
    assert not granted(entry(100, cap_minor=100, window_s=3_600), uses=[use(1, hours_ago=0.99)])


def test_a_reservation_counts_however_old_it_is() -> None:
    assert not granted(entry(100, cap_minor=100, window_s=1), uses=[use(1, hours_ago=None)])


def test_other_buckets_and_other_currencies_do_not_count() -> None:
    others = [use(100, bucket="another"), use(100, currency="USD")]

    assert granted(entry(100, cap_minor=100), uses=others)


def test_uses_are_counted_as_well_as_summed() -> None:
    assert not granted(entry(1, cap_count=2), uses=[use(1), use(1)])
    assert granted(entry(1, cap_count=3), uses=[use(1), use(1)])


def test_what_the_system_of_record_lists_counts_unless_it_is_in_the_book() -> None:
    known = [KnownUse(reference="ours", amount_minor=60), KnownUse(amount_minor=30)]

    assert granted(entry(10, cap_minor=100, known=known), uses=[use(60, reference="ours")])
    assert not granted(entry(11, cap_minor=100, known=known), uses=[use(60, reference="ours")])


def test_what_lapsed_for_good_is_counted_no_more_and_never_twice() -> None:
    """A voucher over 60 expired; 10 more were taken under the same reference since."""
    known = [KnownUse(reference="ours", amount_minor=0, lapsed_minor=60)]
    booked = [use(60, reference="ours"), use(10, reference="ours", hours_ago=None), use(20)]

    assert granted(entry(70, cap_minor=100, known=known), uses=booked)
    assert not granted(entry(71, cap_minor=100, known=known), uses=booked)
    assert not granted(entry(81, cap_minor=100, known=known), uses=[use(20)])


def test_a_refusal_says_what_is_left() -> None:
    outcome = judge_uses("h", [entry(5_000, cap_minor=6_000)], [use(2_000)], NOW)

    assert outcome.text == "40.00 EUR left of 50.00 EUR"
    assert outcome.left_minor == 4_000


@given(st.lists(st.integers(0, 500), max_size=12), st.integers(0, 2_000))
def test_however_uses_come_the_granted_ones_never_exceed_the_cap(asked: list[int], cap: int) -> None:
    book: list[Use] = []
    for minor in asked:
        if granted(entry(minor, cap_minor=cap), uses=book):
            book.append(use(minor))

    assert sum(u.amount_minor for u in book) <= cap
