"""Who is calling: by e-mail, or by names with postal code, and not by guessing for long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.answers import Answer
from handrail.assurance import AssuranceBook
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop

SILENCES = {"down": ("error_before", None), "hanging": ("slow", None)}


async def verify(caller: Conversation, **facts: str) -> Answer:
    return await caller.call("verify_caller", facts)


@pytest.mark.parametrize("door", DOORS)
async def test_the_email_on_record_verifies_the_caller(desk: Desk, order: Sold, door: str) -> None:
    answer = await verify(desk.agent(door=door), email=order.email)

    assert answer.status == "done"
    assert answer.result
    assert (answer.result["customer_id"], answer.result["level"]) == (order.customer, 1)
    assert "Ada Lind" in answer.say


async def test_names_with_the_postal_code_do_too(desk: Desk, order: Sold) -> None:
    answer = await verify(
        desk.agent(), first_name="ada", last_name=f"LIND {order.customer}", postal_code="10117"
    )  # fmt: skip

    assert answer.status == "done"


async def test_a_spoken_email_is_taken_as_it_is_heard(desk: Desk, order: Sold) -> None:
    assert (await verify(desk.agent(), email=f" {order.email.upper()} ")).status == "done"


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "nobody@example.com"},
        {"first_name": "Ada", "last_name": "Lind", "postal_code": "99999"},
        {"email": "*"},
        {"email": "%"},
        {"email": "' OR ''='"},
    ],
    ids=str,
)
async def test_facts_that_match_nobody_verify_nobody(desk: Desk, order: Sold, facts: dict[str, str]) -> None:
    caller = desk.agent(order=order)

    answer = await verify(caller, **facts)

    assert answer.status in ("denied", "needs_input")
    assert order.email not in answer.model_dump_json()
    assert (await caller.refund(1_200)).status == "needs_verification"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("facts", [{}, {"first_name": "Ada"}, {"postal_code": "10117"}], ids=str)
async def test_too_few_facts_are_asked_for(desk: Desk, order: Sold, facts: dict[str, str], door: str) -> None:
    answer = await verify(desk.agent(door=door), **facts)

    assert answer.status == "needs_input"
    assert answer.missing


@pytest.mark.parametrize(
    "facts",
    [{"email": 7}, {"email": "x" * 10_000}, {"email": ["a@b.c"]}, {"level": 4}, {"customer_id": "C-1"}],
    ids=ascii,
)
async def test_wrong_facts_are_refused_by_name(desk: Desk, shop: Shop, facts: dict[str, Any]) -> None:
    problem = await refusal(desk.agent().call("verify_caller", facts))

    assert problem.status == 422
    assert problem.fields
    assert await shop.log() == []


async def test_two_customers_with_the_same_facts_are_never_guessed(desk: Desk, shop: Shop, order: Sold) -> None:
    document = await shop.state()
    twin = document["customers"][0] | {"id": "C-twin"}
    await shop.admin("PUT", "dataset", document | {"customers": [*document["customers"], twin]})
    caller = desk.agent(order=order)

    answer = await caller.verify(order)

    assert answer.status in ("needs_input", "denied")
    assert (await caller.refund(1_200)).status == "needs_verification"


async def test_after_five_wrong_tries_the_conversation_is_locked(desk: Desk, order: Sold) -> None:
    caller = desk.agent()
    for n in range(5):
        last = await verify(caller, email=f"guess-{n}@example.com")

    right = await caller.verify(order)

    assert rule(last) == "verify.locked"
    assert rule(right) == "verify.locked"
    assert (await desk.agent().verify(order)).status == "done"  # another conversation is not locked


async def test_a_lock_ends_after_its_time(desk: Desk, order: Sold) -> None:
    caller, book = desk.agent(), AssuranceBook(desk.house.settings.database)
    ago = datetime.now(UTC) - timedelta(minutes=16)
    for n in range(5):
        await book.failed("default", caller.call_id, now=ago, attempt=str(n), max_failures=5, lock_s=900)

    assert (await caller.verify(order)).status == "done"


async def test_a_verification_expires(desk: Desk, order: Sold) -> None:
    caller, book = desk.agent(order=order), AssuranceBook(desk.house.settings.database)
    ago = datetime.now(UTC) - timedelta(minutes=31)
    await book.record(
        "default", caller.call_id, customer_id=order.customer, level=1, method="email", now=ago, valid_s=1_800
    )

    assert (await caller.refund(1_200)).status == "needs_verification"


async def test_without_a_conversation_nobody_can_be_verified(desk: Desk, order: Sold) -> None:
    caller = desk.agent()
    caller.call_id = ""

    answer = await caller.verify(order)

    assert answer.status == "needs_input"
    assert "call id" in answer.say


async def test_the_same_facts_are_checked_each_time_they_are_given(desk: Desk, order: Sold) -> None:
    caller = desk.agent()

    first, second = await caller.verify(order), await caller.verify(order)

    assert first.status == second.status == "done"
    assert first.reference != second.reference


async def test_a_crm_that_is_down_for_a_moment_only_delays_it(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("find_customers", "error_before", 2)

    answer = await desk.end(await desk.agent().verify(order))

    assert answer.status == "done"


@pytest.mark.parametrize("silence", ["down", pytest.param("hanging", marks=pytest.mark.full)])
async def test_a_crm_that_stays_silent_ends_it_while_the_caller_waits_and_counts_no_failure(
    desk: Desk, shop: Shop, order: Sold, silence: str
) -> None:
    caller = desk.agent(order=order)
    await shop.fault("find_customers", *SILENCES[silence], delay_ms=30_000)
    asked = datetime.now(UTC)

    answer = await desk.end(await caller.call("verify_caller", {"email": order.email}, wait_s=0.5))

    assert (answer.status, answer.terminal, answer.retry_after_s) == ("denied", True, 60)
    assert "Try again in a minute, or hand the caller over to a person" in answer.say
    assert datetime.now(UTC) - asked < timedelta(seconds=10)
    assert await desk.person("agent").inbox(call=caller.call_id) == []
    assurance = await AssuranceBook(desk.house.settings.database).current("default", caller.call_id, asked)
    assert assurance is None or assurance.failures == 0
    await shop.mend()
    assert (await caller.verify(order)).status == "done"


@pytest.mark.full
async def test_while_the_crm_is_slow_the_caller_is_told_so(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("find_customers", "slow", 2, delay_ms=2_000)

    first = await desk.agent().call("verify_caller", {"email": order.email}, wait_s=0.1)
    slow = await desk.until(first, lambda now: "slow to answer" in now.say)

    assert (slow.status, slow.terminal) == ("accepted", False)
    assert (await desk.end(first)).status == "done"


@pytest.mark.full
async def test_who_takes_it_over_while_the_crm_is_slow_decides_whether_the_caller_is_vouched_for(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = desk.agent(order=order)
    await shop.fault("find_customers", "slow", 2, delay_ms=2_000)
    begun = await caller.call("verify_caller", {"email": order.email}, wait_s=0.1)
    await desk.until(begun, lambda now: "slow to answer" in now.say)

    person = desk.person("agent", name="ana")
    await person.say(begun, "take_over")
    held = await desk.later(begun, "handed_off")
    unverified = await caller.refund(1_200)
    await person.say(held, "retry")

    assert unverified.status == "needs_verification"
    assert (await desk.end(begun)).status == "done"


async def test_the_record_keeps_the_facts_beside_the_chain(desk: Desk, order: Sold) -> None:
    answer = await desk.agent().verify(order)

    history = await desk.person("supervisor").history(answer)

    assert history["verified"]["ok"]
    assert order.email not in str(history["events"])
