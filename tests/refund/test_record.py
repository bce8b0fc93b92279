"""The record of a refund: complete, verifiable, and silent about persons where it must be."""

from typing import Any

import pytest

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.shop import Shop


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.fixture
async def approved(desk: Desk, caller: Conversation) -> Answer:
    """A refund of 248.00 EUR: confirmed, approved by Sam, and done."""
    waiting = await caller.refund_confirmed(24_800)
    await desk.person("supervisor", name="sam").decide(waiting)
    return await desk.end(waiting)


def of(history: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in history["events"] if event["type"] == kind]


async def test_everything_that_happened_is_on_the_record_and_verifies(desk: Desk, approved: Answer) -> None:
    history = await desk.person("supervisor").history(approved)

    kinds = {event["type"] for event in history["events"]}
    assert {"called", "seen", "decided", "said", "waiting", "commanded", "intent", "receipt", "closed"} <= kinds
    assert history["verified"] == {"ok": True, "problems": []}


async def test_it_says_what_was_seen_and_under_which_rule_it_was_decided(desk: Desk, approved: Answer) -> None:
    history = await desk.person("supervisor").history(approved)

    seen = {event["body"]["fact"].split(" ")[0] for event in of(history, "seen")}
    assert {"order", "payments", "customer"} <= seen
    assert all(event["body"]["digest"] and event["body"]["read_at"] for event in of(history, "seen"))
    decisions = [(e["policy"]["decision"], e["policy"]["rules"]) for e in of(history, "decided")]
    assert decisions[0] == ("confirm", ["refund.confirmation"])
    assert ("approve", ["refund.approval"]) in decisions
    assert decisions[-1][0] == "allow"
    assert all(e["policy"]["version"] and e["policy"]["digest"] for e in of(history, "decided"))


async def test_each_write_has_its_intent_before_and_its_receipt_after(desk: Desk, approved: Answer) -> None:
    history = await desk.person("supervisor").history(approved)

    intents = {event["body"]["ref"]: event["seq"] for event in of(history, "intent")}
    receipts = {e["body"]["ref"]: e for e in of(history, "receipt") if "ref" in e["body"]}
    assert len(intents) == 5
    assert intents.keys() == receipts.keys()
    for reference, receipt in receipts.items():
        assert intents[reference] < receipt["seq"]
        assert receipt["body"]["key"]
        assert receipt["body"]["outcome"] == "applied"


async def test_each_write_says_what_it_changes_by_ids_and_amounts(desk: Desk, order: Sold, approved: Answer) -> None:
    history = await desk.person("supervisor").history(approved)

    says = {event["step"]: event["body"]["what"] for event in of(history, "intent")}
    sent = says["send_refund"]
    assert (sent["payment_id"], sent["instrument_id"]) == (order.payments[0], order.instruments[0])
    assert sent["amount"] == {"minor": 24_800, "currency": "EUR"}
    assert says["open_case"] | {"customer_id": order.customer, "order_id": order.id} == says["open_case"]
    assert not any("text" in what or "comment" in what for what in says.values())


async def test_it_says_who_asked_and_who_decided(desk: Desk, caller: Conversation, approved: Answer) -> None:
    history = await desk.person("supervisor").history(approved)

    [called] = of(history, "called")
    decided = [event for event in of(history, "commanded") if event["body"]["command"] == "decide"]
    assert (called["actor"]["kind"], called["call_id"]) == ("ai", caller.call_id)
    assert [(e["actor"]["kind"], e["actor"]["id"]) for e in decided] == [("human", "sam")]
    assert decided[0]["authority"]


async def test_what_was_said_and_how_it_ended_is_on_the_record(desk: Desk, approved: Answer) -> None:
    history = await desk.person("supervisor").history(approved)

    said = [event["body"]["status"] for event in of(history, "said")]
    assert said[0] == "needs_confirmation"
    assert "needs_approval" in said
    [closed] = of(history, "closed")
    assert (closed["body"]["status"], closed["body"]["say"]) == ("done", approved.say)


async def test_a_refusal_and_its_undo_are_on_the_record(desk: Desk, shop: Shop, caller: Conversation) -> None:
    await shop.fault("refund", "refuse", code="charge_disputed", message="The charge is disputed.")
    answer = await caller.refund(1_200)

    history = await desk.person("supervisor").history(answer)

    assert [event["step"] for event in of(history, "failed")][:1] == ["send_refund"]
    assert [event["step"] for event in of(history, "undone")] == ["mark_order", "open_case", "reserve_limits"]
    assert history["verified"]["ok"]


async def test_temporal_holds_no_name_and_no_address_in_clear(desk: Desk, order: Sold, approved: Answer) -> None:
    caller = desk.agent(order=order)
    verified = await caller.verify(order)
    await caller.call("get_customer")

    for reference in {approved.reference, *desk.references}:
        answer = approved.model_copy(update={"reference": reference})
        history = await desk.handle(answer).fetch_history()
        kept = b"".join(event.SerializeToString() for event in history.events)
        for secret in (order.email, f"Lind {order.customer}", "Gartenstrasse"):
            assert secret.encode() not in kept
            assert secret not in history.to_json()
    assert "Ada" in verified.say  # and yet it was there to be said


async def test_search_attributes_name_no_person(desk: Desk, order: Sold, approved: Answer) -> None:
    described = await desk.handle(approved).describe()

    shown = {pair.key.name: str(pair.value) for pair in described.typed_search_attributes}
    assert shown["HandrailCustomer"] == order.customer
    assert not any(order.email in text or "Lind" in text for text in shown.values())


async def test_a_reader_without_the_scope_reads_no_history(desk: Desk, approved: Answer) -> None:
    reply = await desk.http.http.get(
        f"/v1/work/{approved.reference}/history",
        headers={"Authorization": f"Bearer {desk.house.credentials.issue('x', 'human', ('wf:*:read',))}"},
    )

    assert reply.status_code == 403
