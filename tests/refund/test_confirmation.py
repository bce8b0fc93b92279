"""Confirmation: the caller says yes to one exact effect, and to no other."""

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import A_REFUND, Shop

OTHER = "sha256:" + "0" * 64


@pytest.mark.parametrize("door", DOORS)
async def test_what_was_confirmed_is_done(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    asked = await caller.refund(lines=[order.lines[1]])
    assert (asked.status, asked.terminal) == ("needs_confirmation", False)
    assert asked.effect
    assert "40.00 EUR" in asked.effect.summary
    assert await shop.writes() == []

    answer = await caller.confirm(asked)

    assert (answer.status, answer.reference) == ("done", asked.reference)
    assert await shop.writes() == A_REFUND


@pytest.mark.parametrize("door", DOORS)
async def test_the_confirm_command_does_the_same(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    asked = await caller.refund(4_000)

    await caller.say(asked, "confirm", digest=asked.digest)

    assert (await desk.end(asked)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 4_000)]


@pytest.mark.parametrize("door", DOORS)
async def test_another_digest_confirms_nothing(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    asked = await caller.refund(4_000)

    by_call = await caller.again(confirm=OTHER)
    by_command = await refusal(caller.say(asked, "confirm", digest=OTHER))

    assert (by_call.status, by_call.digest) == ("needs_confirmation", asked.digest)
    assert by_command.status == 409
    assert await shop.writes() == []


async def test_a_digest_given_beforehand_does_not_confirm_another_effect(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answer = await caller.refund(4_000, confirm=OTHER)

    assert answer.status == "needs_confirmation"
    assert await shop.writes() == []


async def test_when_the_effect_changed_meanwhile_the_caller_is_asked_anew(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(7_000, tenders=[("card", 2_000), ("wallet", 5_000)])
    card, wallet = order.instruments
    caller = await desk.caller(order)
    asked = await caller.refund(3_000)
    await shop.refund_elsewhere(order, 1_500)

    anew = await caller.confirm(asked)

    assert anew.status == "needs_confirmation"
    assert anew.digest != asked.digest
    assert await shop.writes() == []
    assert (await caller.confirm(anew)).status == "done"
    assert await shop.refunded(order) == [(card, 1_500), (card, 500), (wallet, 2_500)]


async def test_when_too_little_is_left_meanwhile_it_is_denied(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(4_000)
    caller = await desk.caller(order)
    asked = await caller.refund(3_000)
    await shop.refund_elsewhere(order, 1_500)

    answer = await caller.confirm(asked)

    assert rule(answer) == "refund.above_captured"
    assert await shop.writes() == []


async def test_a_confirmation_that_does_not_come_ends_it(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    await desk.skip(asked, minutes=31)
    answer = await desk.end(asked)

    assert rule(answer) == "caller.not_confirmed"
    assert await shop.writes() == []


async def test_a_confirmation_after_the_end_finds_the_same_end(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    await desk.skip(asked, minutes=31)
    ended = await desk.end(asked)

    assert await caller.confirm(asked) == ended
    assert await shop.writes() == []
