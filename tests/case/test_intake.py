"""Intake: all that is missing is asked for at once, and what is complete goes to the right team with its times."""

from typing import Any

import pytest

from tests.case.caseload import PHOTO, damaged, id_of, late, on_record, opened
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import Shop


@pytest.mark.parametrize("door", DOORS)
async def test_a_case_is_accepted_at_once_and_open_with_its_team(
    desk: Desk, shop: Shop, order: Sold, door: str
) -> None:
    caller = await desk.caller(order, door=door)

    answer = await opened(caller, late(order, description="Nobody at the depot knows it."))

    case = await on_record(shop)
    assert (case["id"], case["state"], case["queue"]) == (id_of(answer), "open", "logistics")
    assert (case["category"], case["priority"], case["order_id"]) == ("late_delivery", "normal", order.id)
    assert case["body"] == "Nobody at the depot knows it.\npromised date: 2026-11-20"
    assert case["first_response_due"] < case["resolution_due"]
    assert answer.reference in case["reference"]
    assert "logistics" in answer.say


async def test_the_same_call_again_is_the_same_case(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    first, second = await opened(caller, late(order)), await opened(caller, late(order))

    assert (first.reference, id_of(first)) == (second.reference, id_of(second))
    assert await shop.writes() == ["open_case"]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"category": "late_delivery", "subject": "Late"}, ["order_id", "facts.promised_date"]),
        ({"category": "damaged_item", "subject": "Broken"}, ["order_id", "facts.item", "facts.damage", "attachments"]),
        (
            {"category": "wrong_charge", "subject": "Charged twice", "facts": {"charged_on": "Mon", "channel": "tv"}},
            ["facts.amount_charged", "facts.channel"],
        ),
        ({"category": "question", "subject": "Opening hours", "facts": {"mood": "good"}}, ["facts.mood"]),
        ({"category": "complaint", "subject": "Rude"}, ["category"]),
        ({"category": "late_delivery", "subject": "Late", "facts": {"promised_date": " "}}, None),
    ],
    ids=["late", "damaged", "wrong word", "unknown fact", "unknown category", "blank"],
)  # fmt: skip
async def test_all_that_is_missing_is_asked_for_at_once_with_the_reason(
    desk: Desk, shop: Shop, order: Sold, given: dict[str, Any], fields: list[str] | None
) -> None:
    answer = await (await desk.caller(order)).call("create_case", given)

    assert answer.status == "needs_input"
    assert [missing.field for missing in answer.missing] == (fields or ["order_id", "facts.promised_date"])
    assert all(missing.reason.endswith(".") and missing.reason in answer.say for missing in answer.missing)
    assert await shop.writes() == []


async def test_a_fact_with_few_words_tells_which(desk: Desk, order: Sold) -> None:
    asked = damaged(order, facts={"item": "lamp", "damage": "all of it"})

    answer = await (await desk.caller(order)).call("create_case", asked)

    assert [(missing.field, missing.options) for missing in answer.missing] == [
        ("facts.damage", ["packaging", "item", "both"])
    ]


async def test_another_customers_order_is_not_known_here(desk: Desk, shop: Shop, order: Sold) -> None:
    foreign, unknown = await shop.sell(), "A-0"
    caller = await desk.caller(order)

    answers = [await caller.call("create_case", late(order) | {"order_id": id}) for id in (foreign.id, unknown)]

    assert [answer.missing[0].field for answer in answers] == ["order_id", "order_id"]
    assert answers[0].say.replace(foreign.id, "") == answers[1].say.replace(unknown, "")
    assert await shop.writes() == []


async def test_an_unknown_caller_is_verified_first_and_then_the_case_is_opened(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    caller = desk.agent(order=order)

    first = await caller.call("create_case", late(order))
    await caller.verify(order)
    second = await opened(caller, late(order))

    assert first.status == "needs_verification"
    assert first.reference == second.reference
    assert await shop.writes() == ["open_case"]


async def test_what_the_policy_says_is_confirmed_first(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = {"category": "privacy_request", "subject": "Erase my data", "facts": {"request": "erasure"}}

    first = await caller.call("create_case", asked)
    before = await shop.writes()
    await opened(caller, asked, confirm=first.digest)

    assert (first.status, before) == ("needs_confirmation", [])
    assert "privacy" in first.say
    assert (await on_record(shop))["queue"] == "privacy"


@pytest.mark.parametrize(
    ("kind", "asked", "given"),
    [("ai", "urgent", "high"), ("ai", "low", "normal"), ("human", "urgent", "urgent"), ("human", "low", "low")],
)
async def test_a_priority_goes_no_higher_than_the_actor_may(
    desk: Desk, shop: Shop, order: Sold, kind: str, asked: str, given: str
) -> None:
    caller = await desk.caller(order, kind=kind)

    await opened(caller, late(order, priority=asked))

    assert (await on_record(shop))["priority"] == given


async def test_evidence_is_kept_by_reference_and_hash(desk: Desk, shop: Shop, order: Sold) -> None:
    await opened(await desk.caller(order), damaged(order))

    assert (await on_record(shop))["attachments"] == [PHOTO]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"attachments": [PHOTO | {"sha256": "not a hash"}]}, "attachments.0.sha256"),
        ({"attachments": [PHOTO | {"content": "aGk="}]}, "attachments"),
        ({"attachments": [PHOTO, PHOTO]}, "create_case"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "   "}, "create_case"),
        ({"facts": {"item": "y" * 501}}, "facts.item"),
        ({"priority": "asap"}, "priority"),
        ({"queue": "duty_manager"}, "queue"),
    ],
)  # fmt: skip
async def test_a_wrong_argument_is_refused_by_its_name(
    desk: Desk, shop: Shop, order: Sold, change: dict[str, Any], field: str
) -> None:
    refused = await refusal((await desk.caller(order)).call("create_case", damaged(order) | change))

    assert refused.status == 422
    assert any(name.startswith(field) for name in refused.fields)
    assert await shop.writes() == []


async def test_cases_are_found_for_their_customer_only(desk: Desk, shop: Shop, order: Sold) -> None:
    caller, other = await desk.caller(order), await desk.caller(await shop.sell())
    mine = await opened(caller, late(order))

    found, nothing = await caller.call("find_cases"), await other.call("find_cases")
    unknown = await desk.agent().call("find_cases")

    assert found.result
    assert [case["case_id"] for case in found.result["cases"]] == [id_of(mine)]
    assert nothing.result == {"cases": []}
    assert unknown.status == "needs_verification"
