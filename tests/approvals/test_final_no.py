"""A person's no is final for exactly that effect: whoever asks again, however, and through whichever door."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.answers import Answer
from domain.rejections import Rejection
from handrail.rejections import RejectionBook
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import rule
from tests.desk.shop import Shop

NO = "gate.rejected_before"


async def decline(desk: Desk, waiting: Answer, reason: str = "not_eligible") -> Answer:
    """A supervisor says no; the run's end."""
    await desk.person("supervisor").decide(waiting, "reject", reason=reason)
    return await desk.end(waiting)


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.mark.parametrize("door", DOORS)
async def test_asked_again_under_another_request_id_it_is_denied_with_the_persons_reason(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)
    ended = await decline(desk, await caller.refund_confirmed(24_800))

    again = await caller.refund(24_800, request_id="once-more")

    assert ended.say == "A supervisor declined it: not eligible."
    assert (again.status, rule(again), again.terminal) == ("denied", NO, True)
    assert again.reference != ended.reference
    assert "A supervisor declined exactly this" in again.say
    assert "not eligible" in again.say
    assert "supervisor-1" not in again.say
    assert await shop.writes() == []


async def test_in_another_conversation_and_by_a_person_who_could_do_it_alone_it_stays_declined(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    """150.00 EUR need a supervisor when an AI asks, and nobody when a person does."""
    await decline(desk, await (await desk.caller(order)).refund_confirmed(15_000))
    colleague = await desk.caller(order, kind="human")

    again = await colleague.refund_confirmed(15_000)

    assert rule(again) == NO
    assert await shop.writes() == []


async def test_another_amount_is_another_question_and_amended_back_it_is_the_declined_one(
    desk: Desk, shop: Shop, caller: Conversation
) -> None:
    await decline(desk, await caller.refund_confirmed(24_800))
    other = await caller.refund_confirmed(24_700)
    assert other.status == "needs_approval"

    await caller.say(other, "amend", arguments={"amount": {"minor": 24_800, "currency": "EUR"}})
    ended = await desk.end(other)

    assert rule(ended) == NO
    assert await shop.writes() == []


async def test_the_same_effect_that_waits_elsewhere_is_not_approved_past_the_no(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    first = await (await desk.caller(order)).refund_confirmed(24_800)
    second = await (await desk.caller(order)).refund_confirmed(24_800)
    assert first.reference != second.reference
    await decline(desk, first)

    await desk.person("supervisor", name="lenient").decide(second)
    ended = await desk.end(second)

    assert rule(ended) == NO
    assert await shop.writes() == []


async def test_asked_again_the_moment_it_was_declined_the_no_is_on_record_already(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller, other = await desk.caller(order), await desk.caller(order)
    waiting = await caller.refund_confirmed(24_800)

    async def ask_at_once() -> Answer:
        await desk.end(waiting)
        return await other.refund(24_800)

    _, again = await asyncio.gather(decline(desk, waiting), ask_at_once())

    assert rule(again) == NO


async def test_the_no_about_one_order_says_nothing_about_another(desk: Desk, shop: Shop, order: Sold) -> None:
    await decline(desk, await (await desk.caller(order)).refund_confirmed(24_800))
    theirs = await shop.sell(24_800, to=order)

    waiting = await (await desk.caller(theirs)).refund_confirmed(24_800)

    assert waiting.status == "needs_approval"


async def test_an_expired_gate_is_no_persons_no(desk: Desk, caller: Conversation) -> None:
    waiting = await caller.refund_confirmed(24_800)
    await desk.skip(waiting, hours=49)
    assert rule(await desk.end(waiting)) == "gate.expired"

    assert (await caller.refund_confirmed(24_800, request_id="once-more")).status == "needs_approval"


async def test_the_record_tells_which_no_it_rests_on(desk: Desk, caller: Conversation) -> None:
    ended = await decline(desk, await caller.refund_confirmed(24_800))
    again = await caller.refund(24_800, request_id="once-more")

    events = (await desk.person("supervisor").history(again))["events"]

    seen = [event["body"]["rejection"] for event in events if "rejection" in event["body"]]
    assert [(no["reference"], no["by"]) for no in seen] == [(ended.reference, "supervisor-1")]


async def test_the_book_keeps_a_no_across_processes_until_its_time_is_over(tmp_path: Path) -> None:
    url, at = f"sqlite:///{tmp_path / 'house.db'}", datetime(2026, 11, 21, 12, tzinfo=UTC)
    no = Rejection(
        tenant="default", customer_id="C-1", effect="sha256:1", rule="refund.approval", role="supervisor",
        reason="not_eligible", by="sam", reference="refund-1", at=at, until=at + timedelta(days=30),
    )  # fmt: skip
    await RejectionBook(url).record(no)
    await RejectionBook(url).record(no)

    book = RejectionBook(url)

    assert await book.of_customer("default", "C-1", at + timedelta(days=29)) == [no]
    assert await book.of_customer("default", "C-1", at + timedelta(days=30)) == []
    assert await book.of_customer("default", "C-2", at) == []
    assert await book.of_customer("other", "C-1", at) == []
