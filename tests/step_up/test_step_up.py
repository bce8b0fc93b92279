"""A caller who is verified by facts proves by a code that it is really him, and what needed that goes on."""

import pytest

from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop
from tests.step_up.outbox import PHONE, codes, keypad, outbox, record_phone, step_up, wrong


@pytest.mark.parametrize("door", DOORS)
async def test_the_right_code_verifies_the_caller_at_level_two(desk: Desk, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    asked = await step_up(caller)
    [code] = await codes(desk.shop)

    await caller.say(asked, "verify", code=code)

    answer = await desk.end(asked)
    assert asked.status == "needs_verification"
    assert asked.methods == ["one_time_code"]
    assert "verify" in asked.next
    assert answer.status == "done"
    assert answer.result
    assert (answer.result["customer_id"], answer.result["level"]) == (order.customer, 2)


async def test_a_large_refund_goes_on_once_the_code_was_given(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(60_000)
    caller = await desk.caller(order)
    parked = await caller.refund(60_000)
    refund = caller.asked
    asked = await step_up(caller)
    await keypad(desk).say(asked, "verify", code=(await codes(shop))[0])
    await desk.end(asked)

    caller.asked = refund
    answer = await caller.again()
    answer = await caller.confirm(answer)
    packet = await desk.person("supervisor").packet(answer)
    await desk.person("supervisor").decide(answer)

    assert parked.status == "needs_verification"
    assert "one_time_code" in parked.methods
    assert answer.reference == parked.reference
    assert answer.status == "needs_approval"
    assert packet["assurance"]["level"] == 2
    assert "one_time_code" in str(packet["assurance"])
    assert (await desk.end(answer)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 60_000)]


async def test_the_code_goes_to_what_is_on_record_and_only_that_is_told(desk: Desk, shop: Shop, order: Sold) -> None:
    await record_phone(shop, order)
    caller = await desk.caller(order)

    by_mail, by_text = await step_up(caller), await step_up(caller, "sms")

    assert [(message["channel"], message["to"]) for message in await outbox(shop)] == [
        ("email", order.email), ("sms", PHONE),
    ]  # fmt: skip
    assert by_mail.result
    assert by_mail.result["sent_to"] == "a***@example.com"
    assert "a***@example.com" in by_mail.say
    assert order.email not in by_mail.model_dump_json()
    assert by_text.result
    assert by_text.result["sent_to"] == "***01"


async def test_an_address_that_the_caller_names_is_refused(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    problem = await refusal(step_up(caller, to="thief@example.com"))

    assert problem.status == 422
    assert "to" in problem.fields
    assert await outbox(shop) == []


async def test_a_channel_without_an_address_is_answered_with_the_others(desk: Desk, shop: Shop, order: Sold) -> None:
    answer = await step_up(await desk.caller(order), "sms")

    assert answer.status == "needs_input"
    assert answer.missing[0].options == ["email"]
    assert await outbox(shop) == []


async def test_nobody_is_sent_a_code_before_he_is_known(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = desk.agent(order=order)
    asked = await step_up(caller)
    none_yet = await outbox(shop)
    await caller.verify(order)

    again = await step_up(caller)

    assert asked.status == "needs_verification"
    assert asked.methods == ["email", "name_and_postal_code"]
    assert none_yet == []
    assert again.reference == asked.reference
    assert again.methods == ["one_time_code"]
    assert len(await codes(shop)) == 1


async def test_without_a_conversation_no_code_is_sent(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = desk.agent(order=order)
    caller.call_id = ""

    assert (await step_up(caller)).status == "needs_input"
    assert await outbox(shop) == []


async def test_the_same_call_again_sends_no_second_code(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    first, second = await step_up(caller), await step_up(caller)

    assert first.reference == second.reference
    assert second.status == "needs_verification"
    assert len(await outbox(shop)) == 1


async def test_who_is_verified_that_surely_is_sent_no_code(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    await caller.say(await step_up(caller), "verify", code=(await codes(shop))[0])
    await desk.end(await step_up(caller))

    answer = await step_up(caller, resend=1)

    assert answer.status == "done"
    assert len(await outbox(shop)) == 1


async def test_a_person_may_vouch_while_a_code_is_waited_for(desk: Desk, order: Sold) -> None:
    asked = await step_up(await desk.caller(order))

    await desk.person("agent").say(asked, "verify", level=4, method="called back")

    answer = await desk.end(asked)
    assert answer.status == "done"
    assert answer.result
    assert answer.result["level"] == 4


async def test_a_code_as_people_say_it_is_taken(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)
    [code] = await codes(shop)

    await caller.say(asked, "verify", code=f" {code[:3]}-{code[3:]} ")

    assert (await desk.end(asked)).status == "done"


async def test_the_code_of_another_conversation_opens_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    await step_up(await desk.caller(order))
    [others] = await codes(shop)
    caller = await desk.caller(order)
    asked = await step_up(caller)

    problem = await refusal(caller.say(asked, "verify", code=others))

    assert problem.rule == "step_up.wrong_code"


async def test_a_run_that_waits_for_no_code_refuses_one(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(60_000)
    caller = await desk.caller(order)
    parked = await caller.refund(60_000)

    problem = await refusal(caller.say(parked, "verify", code="123456"))

    assert problem.rule == "verify.no_code"


async def test_a_code_may_be_sent_by_another_way_when_the_caller_changes_his_mind(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    await record_phone(shop, order)
    caller = await desk.caller(order)
    asked = await step_up(caller)

    await caller.say(asked, "amend", arguments={"channel": "sms"})
    await desk.until(asked, lambda now: "***01" in now.say)
    first, second = await codes(shop)
    stale = await refusal(caller.say(asked, "verify", code=first))
    await caller.say(asked, "verify", code=second)

    assert stale.rule == "step_up.wrong_code"
    assert (await desk.end(asked)).status == "done"


async def test_a_request_that_is_withdrawn_opens_no_more(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)
    await caller.say(asked, "withdraw")
    answer = await desk.end(asked)

    problem = await refusal(caller.say(asked, "verify", code=(await codes(shop))[0]))

    assert rule(answer) == "caller.withdrew"
    assert problem.rule == "run.closed"


async def test_a_person_who_took_over_gives_the_code_and_the_agent_does_not(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    asked = await step_up(caller)
    [code] = await codes(shop)
    person = desk.person("agent")
    await person.say(asked, "take_over")

    agents = await refusal(caller.say(asked, "verify", code=code))
    wrong_one = await refusal(person.say(asked, "verify", code=wrong(code)))
    await person.say(asked, "verify", code=code)

    assert agents.rule == "owner.person"
    assert wrong_one.rule == "step_up.wrong_code"
    assert (await desk.end(asked)).status == "done"
