"""Several wishes in one call: the caller is verified once, and nothing that he said is asked for again."""

from collections.abc import Iterable
from typing import Any

import pytest

from domain.answers import Answer
from tests.claim.claimant import PHOTO, PROOF
from tests.claim.covered import Files, days_ago, eur
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal
from tests.desk.shop import Shop
from tests.order_change import store

DAMAGE: dict[str, Any] = {
    "kind": "accidental_damage", "loss_on": f"{days_ago(5)}", "amount": eur(10_000),
    "description": "It fell off the table", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO],
}  # fmt: skip
DAMAGED = {"category": "damaged_item", "subject": "Lamp arrived broken", "facts": {"item": "lamp", "damage": "item"}}


def asked(answers: Iterable[Answer]) -> list[str]:
    """What these answers ask the caller for, his yes besides."""
    fields = [item.field for answer in answers for item in answer.missing]
    return fields + [str(answer.status) for answer in answers if answer.status == "needs_verification"]


async def agreed(caller: Conversation, tool: str, **arguments: Any) -> list[Answer]:
    """Asked for, and said yes to where that is asked."""
    first = await caller.call(tool, arguments)
    if first.status != "needs_confirmation":
        return [first]
    return [first, await caller.call(tool, arguments, confirm=first.digest)]


async def slots(desk: Desk, answer: Answer) -> dict[str, tuple[Any, str, str]]:
    packet = await desk.person("agent").packet(answer)
    return {slot["name"]: (slot["value"], slot["source"], slot["said_in"]) for slot in packet["slots"]}


async def test_four_wishes_one_verification_and_no_question_twice(desk: Desk, shop: Shop, order: Sold) -> None:
    await Files(shop).cover(order)
    caller = await desk.caller(order)

    refund = await agreed(caller, "refund_order", order_id=order.id, lines=[order.lines[0]], reason="damaged")
    moved = await agreed(caller, "update_customer_address", address=store.ELSEWHERE)
    claim = await agreed(caller, "open_claim", order_id=order.id, **DAMAGE)
    case = await agreed(caller, "create_case", **DAMAGED)

    assert [answers[-1].status for answers in (refund, moved, claim, case)] == [
        "done", "done", "needs_approval", "accepted",
    ]  # fmt: skip
    assert asked([*refund, *moved, *claim, *case]) == []
    known = await slots(desk, case[-1])
    assert known["order_id"][:2] == (order.id, "model")
    assert known["order_id"][2] in (refund[-1].reference, claim[-1].reference)
    assert known["attachments"][0] == [{"reference": PHOTO["ref"], "sha256": PHOTO["sha256"]}]
    assert known["attachments"][2] == claim[-1].reference
    [on_file] = [c for c in (await shop.state())["cases"] if c["category"] == "damaged_item"]
    assert [a["sha256"] for a in on_file["attachments"]] == [PHOTO["sha256"]]
    assert on_file["order_id"] == order.id


