"""A work item: found in the inbox, held by one person at a time, asked back about, and complete in itself."""

import pytest

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal
from tests.desk.shop import Shop


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.fixture
async def waiting(caller: Conversation) -> Answer:
    """A refund of 248.00 EUR by an AI agent, confirmed: it waits for a supervisor."""
    answer = await caller.refund_confirmed(24_800)
    assert (answer.status, answer.terminal) == ("needs_approval", False)
    return answer


async def test_the_item_waits_in_the_inbox_with_all_that_a_person_needs(
    desk: Desk, order: Sold, waiting: Answer
) -> None:
    supervisor = desk.person("supervisor")

    packet = await supervisor.packet(waiting)
    await shown(desk, waiting)
    [item] = await supervisor.inbox(queue="approvals", customer=order.customer)

    assert (item["reference"], item["value_minor"], item["currency"]) == (waiting.reference, 24_800, "EUR")
    assert order.id in item["title"]
    assert packet["gate"]["roles"] == ["supervisor"]
    assert [step["name"] for step in packet["steps"]][:3] == ["open_case", "mark_order", "send_refund"]


async def shown(desk: Desk, answer: Answer) -> None:
    """Visibility follows the run within moments: ask until it has."""
    while not await desk.person("supervisor").inbox(queue="approvals"):
        await desk.http.answer(desk.person("supervisor").token, answer.reference)


async def test_one_person_at_a_time_holds_a_work_item(desk: Desk, waiting: Answer) -> None:
    sam, sofia = desk.person("supervisor", name="sam"), desk.person("supervisor", name="sofia")

    claimed = await sam.say(waiting, "claim")
    held = await refusal(sofia.say(waiting, "claim"))
    not_hers = await refusal(sofia.say(waiting, "release"))
    await sam.say(waiting, "release", note="Please go on, Sofia.")
    await sofia.say(waiting, "claim")

    assert "release" in claimed.next
    assert (held.rule, not_hers.rule) == ("claim.held", "release.not_owner")


async def test_a_lease_ends_by_itself(desk: Desk, waiting: Answer) -> None:
    sam, sofia = desk.person("supervisor", name="sam"), desk.person("supervisor", name="sofia")
    await sam.say(waiting, "claim", lease_s=30)

    await desk.skip(waiting, seconds=31)

    await sofia.say(waiting, "claim")


async def test_an_ai_claims_nothing(caller: Conversation, waiting: Answer) -> None:
    assert (await refusal(caller.say(waiting, "claim"))).status == 403


async def test_a_question_back_keeps_the_gate_open(
    desk: Desk, shop: Shop, caller: Conversation, waiting: Answer
) -> None:
    supervisor = desk.person("supervisor")

    asked = await supervisor.decide(waiting, "request_info", note="Is there a photo?")
    provided = await caller.say(waiting, "provide", facts={"photo": "ref:photo-1"})

    assert asked.status == provided.status == "needs_approval"
    assert [missing.reason for missing in asked.missing] == ["Is there a photo?"]
    assert provided.missing == []
    assert "photo-1" in str((await supervisor.packet(waiting))["notes"])
    await supervisor.decide(waiting)
    assert (await desk.end(waiting)).status == "done"
