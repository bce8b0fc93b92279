"""Spreading a refund over several captures, for every amount and every mix of tenders."""

from hypothesis import given
from hypothesis import strategies as st

from domain.money import total
from domain.payments import Payment
from domain.tenders import allocate
from tests.domain.refund_facts import eur, instrument, payment

TENDERS = ["card", "wallet", "stored_value", "unknown"]


@st.composite
def paid(draw: st.DrawFn) -> list[Payment]:
    """Up to six captures, each refunded in part."""
    captured = draw(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=6))
    return [
        payment(f"pay-{n}", whole, draw(st.integers(0, whole)), kind=draw(st.sampled_from(TENDERS[:3])))
        for n, whole in enumerate(captured)
    ]


@st.composite
def refundable(draw: st.DrawFn) -> tuple[list[Payment], int]:
    """Captures, and an amount that is left on them together."""
    payments = draw(paid())
    left = sum(p.refundable.minor for p in payments)
    return payments, draw(st.integers(0, left))


@given(refundable())
def test_the_parts_add_up_to_the_amount(case: tuple[list[Payment], int]) -> None:
    payments, amount = case

    moves = allocate(eur(amount), payments, TENDERS, None)

    assert total([move.amount for move in moves], "EUR") == eur(amount)


@given(refundable())
def test_no_capture_gives_more_than_it_has_left(case: tuple[list[Payment], int]) -> None:
    payments, amount = case
    left = {p.id: p.refundable.minor for p in payments}

    moves = allocate(eur(amount), payments, TENDERS, None)

    assert len({move.payment for move in moves}) == len(moves)
    assert all(0 < move.amount.minor <= left[move.payment] for move in moves)


@given(refundable())
def test_a_later_tender_is_used_only_when_the_earlier_ones_are_empty(case: tuple[list[Payment], int]) -> None:
    payments, amount = case
    by_id = {p.id: p for p in payments}

    moves = allocate(eur(amount), payments, TENDERS, None)

    ranks = [TENDERS.index(by_id[move.payment].instrument.kind) for move in moves]
    assert ranks == sorted(ranks)
    assert all(move.amount == by_id[move.payment].refundable for move in moves[:-1])


@given(refundable(), st.data())
def test_the_order_in_which_captures_are_told_makes_no_difference(
    case: tuple[list[Payment], int], data: st.DataObject
) -> None:
    payments, amount = case
    shuffled = data.draw(st.permutations(payments))

    assert allocate(eur(amount), payments, TENDERS, None) == allocate(eur(amount), shuffled, TENDERS, None)


@given(refundable())
def test_a_chosen_payee_gets_every_part(case: tuple[list[Payment], int]) -> None:
    payments, amount = case
    gift = instrument("gift", "stored_value")

    moves = allocate(eur(amount), payments, TENDERS, gift)

    assert {move.target for move in moves} <= {"gift"}
    assert total([move.amount for move in moves], "EUR") == eur(amount)
