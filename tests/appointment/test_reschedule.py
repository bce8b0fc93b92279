"""A caller moves the visit of a technician: to a free hour, in time, and not for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.business_time import spoken
from tests.appointment.visits import ZONE, agreed, begins, hour, letters, moved, visit
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import rule
from tests.desk.shop import Shop

MONDAY, TUESDAY = hour(1, "10:00"), hour(2, "14:00")


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.mark.parametrize("door", DOORS)
async def test_a_caller_moves_his_visit_and_is_written_to(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    id = await agreed(shop, order, MONDAY)
    caller = await desk.caller(order, door=door)

    asked = await caller.call("reschedule_appointment", {"start": TUESDAY.isoformat()})
    before = await begins(shop, id)
    done = await desk.end(await moved(caller, TUESDAY))

    when = spoken(TUESDAY, ZONE.key)
    assert (asked.status, before) == ("needs_confirmation", MONDAY)
    assert when in asked.say
    assert "Gartenstrasse 1" in asked.say
    assert (done.status, done.say) == ("done", f"Done: your appointment is on {when}.")
    assert await begins(shop, id) == TUESDAY
    record = await visit(shop, id)
    assert [record["owner"], record["state"]] == ["Ben", "open"]
    assert record["comments"][-1]["text"].startswith(f"Moved to {when} at the customer's request.")
    assert [when in letter for letter in await letters(shop)] == [True]
    assert done.result
    assert "ada" not in str(done.result["told"])


async def test_an_hour_without_an_offset_is_local_time(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await agreed(shop, order, MONDAY)

    done = await desk.end(await moved(await desk.caller(order), TUESDAY.replace(tzinfo=None)))

    assert done.status == "done"
    assert await begins(shop, id) == TUESDAY


async def test_asked_again_it_is_one_change(desk: Desk, shop: Shop, order: Sold, caller: Conversation) -> None:
    id = await agreed(shop, order, MONDAY)
    done = await desk.end(await moved(caller, TUESDAY))

    again = await caller.call("reschedule_appointment", {"start": TUESDAY.isoformat()})

    assert again == done
    assert len((await visit(shop, id))["comments"]) == 1
    assert rule(await moved(await desk.caller(order), TUESDAY)) == "appointment.same_time"


async def test_a_time_that_is_taken_is_told_with_those_that_are_free(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    neighbour = await shop.sell()
    await agreed(shop, neighbour, hour(2, "13:30"))
    id = await agreed(shop, order, MONDAY)

    refused = await moved(caller, TUESDAY)
    offers = refused.missing[0].options
    done = await desk.end(await moved(caller, offers[-1]))

    assert (refused.status, refused.missing[0].field) == ("needs_input", "start")
    assert "is taken" in refused.say
    assert offers == [hour(2, at).isoformat(timespec="minutes") for at in ("08:00", "10:00")] + [
        hour(3, "08:00").isoformat(timespec="minutes")
    ]
    assert done.status == "done"
    assert await begins(shop, id) == hour(3, "08:00")


async def test_another_technicians_day_is_no_hindrance(desk: Desk, shop: Shop, order: Sold) -> None:
    await agreed(shop, await shop.sell(), TUESDAY, technician="Eva")
    await agreed(shop, order, MONDAY)

    assert (await desk.end(await moved(await desk.caller(order), TUESDAY))).status == "done"


async def test_which_of_two_is_asked_and_not_guessed(desk: Desk, shop: Shop, order: Sold, caller: Conversation) -> None:
    ids = [await agreed(shop, order, MONDAY, n=1), await agreed(shop, order, hour(3, "10:00"), n=2)]

    asked = await moved(caller, TUESDAY)
    done = await desk.end(await moved(caller, TUESDAY, appointment_id=ids[1]))

    assert [(m.field, m.options) for m in asked.missing] == [("appointment_id", ids)]
    assert done.status == "done"
    assert [await begins(shop, id) for id in ids] == [MONDAY, TUESDAY]


async def test_nobody_moves_or_learns_of_anothers_visit(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, await shop.sell(), MONDAY)

    answers = [await moved(caller, TUESDAY, appointment_id=name) for name in (id, "V-no-such")]

    assert {answer.status for answer in answers} == {"needs_input"}
    assert answers[0].say.replace(id, "V-no-such") == answers[1].say
    assert await begins(shop, id) == MONDAY


async def test_an_unverified_caller_moves_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    await agreed(shop, order, MONDAY)

    asked = await desk.agent().call("reschedule_appointment", {"start": TUESDAY.isoformat()})

    assert (asked.status, asked.missing) == ("needs_verification", [])


async def test_at_short_notice_a_person_decides(desk: Desk, shop: Shop, order: Sold, caller: Conversation) -> None:
    id = await agreed(shop, order, datetime.now(UTC) + timedelta(hours=23))

    waiting = await moved(caller, TUESDAY)
    held_back = await begins(shop, id)
    await desk.person("supervisor").decide(waiting)
    done = await desk.end(waiting)

    assert (waiting.status, held_back != TUESDAY) == ("needs_approval", True)
    assert "less than 24 hours" in waiting.say
    assert done.status == "done"
    assert await begins(shop, id) == TUESDAY


async def test_a_person_who_says_no_leaves_it_as_it_is(
    desk: Desk, shop: Shop, order: Sold, caller: Conversation
) -> None:
    id = await agreed(shop, order, datetime.now(UTC) + timedelta(hours=23))
    waiting = await moved(caller, TUESDAY)
    await desk.person("supervisor").decide(waiting, "reject", reason="other")

    assert rule(await desk.end(waiting)) == "gate.rejected"
    assert await begins(shop, id) != TUESDAY
    assert await letters(shop) == []


async def test_no_more_often_than_the_policy_says(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await agreed(shop, order, MONDAY)
    days = [hour(n, "10:00") for n in (2, 3, 4, 5)]

    ends = [await desk.end(await moved(await desk.caller(order), day)) for day in days]

    assert [end.status for end in ends] == ["done", "done", "done", "denied"]
    assert rule(ends[-1]) == "appointment.moves"
    assert await begins(shop, id) == days[2]
