"""Guessing at codes: few tries, few codes, and an end to both."""

import asyncio
from typing import Any

import pytest

from domain.answers import Answer
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop
from tests.step_up.outbox import codes, outbox, step_up, wrong


async def guess(caller: Conversation, asked: Answer, code: str) -> str:
    """The rule with which the code was refused."""
    return (await refusal(caller.say(asked, "verify", code=code))).rule


async def lock(desk: Desk, caller: Conversation) -> Answer:
    """Three wrong codes; the last answer."""
    asked = await step_up(caller)
    code = (await codes(desk.shop))[-1]
    for n in range(3):
        await guess(caller, asked, wrong(code, n + 1))
    return await desk.end(asked)


async def test_the_right_code_counts_after_a_wrong_one(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)
    [code] = await codes(shop)

    refused = await guess(caller, asked, wrong(code))
    told = await desk.until(asked, lambda now: "tries left: 2" in now.say)
    await caller.say(asked, "verify", code=code)

    assert refused == "step_up.wrong_code"
    assert told.result
    assert told.result["tries_left"] == 2
    assert (await desk.end(asked)).status == "done"


@pytest.mark.parametrize("said", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 80], ids=ascii)
async def test_what_is_no_code_verifies_nobody(desk: Desk, order: Sold, said: str) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)

    if said:
        assert await guess(caller, asked, said) == "step_up.wrong_code"
    else:
        assert (await caller.say(asked, "verify", code=said)).status != "done"
    assert not (await desk.until(asked, lambda now: "code to" in now.say)).terminal


@pytest.mark.parametrize("body", [{"code": 123456}, {"code": "1" * 81}, {"code": None}, {"codes": "1"}], ids=str)
async def test_a_code_of_the_wrong_kind_is_refused_by_its_field(desk: Desk, order: Sold, body: dict[str, Any]) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)

    problem = await refusal(caller.say(asked, "verify", **body))

    assert problem.status == 422
    assert problem.fields == list(body)
    assert "1" * 81 not in str(problem.body)


async def test_three_wrong_codes_lock_the_conversation(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answer = await lock(desk, caller)
    anew = await step_up(caller, resend=1)
    facts = await caller.verify(order)

    assert rule(answer) == "step_up.locked"
    assert rule(anew) == "step_up.locked"
    assert rule(facts) == "verify.locked"
    assert len(await outbox(shop)) == 1
    assert (await step_up(await desk.caller(order))).status == "needs_verification"  # another conversation is not


async def test_the_right_code_after_the_lock_is_too_late(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(60_000)
    caller = await desk.caller(order)

    answer = await lock(desk, caller)
    problem = await refusal(caller.say(answer, "verify", code=(await codes(shop))[0]))

    assert problem.rule == "run.closed"
    assert (await caller.refund(60_000)).status == "needs_verification"


async def test_a_flood_of_guesses_at_once_gets_no_more_tries(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)
    [code] = await codes(shop)

    refused = await asyncio.gather(*(guess(caller, asked, wrong(code, n)) for n in range(1, 16)))
    late = await guess(caller, asked, code)

    assert refused.count("step_up.wrong_code") <= 3
    assert {*refused, late} <= {"step_up.wrong_code", "step_up.locked", "run.closed"}
    assert late != "step_up.wrong_code"
    assert rule(await desk.end(asked)) == "step_up.locked"


async def test_wrong_codes_of_two_messages_are_counted_together(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await step_up(caller)
    second = await step_up(caller, resend=1)
    one, other = await codes(shop)

    await guess(caller, first, wrong(one, 1))
    await guess(caller, first, wrong(one, 2))
    await desk.until(first, lambda now: "tries left: 1" in now.say)
    await guess(caller, second, wrong(other))

    assert rule(await desk.end(second)) == "step_up.locked"
    await caller.say(first, "verify", code=one)
    assert rule(await desk.end(first)) == "step_up.locked"


async def test_another_code_is_sent_on_demand_but_not_for_ever(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answers = [await step_up(caller, resend=n) for n in range(4)]

    assert [answer.status for answer in answers] == ["needs_verification"] * 3 + ["denied"]
    assert rule(answers[3]) == "step_up.codes_per_call"
    assert len(set(await codes(shop))) == 3


async def test_a_change_of_mind_is_a_code_too(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    await step_up(caller)
    await step_up(caller, resend=1)
    third = await step_up(caller, resend=2)

    await caller.say(third, "amend", arguments={"resend": 3})

    assert rule(await desk.end(third)) == "step_up.codes_per_call"
    assert len(await outbox(shop)) == 3


async def test_other_conversations_get_no_more_codes_for_one_customer(desk: Desk, shop: Shop, order: Sold) -> None:
    answers = [await step_up(await desk.caller(order)) for _ in range(11)]

    assert {answer.status for answer in answers[:10]} == {"needs_verification"}
    assert rule(answers[10]) == "step_up.codes_per_customer_day"
    assert len(await outbox(shop)) == 10


@pytest.mark.parametrize("door", DOORS)
async def test_a_code_expires_after_ten_minutes(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    asked = await step_up(caller)

    await desk.skip(asked, minutes=9)
    still = await desk.http.answer(caller.token, asked.reference)
    await desk.skip(asked, minutes=2)

    assert still.status == "needs_verification"
    assert rule(await desk.end(asked)) == "step_up.expired"
    problem = await refusal(caller.say(asked, "verify", code=(await codes(shop))[0]))
    assert problem.status == 409
