"""An approver asks back: the gate stays open, its clock goes on, and he sees what was answered."""

import pytest

from domain.answers import Answer
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal, rule


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.fixture
async def waiting(caller: Conversation) -> Answer:
    return await caller.refund_confirmed(24_800)


@pytest.mark.parametrize("door", DOORS)
async def test_who_has_the_caller_is_told_the_question_and_the_approver_reads_the_answer(
    desk: Desk, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)
    waiting = await caller.refund_confirmed(24_800)
    supervisor = desk.person("supervisor")

    await supervisor.decide(waiting, "request_info", note="Is the box open?")
    asked = await caller.again()

    assert asked.status == "needs_approval"
    assert [(m.field, m.reason) for m in asked.missing] == [("info", "Is the box open?")]
    assert asked.say == "A supervisor needs to know before it is decided: Is the box open?"
    assert "provide" in asked.next
    told = await caller.say(asked, "provide", facts={"info": "No, it is sealed."})
    assert told.missing == []
    [question] = (await supervisor.gate(waiting))["asked"]
    assert (question["text"], question["answer"]) == ("Is the box open?", "No, it is sealed.")
    assert question["answered_by"].startswith("ai ")
    await supervisor.decide(waiting)
    assert (await desk.end(waiting)).status == "done"


async def test_two_questions_are_answered_one_by_one(desk: Desk, caller: Conversation, waiting: Answer) -> None:
    sam, sofia = desk.person("supervisor", name="sam"), desk.person("supervisor", name="sofia")
    await sam.decide(waiting, "request_info", note="Is the box open?")
    both = await sofia.decide(waiting, "request_info", note="Which colour?")
    assert [m.field for m in both.missing] == ["info", "info_2"]

    unclear = await refusal(caller.say(waiting, "provide", facts={"colour": "red"}))
    left = await caller.say(waiting, "provide", facts={"info_2": "Red."})
    none = await caller.say(waiting, "provide", facts={"info": "Sealed."})

    assert unclear.rule == "provide.other_fields"
    assert [m.field for m in left.missing] == ["info"]
    assert none.missing == []
    assert [q["answer"] for q in (await sam.gate(waiting))["asked"]] == ["Sealed.", "Red."]


async def test_an_empty_answer_answers_nothing(desk: Desk, caller: Conversation, waiting: Answer) -> None:
    await desk.person("supervisor").decide(waiting, "request_info", note="Is the box open?")

    refused = await refusal(caller.say(waiting, "provide", facts={"info": "  "}))

    assert refused.rule == "provide.empty"


async def test_the_gates_clock_goes_on_while_a_question_is_open(desk: Desk, waiting: Answer) -> None:
    supervisor = desk.person("supervisor")
    before = await supervisor.gate(waiting)
    await supervisor.decide(waiting, "request_info", note="Is the box open?")

    after = await supervisor.gate(waiting)
    await desk.skip(waiting, hours=49)

    assert after["expires_at"] == before["expires_at"]
    assert rule(await desk.end(waiting)) == "gate.expired"


async def test_whoever_asked_may_decide_without_waiting_for_the_answer(desk: Desk, waiting: Answer) -> None:
    supervisor = desk.person("supervisor")
    await supervisor.decide(waiting, "request_info", note="Is the box open?")

    await supervisor.decide(waiting)

    assert (await desk.end(waiting)).missing == []


async def test_an_answer_outlives_a_gate_that_became_void(
    desk: Desk, order: Sold, caller: Conversation, waiting: Answer
) -> None:
    supervisor = desk.person("supervisor")
    await supervisor.decide(waiting, "request_info", note="Is the box open?")
    await caller.say(waiting, "provide", facts={"info": "Sealed."})
    await desk.shop.refund_elsewhere(order, 1_000)

    await supervisor.decide(waiting)
    await desk.until(waiting, lambda now: "changed" in now.say)

    assert [q["answer"] for q in (await supervisor.gate(waiting))["asked"]] == ["Sealed."]


async def test_what_was_asked_and_told_is_in_the_record_under_the_customers_key(
    desk: Desk, order: Sold, caller: Conversation, waiting: Answer
) -> None:
    await desk.person("supervisor").decide(waiting, "request_info", note="Is the box open?")
    await caller.say(waiting, "provide", facts={"info": "Sealed."})
    await desk.person("supervisor").decide(waiting)
    await desk.end(waiting)

    events = await desk.house.evidence.for_run("default", waiting.reference, personal=True)

    assert [e.personal for e in events if e.type == "note"] == [
        {"question": "Is the box open?"},
        {"answer": "info: Sealed."},
    ]
    assert {e.subject for e in events if e.type == "note"} == {order.customer}
