"""Messaging misbehaves: one message, one code, and never a run that waits for a code nobody got."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.step_up.outbox import codes, outbox, step_up


@pytest.mark.parametrize(
    "kind", ["lost_answer", "error_after", "garbage", "html", "wrong_shape", "cut", "error_before", "rate_limited"]
)
async def test_a_code_is_sent_once_whatever_messaging_does(desk: Desk, shop: Shop, order: Sold, kind: str) -> None:
    caller = await desk.caller(order)
    await shop.fault("send_message", kind, retry_after_s=0.1)

    asked = await desk.until(await step_up(caller), lambda now: "I have sent" in now.say)
    [code] = await codes(shop)
    await caller.say(asked, "verify", code=code)

    assert (await desk.end(asked)).status == "done"
    assert len(await outbox(shop)) == 1


async def test_a_message_that_is_refused_is_told_and_does_not_count(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    await shop.fault("send_message", "refuse", code="unreachable")
    refused = await desk.end(await step_up(caller))

    answers = [await step_up(caller, resend=n) for n in (1, 2, 3)]

    assert rule(refused) == "system.rejected"
    assert [answer.status for answer in answers] == ["needs_verification"] * 3


async def test_messaging_that_stays_down_ends_the_run_and_asks_nobody_to_repair_it(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    await shop.fault("send_message", "error_before", None)

    answer = await desk.end(await step_up(caller))

    assert rule(answer) == "step_up.not_sent"
    assert await outbox(shop) == []


async def test_a_crm_that_is_down_for_a_moment_only_delays_it(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    await shop.fault("get_customer", "error_before", 2)

    asked = await desk.until(await step_up(caller), lambda now: "I have sent" in now.say)

    assert asked.status == "needs_verification"
    assert len(await codes(shop)) == 1


@pytest.mark.full
@pytest.mark.parametrize("kind", ["error_before", "slow"])
async def test_a_crm_that_stays_silent_ends_it_while_the_caller_waits_and_no_code_counts(
    desk: Desk, shop: Shop, order: Sold, kind: str
) -> None:
    caller = await desk.caller(order)
    await shop.fault("get_customer", kind, None, delay_ms=30_000)
    asked = datetime.now(UTC)

    answer = await desk.end(await step_up(caller))

    assert (answer.status, answer.retry_after_s) == ("denied", 60)
    assert datetime.now(UTC) - asked < timedelta(seconds=10)
    assert await desk.person("agent").inbox(call=caller.call_id) == []
    await shop.mend()
    assert [(await step_up(caller, resend=n)).status for n in (1, 2, 3)] == ["needs_verification"] * 3


async def test_taken_over_while_the_address_is_read_no_code_goes_out_until_the_person_says_so(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    await shop.fault("get_customer", "hold", 1, after=1)
    begun = await caller.call("step_up_caller", {"channel": "email"}, wait_s=0.1)
    while not await shop.fired():
        pass
    person = desk.person("agent", name="ana")
    await person.say(begun, "take_over")

    await shop.mend()
    held = await desk.until(begun, lambda now: now.status == "handed_off" and "taken this over" in now.say)
    unsent = await outbox(shop)
    await person.say(held, "retry")
    sent = await desk.until(begun, lambda now: "sent_to" in (now.result or {}))

    assert unsent == []
    assert len(await codes(shop)) == 1
    assert sent.status == "needs_verification"
