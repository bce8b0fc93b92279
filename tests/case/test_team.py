"""A team works on a case: it holds it, answers, moves, merges and closes it, here or in its own system."""

import pytest

from domain.answers import Answer
from tests.case.caseload import damaged, id_of, in_the_case_system, late, on_record, opened, texts, told
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.house import WEBHOOK_SECRET
from tests.desk.people import Conversation
from tests.desk.refusals import refusal
from tests.desk.shop import Shop


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.fixture
async def case(caller: Conversation, order: Sold) -> Answer:
    return await opened(caller, late(order))


async def test_it_lies_in_its_teams_inbox_with_its_due_time(desk: Desk, order: Sold, case: Answer) -> None:
    person = desk.person("agent")
    items: list[dict[str, object]] = []
    while not items:  # visibility follows the run within moments
        items = await person.inbox(queue="logistics", customer=order.customer)
    packet = await person.packet(case)

    assert [item["reference"] for item in items] == [case.reference]
    assert case.result
    assert str(items[0]["due_at"])[:19] == case.result["first_response_due"][:19]
    assert {"claim", "resolve", "reassign", "note", "withdraw"} <= set(packet["next"])
    assert packet["title"].startswith("A case is opened for logistics")
    assert packet["reason"]["code"] == "customer_request"
    assert [step["action"] for step in packet["recommended"]] == ["resolve"]


async def test_who_resolves_it_ends_it(desk: Desk, shop: Shop, caller: Conversation, order: Sold, case: Answer) -> None:
    await desk.person("agent", name="ana").say(case, "resolve", comment="The carrier found it.")
    answer = await desk.end(case)

    assert answer.status == "done"
    assert answer.say == f"Case {id_of(case)} is resolved."
    record = await on_record(shop)
    assert record["state"] == "resolved"
    assert record["comments"][-1]["text"] == "human Ana: The carrier found it."
    assert await caller.call("create_case", late(order)) == answer


async def test_while_it_is_being_closed_nothing_is_listed_or_taken_that_would_be_lost(
    desk: Desk, shop: Shop, case: Answer
) -> None:
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    await shop.fault("update_case", "hold", None)
    closing = await ana.say(case, "resolve", comment="Found.")
    again = await refusal(ben.say(case, "resolve", comment="Found as well."))
    moved = await refusal(ben.say(case, "reassign", queue="billing"))
    noted = await ben.say(case, "note", text="I have seen it, too.")

    assert not {"resolve", "reassign", "amend"} & {*closing.next, *noted.next}
    assert again.rule == moved.rule == "case.closing"
    assert "human Ana is closing case" in again.body["detail"]
    await shop.admin("DELETE", "faults")
    assert (await desk.end(case)).status == "done"


async def test_an_ai_neither_closes_nor_moves_a_case(desk: Desk, shop: Shop, case: Answer) -> None:
    token = desk.house.credentials.issue("clever-bot", "ai", ("wf:*:start", "wf:*:read", "work:own"))

    for command, body in (("resolve", {}), ("reassign", {"queue": "billing"})):
        refused = await refusal(desk.door("rail").say(token, case.reference, command, body))
        assert refused.rule == "case.human_only"
    assert (await on_record(shop))["state"] == "open"


async def test_only_who_holds_it_closes_it(desk: Desk, case: Answer) -> None:
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")

    await ana.say(case, "claim")
    refused = await refusal(ben.say(case, "resolve"))
    await ana.say(case, "resolve")

    assert refused.rule == "case.held"
    assert (await desk.end(case)).status == "done"


async def test_a_note_is_written_on_the_case(desk: Desk, shop: Shop, case: Answer) -> None:
    ana = desk.person("agent", name="ana")
    await ana.say(case, "note", text="The carrier searches.")
    await ana.say(case, "resolve")
    await desk.end(case)

    record = await on_record(shop)
    assert [comment["text"] for comment in record["comments"]] == ["human Ana: The carrier searches.", "human Ana: "]
    assert record["first_response_at"] is None
    assert "The carrier searches." in str((await ana.packet(case))["notes"])


async def test_what_the_caller_was_told_ends_the_first_clock(desk: Desk, shop: Shop, case: Answer) -> None:
    before = case.say
    await desk.person("agent").say(case, "note", text="We found it.", to_caller=True)
    answer = await desk.until(case, lambda now: bool(now.result and now.result["first_response_at"]))

    assert "somebody answers by" in before
    assert "to be solved by" in answer.say
    assert (await on_record(shop))["first_response_at"]


async def test_it_moves_to_another_team(desk: Desk, shop: Shop, case: Answer) -> None:
    await desk.person("agent", name="ana").say(case, "reassign", queue="billing", priority="high", note="A fee.")
    answer = await told(desk, case, queue="billing")

    record = await on_record(shop)
    assert (record["queue"], record["priority"]) == ("billing", "high")
    assert await texts(shop) == ["human Ana: A fee."]
    assert "billing" in answer.say


