"""Who took an account over changes what is on record first, and asks for the money then: that is held up for some days.
A customer whose record was changed long ago, or whose money goes back to what paid, notices nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.answers import Answer
from domain.cooling import Contact, CoolingOff, contact_entry, recent
from domain.policies import RefundPolicy
from domain.policy_changes import Direction, changes
from handrail.limits import LimitBook
from tests.claim.claimant import claimant
from tests.claim.covered import Files
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.domain.refund_facts import NOW, SHIPPED
from tests.order_change.store import ELSEWHERE, back, changed, order, sell
from tests.policies.annex import annexed
from tests.policies.documents import copied, edited
from tests.step_up.outbox import codes, outbox, record_phone, step_up

THIEF = "ada.lind@thief.example"


async def change(shop: Shop, sold: Sold, **contacts: Any) -> None:
    """Somebody works in the CRM's own screen."""
    await shop.write_elsewhere("PATCH", f"/crm/customers/{sold.customer}", contacts)


async def long_ago(shop: Shop, sold: Sold, *contacts: str, days: float = 30) -> None:
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    await shop.admin("PUT", "contact-changes", {sold.customer: dict.fromkeys(contacts, at)})


async def taken_over(desk: Desk, shop: Shop, sold: Sold) -> Conversation:
    """A thief has put his own e-mail address on record, and is verified by it."""
    await change(shop, sold, email=THIEF)
    return await desk.caller(replace(sold, email=THIEF))


async def vouched(desk: Desk, caller: Conversation, answer: Answer, level: int = 2) -> Answer:
    """Somebody at the desk believes him; then the caller says yes again."""
    await desk.person("agent").say(answer, "verify", level=level, method="called back")
    now = await desk.until(answer, lambda now: now.status != "needs_verification")
    return await caller.confirm(now) if now.status == "needs_confirmation" else now


