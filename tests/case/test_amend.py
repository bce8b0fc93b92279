"""Its caller changes his mind: before it is opened it is judged anew; with its team the case itself changes."""

import pytest

from tests.case.caseload import damaged, id_of, late, on_record, opened, texts, told
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import Shop


async def test_before_it_is_opened_it_is_judged_anew(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await caller.call(
        "create_case", {"category": "privacy_request", "subject": "My data", "facts": {"request": "access"}}
    )

    await caller.say(first, "amend", arguments={"facts": {"request": "erasure"}})
    now = await desk.until(first, lambda now: now.digest not in ("", first.digest))
    await caller.say(now, "confirm", digest=now.digest)
    await desk.until(now, lambda now: bool(now.result))

    assert (first.status, now.status) == ("needs_confirmation", "needs_confirmation")
    assert (await on_record(shop))["body"] == "request: erasure"
    assert await shop.writes() == ["open_case"]


async def test_with_its_team_the_case_itself_changes_and_keeps_what_was(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    case = await opened(caller, late(order))

    new = {"subject": "Parcel is lost", "priority": "high", "facts": {"promised_date": "2026-11-18"}}
    await caller.say(case, "amend", arguments=new)
    answer = await told(desk, case, subject="Parcel is lost", priority="high")

    record = await on_record(shop, id_of(case))
    assert (id_of(answer), record["state"], record["subject"]) == (id_of(case), "open", "Parcel is lost")
    assert record["queue"] == "logistics"
    assert case.result
    assert answer.result
    assert answer.result["resolution_due"] < case.result["resolution_due"]
    [comment] = await texts(shop)
    assert comment.splitlines()[1:] == [
        "subject: Parcel is late -> Parcel is lost", "priority: nothing -> high",
        "promised date: 2026-11-20 -> 2026-11-18",
    ]  # fmt: skip
    assert await shop.writes() == ["open_case", "update_case"]
    assert answer.effect
    assert answer.effect.details["facts"] == {"promised_date": "2026-11-18"}


async def test_another_category_is_another_teams(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    case = await opened(caller, late(order))
    other = damaged(order)

    await caller.say(case, "amend", arguments={name: other[name] for name in ("category", "facts", "attachments")})
    await told(desk, case, category="damaged_item", queue="returns", priority="high")

    record = await on_record(shop)
    assert (record["category"], record["queue"], record["attachments"]) == (
        "damaged_item", "returns", other["attachments"],
    )  # fmt: skip


async def test_taken_back_after_it_was_changed_it_is_what_it_was_before(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await opened(caller, late(order))
    await desk.person("agent").say(first, "resolve")
    await desk.end(first)
    again = await opened(caller, late(order, "Parcel is late again"))
    await caller.say(again, "amend", arguments={"priority": "high", "subject": "Parcel never came"})
    await told(desk, again, priority="high")

    await caller.say(again, "withdraw")

    assert (await desk.end(again)).status == "undone"
    record = await on_record(shop)
    assert (record["state"], record["priority"], record["subject"]) == ("resolved", "normal", "Parcel is late")


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        ({"facts": {}}, "amend.arguments"),
        ({"category": "damaged_item"}, "amend.arguments"),
        ({"category": "nothing"}, "amend.arguments"),
        ({"subject": ""}, "amend.arguments"),
        ({"order_id": None}, "amend.arguments"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changes(
    desk: Desk, shop: Shop, order: Sold, wish: dict[str, object], rule: str
) -> None:
    caller = await desk.caller(order)
    case = await opened(caller, late(order))

    refused = await refusal(caller.say(case, "amend", arguments=wish))

    assert (refused.status, refused.rule) == (409, rule)
    assert refused.body["detail"]
    assert await shop.writes() == ["open_case"]


async def test_about_another_order_it_is_another_case(desk: Desk, shop: Shop, order: Sold) -> None:
    caller, other = await desk.caller(order), await shop.sell(to=order)
    case = await opened(caller, late(order))

    await caller.say(case, "amend", arguments={"order_id": other.id})
    answer = await told(desk, case, order_id=other.id)

    assert id_of(answer) != id_of(case)
    assert (await on_record(shop, id_of(case)))["state"] == "withdrawn"
    assert (await on_record(shop, id_of(answer)))["state"] == "open"


async def test_what_the_case_system_refuses_to_change_is_taken_back_and_opened_anew(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = await desk.caller(order)
    case = await opened(caller, late(order))
    await shop.fault("update_case", "refuse", 1, code="not_today", message="Not today.")

    await caller.say(case, "amend", arguments={"subject": "Parcel is lost"})
    answer = await told(desk, case, subject="Parcel is lost")

    assert id_of(answer) != id_of(case)
    assert [record["state"] for record in (await shop.state())["cases"]] == ["withdrawn", "open"]


async def test_while_it_is_being_closed_it_is_too_late(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    case = await opened(caller, late(order))
    await shop.fault("update_case", "slow", 1, delay_ms=1_500)

    await desk.person("agent", name="ana").say(case, "resolve")
    refused = await refusal(caller.say(case, "amend", arguments={"subject": "Parcel is lost"}))

    assert refused.rule == "amend.too_late"
    assert "human Ana is closing case" in str(refused.body["detail"])
    assert (await desk.end(case)).status == "done"