@pytest.mark.parametrize(
    ("body", "rule"),
    [({"queue": "nowhere"}, "case.queue"), ({"priority": "asap"}, "case.priority"), ({"note": "?"}, "case.nothing")],
)
async def test_it_moves_nowhere_unknown(desk: Desk, shop: Shop, case: Answer, body: dict[str, str], rule: str) -> None:
    refused = await refusal(desk.person("agent").say(case, "reassign", **body))

    assert (refused.status, refused.rule) == (409, rule)


async def test_it_is_merged_into_another_case(
    desk: Desk, shop: Shop, caller: Conversation, order: Sold, case: Answer
) -> None:
    other = await opened(caller, damaged(order))
    await desk.person("agent").say(case, "resolve", into=id_of(other), comment="One parcel, one case.")
    answer = await desk.end(case)

    assert answer.say == f"Case {id_of(case)} goes on in case {id_of(other)}."
    assert (await on_record(shop, id_of(case)))["merged_into"] == id_of(other)
    assert (await desk.http.answer(desk.person("agent").token, other.reference)).status == "accepted"


async def test_a_person_links_it_to_another_case_and_an_agent_does_not(
    desk: Desk, shop: Shop, caller: Conversation, order: Sold, case: Answer
) -> None:
    other = await opened(caller, damaged(await shop.sell(to=order)))
    refused = await refusal(caller.say(case, "note", text="See there.", related=id_of(other)))
    itself = await refusal(desk.person("agent").say(case, "note", text="See here.", related=id_of(case)))
    ana = desk.person("agent", name="ana")
    await ana.say(case, "note", text="The same parcel.", related=id_of(other))
    await ana.say(case, "resolve")
    await desk.end(case)

    assert (refused.rule, itself.rule) == ("case.human_only", "case.itself")
    assert (await on_record(shop, id_of(case)))["links"] == [id_of(other)]
    assert (await on_record(shop, id_of(other)))["links"] == [id_of(case)]


async def test_what_the_case_system_refuses_is_told_and_the_case_stays_open(
    desk: Desk, shop: Shop, case: Answer
) -> None:
    foreign = await opened(await desk.caller(sold := await shop.sell()), late(sold))
    ana = desk.person("agent", name="ana")
    refused = await refusal(ana.say(case, "resolve", into=id_of(case)))
    revision = (await ana.say(case, "resolve", into=id_of(foreign))).revision
    answer = await desk.until(case, lambda now: now.revision > revision)

    assert refused.rule == "case.itself"
    assert (answer.status, answer.terminal) == ("accepted", False)
    assert "cannot merge" in str((await ana.packet(case))["notes"])
    await ana.say(case, "resolve")
    assert (await desk.end(case)).status == "done"


async def test_what_is_closed_in_the_case_system_is_seen(desk: Desk, shop: Shop, case: Answer) -> None:
    await in_the_case_system(shop, id_of(case), state="resolved", comment="Done here.")

    await desk.skip(case, minutes=2)

    assert (await desk.end(case)).say == f"Case {id_of(case)} is resolved."
    assert await texts(shop) == ["Done here."]


async def test_what_the_case_system_tells_is_heard_at_once(desk: Desk, shop: Shop, case: Answer) -> None:
    url = f"{desk.house.url}/v1/events/simulator"
    await shop.settings(webhook={"url": url, "secret": WEBHOOK_SECRET})

    await in_the_case_system(shop, id_of(case), state="pending")
    waiting = await told(desk, case, state="pending")
    await in_the_case_system(shop, id_of(case), state="resolved")

    assert "your answer" in waiting.say
    assert (await desk.end(case)).status == "done"


async def test_a_case_taken_back_is_withdrawn(desk: Desk, shop: Shop, caller: Conversation, case: Answer) -> None:
    await desk.person("agent").say(case, "note", text="Looking.")
    await caller.say(case, "withdraw", reason="It came.")
    answer = await desk.end(case)

    assert answer.status == "undone"
    assert (await on_record(shop))["state"] == "withdrawn"


async def test_a_case_opened_again_and_taken_back_is_closed_as_before(
    desk: Desk, shop: Shop, caller: Conversation, order: Sold, case: Answer
) -> None:
    await desk.person("agent").say(case, "resolve")
    await desk.end(case)
    again = await opened(caller, late(order, "Parcel is late again"))
    await caller.say(again, "withdraw")

    assert (await desk.end(again)).status == "undone"
    assert id_of(again) == id_of(case)
    assert (await on_record(shop))["state"] == "resolved"


async def test_a_person_takes_it_over_and_closes_it(desk: Desk, shop: Shop, case: Answer) -> None:
    ana = desk.person("agent", name="ana")
    await ana.say(case, "take_over", reason="The customer is on my line.")
    held = await desk.later(case, "handed_off")
    await ana.say(case, "resolve", comment="Told him.")

    assert "resolve" in held.next
    assert (await desk.end(case)).status == "done"
    assert (await on_record(shop))["state"] == "resolved"
