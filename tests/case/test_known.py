"""What is known already is not opened twice: it is joined, told as related, or opened again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.case.caseload import PHOTO, damaged, id_of, in_the_case_system, late, on_record, opened, texts
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop


async def resolved(shop: Shop, order: Sold, days_ago: float, **more: Any) -> str:
    """A case of this order that was resolved so long ago."""
    at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    case = {
        "id": f"case-{order.id}", "subject": "My parcel is late", "state": "resolved", "customer_id": order.customer,
        "order_id": order.id, "queue": "logistics", "category": "late_delivery", "priority": "high",
        "created_at": at, "resolved_at": at,
    }  # fmt: skip
    document = await shop.state()
    document["cases"].append(case | more)
    await shop.admin("PUT", "dataset", document)
    return str(case["id"])


async def test_what_is_known_is_joined_and_nothing_is_opened(desk: Desk, shop: Shop, order: Sold) -> None:
    first = await opened(await desk.caller(order), late(order))
    await shop.admin("DELETE", "log")

    again = late(order, "The parcel was late again", description="Day five.", attachments=[PHOTO])
    answer = await (await desk.caller(order)).call("create_case", again)

    assert (answer.status, answer.terminal) == ("done", True)
    assert id_of(first) in answer.say
    assert answer.result
    assert answer.result["joined"] is True
    assert await shop.writes() == ["comment_case"]
    case = await on_record(shop, id_of(first))
    assert "Day five." in case["comments"][0]["text"]
    assert case["attachments"] == [PHOTO]


@pytest.mark.parametrize("differs", ["order", "category", "subject"])
async def test_another_thing_is_a_case_of_its_own(desk: Desk, shop: Shop, order: Sold, differs: str) -> None:
    caller = await desk.caller(order)
    one = damaged(order) if differs == "subject" else late(order)
    other = {
        "order": late(await shop.sell(to=order)), "category": damaged(order, subject="Parcel is late"),
        "subject": damaged(order, subject="Courier kicked the box"),
    }[differs]  # fmt: skip

    first, second = await opened(caller, one), await opened(caller, other)

    assert id_of(first) != id_of(second)


async def test_related_cases_are_told_and_linked(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await opened(caller, late(order))

    second = await opened(caller, damaged(order))

    assert second.result
    assert second.result["related"] == [id_of(first)]
    assert (await on_record(shop, id_of(second)))["links"] == [id_of(first)]


async def test_a_case_resolved_lately_is_opened_again(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await resolved(shop, order, days_ago=3)

    answer = await opened(await desk.caller(order), late(order, description="It came back."))

    assert (id_of(answer), answer.result and answer.result["state"]) == (id, "open")
    case = await on_record(shop)
    assert (case["state"], case["resolved_at"], case["priority"]) == ("open", None, "high")
    assert case["first_response_due"]
    assert "It came back." in case["comments"][0]["text"]
    assert await shop.writes() == ["update_case"]


async def test_after_the_window_it_is_a_new_case_that_knows_the_old_one(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await resolved(shop, order, days_ago=15)

    answer = await opened(await desk.caller(order), late(order))

    assert id_of(answer) != id
    assert (await on_record(shop, id))["state"] == "resolved"
    assert (await on_record(shop, id_of(answer)))["links"] == [id]


async def test_a_withdrawn_case_is_not_opened_again(desk: Desk, shop: Shop, order: Sold) -> None:
    id = await resolved(shop, order, days_ago=1, state="withdrawn")

    answer = await opened(await desk.caller(order), late(order))

    assert id_of(answer) != id


async def test_what_was_merged_is_joined_where_it_went(desk: Desk, shop: Shop, order: Sold) -> None:
    into = await opened(await desk.caller(order), late(order, "Two parcels of one order are missing"))
    await resolved(shop, order, days_ago=1, merged_into=id_of(into))

    answer = await (await desk.caller(order)).call("create_case", late(order))

    assert answer.status == "done"
    assert id_of(answer) == id_of(into)
    assert len(await texts(shop, id_of(into))) == 1


async def test_two_who_call_at_once_about_the_same_get_one_case(desk: Desk, shop: Shop, order: Sold) -> None:
    callers = [await desk.caller(order) for _ in range(4)]

    subjects = ("Parcel is late", "My parcel is late", "The parcel is late", "Late parcel")
    asked = [c.call("create_case", late(order, subject)) for c, subject in zip(callers, subjects, strict=True)]
    answers = await asyncio.gather(*asked)
    ended = [await desk.until(answer, lambda now: bool(now.result)) for answer in answers]

    assert len((await shop.state())["cases"]) == 1
    assert sorted(answer.status for answer in ended) == ["accepted", "done", "done", "done"]
    assert len(await texts(shop)) == 3


async def test_a_case_closed_meanwhile_by_the_team_is_opened_again(desk: Desk, shop: Shop, order: Sold) -> None:
    first = await opened(await desk.caller(order), late(order))
    await in_the_case_system(shop, id_of(first), state="resolved")

    second = await opened(await desk.caller(order), late(order))

    assert id_of(second) == id_of(first)
    assert second.reference != first.reference
