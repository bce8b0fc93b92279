"""Who has taken a run over gives it to his colleagues: it stays with people, and the answer lists how to have it."""

from typing import Any

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Person
from tests.desk.refusals import refusal


async def test_a_released_run_can_be_taken_over_by_a_colleague(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    await ana.say(asked, "take_over")

    released = await ana.say(asked, "release", note="My shift ends.")
    assert {"take_over", "claim"} <= set(released.next)
    assert not {"hand_back", "retry", "release"} & set(released.next)
    assert released.say == "A colleague will go on with this; all that was said so far is passed on."
    assert (await refusal(caller.say(asked, "confirm", digest=asked.digest))).rule == "owner.person"
    await ben.say(asked, "take_over")
    await ben.say(asked, "hand_back")

    back = await desk.later(asked, "needs_confirmation")
    assert (await caller.confirm(back)).status == "done"


async def test_once_the_lease_is_over_taking_over_is_listed_again(desk: Desk, order: Sold) -> None:
    asked = await (await desk.caller(order)).refund(4_000)
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    held = await ana.say(asked, "take_over", lease_s=60)
    assert "take_over" not in held.next

    await desk.skip(asked, minutes=2)

    assert "take_over" in (await desk.until(held, lambda now: now.revision > held.revision)).next
    await ben.say(asked, "take_over")
    assert (await ben.packet(asked))["owner"] == "ben"


async def test_once_the_lease_is_over_the_inbox_shows_it_as_free(desk: Desk, order: Sold) -> None:
    """And a handoff is due again, so that somebody takes it."""
    asked = await (await desk.caller(order)).refund(4_000)
    ana = desk.person("agent", name="ana")
    await ana.say(asked, "hand_off")
    await ana.say(asked, "take_over", lease_s=60)
    while (await row(ana, asked))["owner"] != "ana":
        pass  # visibility follows the run within moments
    [mine] = await ana.inbox(owner="ana", customer=order.customer)

    await desk.skip(asked, minutes=2)

    while (now := await row(ana, asked))["owner"] or not now["due_at"]:
        pass
    assert mine["reference"] == asked.reference
    assert await ana.inbox(owner="ana", customer=order.customer) == []


async def row(person: Person, asked: Answer) -> dict[str, Any]:
    """Of this run in the inbox."""
    while True:
        found = [item for item in await person.inbox(limit="500") if item["reference"] == asked.reference]
        if found:
            return found[0]


async def test_what_waits_for_nobody_is_not_claimed(desk: Desk, order: Sold) -> None:
    asked = await (await desk.caller(order)).refund(4_000)

    assert "claim" not in asked.next
    assert (await refusal(desk.person("agent").say(asked, "claim"))).rule == "claim.nothing"


async def test_once_money_is_on_its_way_neither_withdrawing_nor_amending_is_listed(desk: Desk, order: Sold) -> None:
    await desk.shop.settings(settle_after_s=3_600)
    sent = await (await desk.caller(order)).refund(1_200, wait_s=0.1)

    now = await desk.until(sent, lambda now: "being settled" in now.say)

    assert not {"withdraw", "amend"} & set(now.next)