async def test_a_code_does_not_go_to_an_address_that_was_put_on_record_just_now(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    thief = await taken_over(desk, shop, order)

    answer = await step_up(thief)

    assert (answer.status, rule(answer)) == ("denied", "step_up.cooling_off")
    assert "e-mail address on record was changed" in answer.say
    assert await outbox(shop) == []


async def test_another_channel_that_stood_on_record_before_is_offered(desk: Desk, shop: Shop, order: Sold) -> None:
    await record_phone(shop, order)
    caller = await taken_over(desk, shop, order)

    asked = await step_up(caller)
    by_text = await step_up(caller, "sms")

    assert asked.status == "needs_input"
    assert asked.missing[0].options == ["sms"]
    assert by_text.status == "needs_verification"
    assert [message["channel"] for message in await outbox(shop)] == ["sms"]


async def test_new_address_code_gift_card_is_blocked_at_each_turn(desk: Desk, shop: Shop, order: Sold) -> None:
    """The attack as it is made: each step of it fails by itself, also when the one before is overcome."""
    thief = await taken_over(desk, shop, order)
    asked = await thief.refund(1_200, to="stored_value")
    code = await step_up(thief)
    after = await vouched(desk, thief, asked)

    assert asked.status == "needs_verification"
    assert rule(code) == "step_up.cooling_off"
    assert after.status == "needs_approval"
    assert "e-mail address on record was changed" in after.say
    assert "money to another instrument needs 1 approval by supervisor" in after.say
    assert await shop.refunded(order) == []

    await desk.person("supervisor").decide(after, "reject", reason="The customer knows nothing of it")
    assert (await desk.end(after)).status == "denied"
    assert await shop.refunded(order) == []
    assert await codes(shop) == []


async def test_what_a_person_approves_after_a_look_is_done(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await taken_over(desk, shop, order)
    held = await vouched(desk, caller, await caller.refund(1_200, to="stored_value"))

    await desk.person("supervisor").decide(held)

    assert (await desk.end(held)).status == "done"
    assert await shop.refunded(order) == [(order.gift_card, 1_200)]


async def test_an_approval_after_a_change_counts_for_no_amount_and_for_no_later_change(desk: Desk, shop: Shop) -> None:
    """Two questions: is it him, and may it be so much. And what is changed since was not looked at."""
    sold = await shop.sell(30_000)
    caller = await taken_over(desk, shop, sold)
    first = await vouched(desk, caller, await caller.refund(20_000, to="stored_value"))
    await change(shop, sold, phone="+49 30 666")
    await desk.person("supervisor").decide(first)
    second = await desk.until(first, lambda now: "telephone number" in now.say)
    await desk.person("supervisor").decide(second)
    third = await desk.until(second, lambda now: "Refunds above" in now.say)

    assert "e-mail address on record was changed" in first.say
    assert third.status == "needs_approval"
    assert await shop.refunded(sold) == []


async def test_who_is_verified_as_surely_as_the_policy_wants_is_not_held_up(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await taken_over(desk, shop, order)

    answer = await vouched(desk, caller, await caller.refund(1_200, to="stored_value"), level=3)

    assert (await desk.end(answer)).status == "done"


async def test_money_back_to_what_paid_is_never_held_up(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await taken_over(desk, shop, order)

    assert (await caller.refund(1_200)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


@pytest.mark.parametrize("contact", ["email", "phone", "address"])
async def test_a_good_customer_who_changed_it_last_month_is_not_held_up(
    desk: Desk, shop: Shop, order: Sold, contact: str
) -> None:
    await long_ago(shop, order, contact)
    caller = await desk.caller(order)
    asked = await caller.refund(1_200, to="stored_value")

    code = await step_up(caller)
    answer = await vouched(desk, caller, asked)

    assert code.status == "needs_verification"
    assert (await desk.end(answer)).status == "done"


async def test_a_gift_card_that_came_to_the_customer_today_is_a_new_destination(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    state = await shop.state()
    for instrument in state["instruments"]:
        if instrument["id"] == order.gift_card:
            instrument["added_at"] = datetime.now(UTC).isoformat()
    await shop.admin("PUT", "dataset", state)
    caller = await desk.caller(order)

    held = await vouched(desk, caller, await caller.refund(1_200, to="stored_value"))

    assert held.status == "needs_approval"
    assert "The instrument on record was changed" in held.say


async def test_a_return_to_stored_value_and_a_delivery_elsewhere_are_held_up(desk: Desk, shop: Shop) -> None:
    bought = await sell(shop, status="delivered")
    coming = await sell(shop, to=bought)
    thief = await taken_over(desk, shop, bought)
    gift = {"order_id": bought.id, "lines": bought.lines[:1], "instrument_id": bought.gift_card}

    returned = await changed(thief, "return_items", **gift)
    moved = await changed(thief, "change_delivery_address", order_id=coming.id, address=ELSEWHERE)
    home = await changed(await desk.caller(replace(bought, email=THIEF)), "return_items", order_id=bought.id,
                         lines=bought.lines[:1])  # fmt: skip

    assert [returned.status, moved.status] == ["needs_approval", "needs_approval"]
    assert "delivery to another address needs 1 approval" in moved.say
    assert (await order(shop, coming))["address"] is None
    assert home.status == "done"
    assert await back(shop, bought) == [(bought.instruments[0], 4_000)]


async def test_who_moves_house_changes_record_and_order_in_one_call(desk: Desk, shop: Shop) -> None:
    sold = await sell(shop)
    caller = await desk.caller(sold)

    record = await changed(caller, "update_customer_address", address=ELSEWHERE)
    moved = await changed(caller, "change_delivery_address", order_id=sold.id, address=ELSEWHERE)

    assert (record.status, moved.status) == ("done", "done")


@pytest.mark.parametrize("crm_tells", [True, False])
async def test_a_change_made_through_us_counts_whether_the_crm_tells_of_it_or_not(
    desk: Desk, shop: Shop, crm_tells: bool
) -> None:
    sold = await sell(shop, status="delivered")
    await shop.settings(tells_contact_changes=crm_tells)
    caller = await desk.caller(sold)
    assert (await changed(caller, "update_customer_address", address=ELSEWHERE)).status == "done"

    held = await vouched(desk, caller, await caller.refund(1_200, to="stored_value"))

    assert held.status == "needs_approval"
    assert "The address on record was changed" in held.say


async def test_a_change_that_was_taken_back_is_none(desk: Desk, shop: Shop) -> None:
    """The book forgets it with the step."""
    sold = await sell(shop, status="delivered")
    await shop.settings(tells_contact_changes=False)
    caller = await desk.caller(sold)
    await shop.fault("update_customer", "refuse", code="not_today", message="Not today.")
    undone = await desk.end(await changed(caller, "update_customer_address", address=ELSEWHERE))

    answer = await vouched(desk, caller, await caller.refund(1_200, to="stored_value"))

    assert undone.status == "undone"
    assert (await desk.end(answer)).status == "done"


async def test_a_claim_is_paid_to_another_instrument_only_after_a_look(desk: Desk, shop: Shop, order: Sold) -> None:
    files = Files(shop)
    covered = await files.cover(order)
    await change(shop, order, email=THIEF)
    caller = await claimant(desk, replace(covered, sold=replace(order, email=THIEF)))
    asked = await caller.report(10_000, instrument_id=order.gift_card)
    await desk.person("agent").say(asked, "verify", level=2, method="called back")
    await desk.until(asked, lambda now: now.status == "needs_confirmation")

    held = await caller.confirmed(await caller.again())
    held = await desk.until(held, lambda now: now.status == "needs_approval")

    assert "money to another instrument needs 1 approval by claims_manager" in held.say
    assert await files.paid_out(covered) == []
    await desk.person("claims_manager").decide(held)
    assert (await desk.end(held)).status == "done"
    assert await files.paid_out(covered) == [(order.gift_card, 10_000)]


async def test_without_anybody_who_may_approve_it_the_caller_must_be_verified_more_surely(
    desk: Desk, shop: Shop, order: Sold, temporal_address: str, tmp_path: Path
) -> None:
    folder = edited(copied(tmp_path / "p"), "level: 3, roles: [supervisor]", "level: 3")
    async with annexed(desk, temporal_address, tmp_path, policies=folder) as annex:
        thief = await taken_over(annex, shop, order)
        asked = await thief.refund(1_200, to="stored_value")
        await annex.person("agent").say(asked, "verify", level=2, method="called back")
        held = await annex.until(asked, lambda now: "level 3" in now.say)
        done = await annex.end(await vouched(annex, thief, held, level=3))

    assert (held.status, held.methods) == ("needs_verification", ["app", "attested"])
    assert done.status == "done"


@pytest.mark.parametrize(
    ("hours", "after", "counts"),
    [
        (1, ["email"], True),
        (71.9, ["email"], True),
        (72, ["email"], False),
        (1, ["phone", "address", "instrument"], False),
    ],
)
def test_it_counts_for_so_long_after_what_the_policy_names(hours: float, after: list[str], counts: bool) -> None:
    policy = CoolingOff.model_validate({"lasts": "P3D", "after": after})
    changed_at = {"email": NOW - timedelta(hours=hours), "fax": NOW}

    assert (recent(changed_at, policy, NOW) is not None) is counts


def test_the_youngest_of_several_changes_is_told() -> None:
    times = {"email": NOW - timedelta(hours=2), "address": NOW - timedelta(hours=1)}

    found = recent(times, CoolingOff(lasts=timedelta(days=1)), NOW)

    assert found
    assert (found.of, found.until) == (Contact.ADDRESS, NOW + timedelta(hours=23))


@pytest.mark.parametrize(
    "words",
    [None, {"lasts": "P2D"}, {"level": 2}, {"after": ["email"]}, {"roles": ["supervisor", "agent"]}],
    ids=str,
)
def test_a_shorter_or_weaker_cooling_off_is_wider(words: dict[str, Any] | None) -> None:
    assert SHIPPED.cooling_off
    said = words and SHIPPED.cooling_off.model_dump() | words
    other = RefundPolicy.model_validate(SHIPPED.model_dump() | {"cooling_off": said})

    there, back_again = changes(SHIPPED, other), changes(other, SHIPPED)

    assert [(change.what, change.direction) for change in there] == [("cooling-off", Direction.WIDER)]
    assert [change.direction for change in back_again] == [Direction.NARROWER]


async def test_the_book_tells_when_a_bucket_was_used_last(desk: Desk) -> None:
    book = LimitBook(desk.house.settings.database)
    entry = contact_entry("C-book", Contact.ADDRESS)
    for holder, ago in (("book-1", 3), ("book-2", 2), ("book-3", 1)):
        await book.reserve(holder, [entry], now=NOW)
        if holder != "book-3":
            await book.commit(holder, now=NOW - timedelta(hours=ago))
    reserved = await book.last_uses([entry.bucket, "contact:none"], now=NOW)
    await book.release("book-3")

    assert reserved == {entry.bucket: NOW}
    assert await book.last_uses([entry.bucket], now=NOW) == {entry.bucket: NOW - timedelta(hours=2)}