async def test_money_does_not_move_for_an_order_that_was_only_remembered_before_the_caller_said_yes(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    await caller.call("get_order", {"order_id": order.id})

    first = await caller.call("refund_order", {"lines": [order.lines[0]], "reason": "damaged"})
    assert (first.status, first.missing) == ("needs_confirmation", [])
    assert order.id in first.say
    assert await shop.writes() == []
    done = await caller.call("refund_order", {"lines": [order.lines[0]], "reason": "damaged"}, confirm=first.digest)

    assert (done.status, done.reference) == ("done", first.reference)
    named = await caller.refund(lines=[order.lines[0]])
    assert named.reference == first.reference, "the same request, whether the order is named or remembered"


@pytest.mark.full
async def test_an_address_that_was_given_for_the_record_is_where_the_order_goes(desk: Desk, shop: Shop) -> None:
    order = await store.sell(shop)
    caller = await desk.caller(order)
    [_, moved] = await agreed(caller, "update_customer_address", address=store.ELSEWHERE)

    [first, done] = await agreed(caller, "change_delivery_address", order_id=order.id)

    assert asked([first]) == []
    assert "Marktplatz 7" in first.say
    assert done.status == "done"
    assert (await store.order(shop, order))["address"]["line1"] == "Marktplatz 7"
    assert (await slots(desk, done))["address"][1:] == ("model", moved.reference)


@pytest.mark.full
@pytest.mark.parametrize("door", ["cli", "rail"])
async def test_a_model_that_lost_its_memory_goes_on_from_another_session(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    before = await desk.caller(order)
    done = await before.refund(lines=[order.lines[0]])
    pending = await before.refund(lines=[order.lines[1]])
    now = desk.agent(door=door, order=order)
    now.call_id = before.call_id

    told = (await now.call("list_work_for_call")).result
    assert told
    work = {item["reference"]: item for item in told["work"]}
    assert work[done.reference]["status"] == "done"
    waiting = work[pending.reference]
    assert (waiting["waits_for"], waiting["promises"]) == ("the caller's yes", [pending.say])
    assert {(k["field"], k["value"]) for k in told["known"]} == {("order_id", order.id)}
    confirmed = await now.say(pending, "confirm", digest=waiting["digest"])
    case = await now.call("create_case", {"category": "late_delivery", "subject": "Where is the rest?"})
    again = await now.call(
        "create_case",
        {"category": "late_delivery", "subject": "Where is the rest?", "facts": {"promised_date": "2026-11-20"}},
    )

    assert (await desk.end(confirmed)).status == "done"
    assert asked([case]) == ["facts.promised_date"]
    assert (asked([again]), again.status) == ([], "accepted")
    assert {amount for _, amount in await shop.refunded(order)} == {1_200, 4_000}


@pytest.mark.full
async def test_what_was_said_of_a_matter_is_not_asked_again_when_it_is_begun_anew(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    half: dict[str, Any] = DAMAGED | {"order_id": order.id, "facts": {"item": "lamp"}}
    first = await caller.call("create_case", half)

    rest: dict[str, Any] = {"damage": "item"}
    second = await caller.call("create_case", DAMAGED | {"facts": rest, "attachments": [_attached()]})

    assert asked([first]) == ["facts.damage", "attachments"]
    assert (asked([second]), second.status) == ([], "accepted")
    assert (await slots(desk, second))["facts.item"] == ("lamp", "model", first.reference)


@pytest.mark.full
async def test_another_loss_is_another_story_and_only_the_receipt_is_the_same(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    await Files(shop).cover(order)
    caller = await desk.caller(order)
    defect: dict[str, Any] = DAMAGE | {"kind": "defect", "description": "The motor does not start any more"}
    first = await caller.call(
        "open_claim", defect | {"order_id": order.id, "facts": {"symptom": "Silent."}, "evidence": [PROOF]}
    )

    later = defect | {"loss_on": f"{days_ago(2)}", "description": "Now it smokes", "facts": {}, "evidence": []}
    second = await caller.call("open_claim", later | {"order_id": order.id})

    assert first.status == "needs_confirmation"
    assert asked([second]) == ["facts.symptom"]
    assert (await slots(desk, second))["evidence"][2] == first.reference


@pytest.mark.full
async def test_of_two_orders_none_is_guessed(desk: Desk, shop: Shop, order: Sold) -> None:
    other = await shop.sell(4_000, to=order)
    caller = await desk.caller(order)
    await caller.call("get_order", {"order_id": order.id})
    await caller.call("get_order", {"order_id": other.id})

    answer = await caller.call("refund_order", {"reason": "damaged"})

    assert (answer.status, asked([answer])) == ("needs_input", ["order_id"])


@pytest.mark.full
async def test_an_order_that_was_misheard_is_not_known(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    await caller.call("get_order", {"order_id": "A-misheard"})
    assert asked([await caller.call("get_order")]) == ["order_id"]
    await caller.call("get_order", {"order_id": order.id})

    answer = await caller.call("get_order")

    assert (answer.status, asked([answer])) == ("done", [])


@pytest.mark.full
async def test_what_was_said_in_another_call_or_by_another_caller_is_not_known(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    first = await desk.caller(order)
    await first.call("get_order", {"order_id": order.id})
    elsewhere = await desk.caller(order)
    other = await shop.sell(4_000)

    assert asked([await elsewhere.call("get_order")]) == ["order_id"]
    await first.verify(other)  # the telephone is passed on
    await first.call("get_customer")
    assert asked([await first.call("get_order")]) == ["order_id"]


@pytest.mark.full
async def test_who_may_not_read_a_process_learns_nothing_of_it(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    await caller.refund(4_000)
    narrow = desk.agent(order=order)
    scopes = ("wf:get_order:start", "wf:get_order:read", "wf:list_work_for_call:start", "wf:list_work_for_call:read")
    narrow.token, narrow.call_id = desk.house.credentials.issue("narrow", "ai", scopes), caller.call_id

    listed = await narrow.call("list_work_for_call")

    assert listed.result == {"work": [], "known": []}
    assert asked([await narrow.call("get_order")]) == ["order_id"]


def _attached() -> dict[str, str]:
    return {"reference": "upload/photo-1", "sha256": "ab" * 32}


@pytest.mark.full
async def test_once_the_caller_has_said_yes_what_people_change_is_theirs_to_say(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    """The coverage was remembered, and the adjuster grants more than was asked for: nobody waits for another yes."""
    files = Files(shop)
    covered, _ = await files.cover_item(order, 3), await files.cover(order)
    caller = await desk.caller(order)
    await caller.call("open_claim", DAMAGE | {"coverage_id": covered.id, "settle_by": "payment"})
    another = DAMAGE | {"loss_on": f"{days_ago(2)}", "description": "Water ran into it", "evidence": [_other_photo()]}
    [first, waiting] = await agreed(caller, "open_claim", **another, settle_by="payment")
    assert (asked([first]), waiting.status) == ([], "needs_approval")
    assert (await slots(desk, waiting))["coverage_id"][0] == covered.id

    await desk.person("adjuster").decide(waiting, edits={"amount": eur(12_000)}, reason="By the photo")

    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 12_000)]


async def test_where_the_caller_can_be_called_back_stands_in_the_packet(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    body = {
        "arguments": {"order_id": order.id, "reason": "damaged", "lines": [order.lines[1]]},
        "interaction": {"call_id": caller.call_id, "callback_number": "+49 30 5550101"},
    }
    answer = Answer.model_validate(await desk.http.send("POST", "/v1/tools/refund_order", caller.token, body))
    desk.started(answer)
    nonsense = body | {"interaction": {"callback_number": "call me maybe"}}
    refused = await refusal(desk.http.send("POST", "/v1/tools/refund_order", caller.token, nonsense))

    packet = await desk.person("agent").packet(answer)
    assert packet["channel"]["callback_number"] == "+49 30 5550101"
    assert refused.status == 422


async def test_where_the_caller_can_be_called_back_is_said_once_for_all_that_he_wants(desk: Desk, order: Sold) -> None:
    """Before the number was given, after it, and in the conversation as a whole; his last word counts."""
    caller, stranger = await desk.caller(order), await desk.caller(order)
    waiting = await caller.refund(lines=[order.lines[1]])
    await _numbered(desk, caller, "get_order", {"order_id": order.id}, "+49 30 5550101")
    case = await caller.call("create_case", DAMAGED | {"order_id": order.id, "attachments": [_attached()]})
    await _numbered(desk, caller, "get_order", {"order_id": order.id}, "+49 30 5550102")
    told = (await caller.call("list_work_for_call")).result
    handed = await caller.call("hand_off", {})
    other = await stranger.refund(lines=[order.lines[2]])

    person = desk.person("agent")
    numbers = [(await person.packet(run))["channel"]["callback_number"] for run in (waiting, case, handed, other)]

    assert numbers == ["+49 30 5550102"] * 3 + [""]
    assert told
    assert [k["value"] for k in told["known"] if k["field"] == "callback_number"] == [
        "+49 30 5550101", "+49 30 5550102",
    ]  # fmt: skip


async def test_a_number_that_comes_with_the_callers_yes_is_kept(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(30_000)
    arguments = {"order_id": order.id, "reason": "damaged", "amount": eur(30_000)}

    waiting = await _numbered(desk, caller, "refund_order", arguments, "+49 30 5550101", confirm=asked.digest)

    assert (waiting.reference, waiting.status) == (asked.reference, "needs_approval")
    assert (await desk.person("agent").packet(waiting))["channel"]["callback_number"] == "+49 30 5550101"


async def _numbered(
    desk: Desk, caller: Conversation, tool: str, arguments: dict[str, Any], number: str, **more: Any
) -> Answer:
    body = {"arguments": arguments, "interaction": {"call_id": caller.call_id, "callback_number": number}} | more
    answer = Answer.model_validate(await desk.http.send("POST", f"/v1/tools/{tool}", caller.token, body))
    desk.started(answer)
    return answer


def _other_photo() -> dict[str, str]:
    return PHOTO | {"ref": "upload:3", "sha256": "c3" * 32}
