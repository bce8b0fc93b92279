"""A case system that misbehaves: one case, one comment, and nothing forgotten."""

import pytest

from tests.case.caseload import id_of, late, on_record, opened, texts
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.desk.shop import Shop

RECOVERABLE = [
    "lost_answer",
    "error_after",
    "error_before",
    "garbage",
    "html",
    "wrong_shape",
    "cut",
    "rate_limited",
    "no_op",
]


@pytest.mark.parametrize("kind", RECOVERABLE)
async def test_a_case_is_opened_once(desk: Desk, shop: Shop, order: Sold, kind: str) -> None:
    await shop.fault("open_case", kind, retry_after_s=0.2)

    answer = await (await desk.caller(order)).call("create_case", late(order))
    answer = await desk.until(answer, lambda now: bool(now.result))

    assert (await on_record(shop))["id"] == id_of(answer)


@pytest.mark.parametrize("kind", RECOVERABLE)
async def test_what_is_known_is_added_once(desk: Desk, shop: Shop, order: Sold, kind: str) -> None:
    await opened(await desk.caller(order), late(order))
    await shop.fault("comment_case", kind, retry_after_s=0.2)

    answer = await (await desk.caller(order)).call("create_case", late(order, "Parcel is late still"))

    assert (await desk.end(answer)).status == "done"
    assert len(await texts(shop)) == 1


async def test_a_case_that_is_refused_is_told_and_leaves_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("open_case", "refuse", code="queue_closed")
    caller = await desk.caller(order)

    answer = await desk.end(await caller.call("create_case", late(order)))

    assert rule(answer) == "system.rejected"
    assert "queue closed" in answer.say
    assert (await shop.state())["cases"] == []
    again = await caller.call("create_case", late(order), request_id="another-try")
    assert (await desk.until(again, lambda now: bool(now.result))).status == "accepted"


async def test_a_team_closes_a_case_while_its_system_loses_the_answer(desk: Desk, shop: Shop, order: Sold) -> None:
    case = await opened(await desk.caller(order), late(order))
    await shop.fault("update_case", "lost_answer")

    await desk.person("agent").say(case, "resolve", comment="Found.")

    assert (await desk.end(case)).status == "done"
    assert await texts(shop) == ["human Agent-1: Found."]


async def test_an_unreadable_case_stays_open_and_is_looked_at_again(desk: Desk, shop: Shop, order: Sold) -> None:
    case = await opened(await desk.caller(order), late(order))
    await shop.fault("get_case", "refuse", times=1)

    await desk.skip(case, minutes=2)
    await shop.write_elsewhere("PATCH", f"/cases/{id_of(case)}", {"state": "resolved"})
    await desk.skip(case, hours=1)

    assert (await desk.end(case)).status == "done"
