"""Two at once, systems that refuse or lose their answer, and people who work elsewhere: one wins, nothing is left."""

import asyncio

import pytest

from tests.appointment.visits import agreed, begins, hour, letters, moved, visit
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import rule
from tests.desk.shop import Shop

MONDAY, TUESDAY, WEDNESDAY = hour(1, "10:00"), hour(2, "14:00"), hour(3, "10:00")


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


async def test_of_two_who_move_one_visit_at_once_one_wins(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await agreed(shop, order, MONDAY)
    callers = [await desk.caller(order) for _ in range(2)]

    answers = await asyncio.gather(*(moved(c, at) for c, at in zip(callers, (TUESDAY, WEDNESDAY), strict=True)))
    ends = [await desk.until(answer, lambda now: now.status != "accepted") for answer in answers]

    won = [at for at, end in zip((TUESDAY, WEDNESDAY), ends, strict=True) if end.status == "done"]
    other = next(end for end in ends if end.status != "done")
    assert len(won) == 1
    assert other.status == "needs_confirmation" or rule(other) == "appointment.busy"
    assert await begins(shop, id) == won[0]
    assert len(await letters(shop)) == 1


async def test_of_two_who_want_one_hour_at_once_one_gets_it(desk: Desk, shop: Shop, order: Sold) -> None:
    sold = [order, await shop.sell()]
    ids = [await agreed(shop, one, hour(1, at)) for one, at in zip(sold, ("08:00", "10:00"), strict=True)]
    callers = [await desk.caller(one) for one in sold]

    answers = await asyncio.gather(*(moved(c, TUESDAY) for c in callers))
    ends = [await desk.end(answer) for answer in answers]

    assert [await begins(shop, id) == TUESDAY for id in ids].count(True) == 1
    assert [end.status for end in ends].count("done") == 1
    other = next(end for end in ends if end.status != "done")
    assert rule(other) == "appointment.busy" or "is taken" in other.say


async def test_who_moves_it_in_the_case_systems_own_screen_meanwhile_wins(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, MONDAY)
    await shop.fault("update_case", "slow", delay_ms=700)
    asking = asyncio.create_task(moved(caller, TUESDAY))
    await slowed_down(shop)
    await shop.write_elsewhere("PATCH", f"/cases/{id}", {"resolution_due": WEDNESDAY.isoformat()})

    end = await desk.end(await asking)

    assert end.status == "undone"
    assert "changed meanwhile" in end.say
    assert await begins(shop, id) == WEDNESDAY
    assert await letters(shop) == []


async def slowed_down(shop: Shop) -> None:
    """The write is at the case system, which has not looked at it yet."""
    seen: list[int] = []
    while not any(seen):
        seen = [fault["fired"] for fault in (await shop.admin("GET", "faults"))["data"]]


@pytest.mark.parametrize("kind", ["lost_answer", "error_after", "error_before", "no_op"])
async def test_a_change_whose_answer_is_lost_is_made_once(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation, kind: str
) -> None:
    id = await agreed(shop, order, MONDAY)
    await shop.fault("update_case", kind)

    assert (await desk.end(await moved(caller, TUESDAY))).status == "done"
    assert await begins(shop, id) == TUESDAY
    assert len((await visit(shop, id))["comments"]) == len(await letters(shop)) == 1


async def test_a_refused_change_leaves_everything_as_it_was(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    await agreed(shop, order, MONDAY)
    before = await shop.state()
    await shop.fault("update_case", "refuse", code="case_locked")

    end = await desk.end(await moved(caller, TUESDAY))
    again = await moved(await desk.caller(order), TUESDAY)

    assert rule(end) == "system.rejected"
    assert "case locked" in end.say
    assert (await desk.end(again)).status == "done"
    assert before["cases"][0]["resolution_due"] != (await shop.state())["cases"][0]["resolution_due"]


async def test_withdrawn_before_its_end_it_is_moved_back(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, MONDAY)
    before = await visit(shop, id)
    await shop.fault("send_message", "rate_limited", times=None, retry_after_s=0.1)
    stuck = await desk.until(await moved(caller, TUESDAY), lambda now: "delayed" in now.say)
    at = await begins(shop, id)
    await caller.say(stuck, "withdraw")

    end = await desk.end(stuck)

    assert (at, end.status) == (TUESDAY, "undone")
    after = await visit(shop, id)
    assert {name for name in after if after[name] != before[name]} == {"comments", "version"} & set(after)


async def test_a_customer_who_cannot_be_written_to_has_his_visit_moved_all_the_same(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, MONDAY)
    await shop.fault("send_message", "refuse", code="unknown_address")

    end = await desk.end(await moved(caller, TUESDAY))

    assert (end.status, end.result and end.result["told"]) == ("done", "")
    assert await begins(shop, id) == TUESDAY
    assert "unknown address" in str((await desk.person("agent").packet(end))["notes"])
