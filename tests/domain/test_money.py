"""Money is whole minor units of one currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money, total

AMOUNTS = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1_200, "EUR", "12.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (1_200, "JPY", "1200 JPY"),
        (1_200, "KWD", "1.200 KWD"),
        (0, "USD", "0.00 USD"),
    ],
)
def test_it_is_written_with_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor=minor, currency=currency)) == text


@given(st.lists(AMOUNTS))
def test_a_total_loses_no_cent(minors: list[int]) -> None:
    assert total([Money(minor=m, currency="EUR") for m in minors], "EUR").minor == sum(minors)


@given(AMOUNTS, AMOUNTS)
def test_taking_away_what_was_added_gives_what_there_was(a: int, b: int) -> None:
    first, second = Money(minor=a, currency="EUR"), Money(minor=b, currency="EUR")

    assert first + second - second == first


def test_two_currencies_are_never_mixed() -> None:
    euro, dollar = Money(minor=1, currency="EUR"), Money(minor=1, currency="USD")

    for mix in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro <= dollar):
        with pytest.raises(ValueError, match="different currencies"):
            mix()
