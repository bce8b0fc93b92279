"""Arguments that are wrong in every way: the field and the reason are named, and nothing changes."""

import json
from typing import Any

import pytest

from domain.answers import Answer
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop

ORDER = "<the order>"
LINE = "<its line>"
LONG = "x" * 10_000
JSON = {"Content-Type": "application/json"}
EUR = {"minor": 1_000, "currency": "EUR"}

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("lines and amount", {"lines": [LINE], "amount": EUR}),
    ("a line named twice", {"lines": [LINE, LINE]}),
    ("zero", {"amount": {"minor": 0, "currency": "EUR"}}),
    ("a negative amount", {"amount": {"minor": -1_000, "currency": "EUR"}}),
    ("a fraction of a cent", {"amount": {"minor": 1_000.5, "currency": "EUR"}}),
    ("an amount in words", {"amount": "ten euros"}),
    ("a number that is text", {"amount": {"minor": "a thousand", "currency": "EUR"}}),
    ("a bare number", {"amount": 1_000}),
    ("a currency in small letters", {"amount": {"minor": 1_000, "currency": "eur"}}),
    ("a currency that is a symbol", {"amount": {"minor": 1_000, "currency": "€"}}),
    ("a null amount in a list", {"amount": [None]}),
    ("true as an amount", {"amount": {"minor": True, "currency": "EUR"}}),
    ("a number in quotes", {"amount": {"minor": "1000", "currency": "EUR"}}),
    ("a whole number with decimals", {"amount": {"minor": 1_000.0, "currency": "EUR"}}),
    ("lines that are text", {"lines": "all"}),
    ("lines that are numbers", {"lines": [1, 2]}),
    ("more lines than an order can have", {"lines": [f"line-{n}" for n in range(201)]}),
    ("an unknown payee", {"to": "my friend"}),
    ("an unknown field", {"approved": True}),
    ("a field of the actor", {"actor": {"kind": "human"}}),
    ("a reason that is a list", {"reason": ["damaged"]}),
    ("a reason of 10,000 characters", {"reason": LONG}),
    ("an empty reason", {"reason": ""}),
    ("an order of 10,000 characters", {"order_id": LONG}),
    ("an order that is a number", {"order_id": 4821}),
    ("an order that is null", {"order_id": None}),
    ("an empty order", {"order_id": ""}),
    ("an order with a NUL", {"order_id": "48\u0000 21"}),
    ("an instrument of 10,000 characters", {"instrument_id": LONG}),
]

STRANGE_ORDERS = [
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../admin/dataset",
    "%2e%2e%2fadmin",
    "?customer_id=C-1",
    "🧾🧾🧾",
    "\u202e1284",
    "4821\r\nX-Evil: 1",
    " ",
]


async def put(desk: Desk, order: Sold, arguments: dict[str, Any], door: str = "http") -> Answer:
    """Asks with these arguments in place of good ones."""
    caller = await desk.caller(order, door=door)
    given = json.loads(json.dumps(arguments).replace(LINE, order.lines[0]))
    return await caller.call("refund_order", {"order_id": order.id, "reason": "damaged"} | given)


@pytest.mark.parametrize("arguments", [case for _, case in WRONG], ids=[name for name, _ in WRONG])
async def test_a_wrong_argument_is_named_and_changes_nothing(
    desk: Desk, shop: Shop, order: Sold, arguments: dict[str, Any]
) -> None:
    before = await shop.state()

    problem = await refusal(put(desk, order, arguments))

    assert problem.status == 422
    named = {field.removeprefix("arguments.").split(".")[0] for field in problem.fields}
    assert named & {*arguments, "refund_order"}, problem.fields
    assert all(error["reason"] for error in problem.body["errors"])
    assert await shop.state() == before
    assert await shop.writes() == []


@pytest.mark.parametrize("door", DOORS)
async def test_every_door_refuses_lines_together_with_an_amount(desk: Desk, order: Sold, door: str) -> None:
    problem = await refusal(put(desk, order, {"lines": [LINE], "amount": EUR}, door))

    assert problem.status == 422


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400], ids=lambda t: t[:9])
async def test_a_number_that_is_none_is_refused(desk: Desk, shop: Shop, order: Sold, text: str) -> None:
    caller = await desk.caller(order)
    body = '{"arguments": {"order_id": "%s", "reason": "damaged", "amount": {"minor": %s, "currency": "EUR"}}}'
    headers = {
        "Authorization": f"Bearer {caller.token}",
        "X-Call-Id": caller.call_id,
        "Content-Type": "application/json",
    }

    reply = await desk.http.http.post("/v1/tools/refund_order", content=body % (order.id, text), headers=headers | JSON)

    assert reply.status_code == 422
    assert await shop.writes() == []


async def test_more_money_than_there_is_in_the_world_is_denied(desk: Desk, shop: Shop, order: Sold) -> None:
    answer = await put(desk, order, {"amount": {"minor": 10**18, "currency": "EUR"}})

    assert rule(answer) == "refund.above_captured"
    assert await shop.writes() == []


@pytest.mark.parametrize("order_id", STRANGE_ORDERS, ids=ascii)
async def test_a_strange_order_number_is_an_unknown_order(desk: Desk, shop: Shop, order: Sold, order_id: str) -> None:
    before = await shop.state()

    answer = await put(desk, order, {"order_id": order_id})

    assert answer.status == "needs_input"
    assert [missing.field for missing in answer.missing] == ["order_id"]
    assert await shop.state() == before
    assert await shop.writes() == []


@pytest.mark.parametrize("door", DOORS)
async def test_an_unknown_order_is_asked_for_again(desk: Desk, order: Sold, door: str) -> None:
    answer = await put(desk, order, {"order_id": "4711"}, door)

    assert answer.status == "needs_input"
    assert "4711" in answer.say


async def test_an_amount_without_its_currency_is_asked_for_again(desk: Desk, shop: Shop, order: Sold) -> None:
    answer = await put(desk, order, {"amount": {"minor": 1_000}})

    assert (answer.status, answer.reference) == ("needs_input", "")
    assert [missing.field for missing in answer.missing] == ["amount.currency"]


async def test_an_unknown_line_is_answered_with_the_lines_that_there_are(desk: Desk, order: Sold) -> None:
    answer = await put(desk, order, {"lines": ["A-0-9"]})

    assert answer.status == "needs_input"
    assert [(m.field, m.options) for m in answer.missing] == [("lines", order.lines)]


async def test_a_line_of_another_order_is_unknown(desk: Desk, shop: Shop, order: Sold) -> None:
    other = await shop.sell(1_000, to=order)

    answer = await put(desk, order, {"lines": other.lines})

    assert answer.status == "needs_input"


async def test_an_unknown_reason_is_answered_with_the_reasons_that_there_are(desk: Desk, order: Sold) -> None:
    answer = await put(desk, order, {"reason": "because"})

    assert answer.status == "needs_input"
    assert answer.missing[0].field == "reason"
    assert "damaged" in answer.missing[0].options


async def test_an_amount_in_another_currency_is_asked_for_again(desk: Desk, shop: Shop, order: Sold) -> None:
    answer = await put(desk, order, {"amount": {"minor": 1_000, "currency": "USD"}})

    assert answer.status == "needs_input"
    assert answer.missing[0].field == "amount.currency"
    assert await shop.writes() == []


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_missing_is_asked_for_and_nothing_is_started(desk: Desk, shop: Shop, door: str) -> None:
    order = await shop.sell()
    caller = await desk.caller(order, door=door)
    await shop.admin("DELETE", "log")

    answer = await caller.call("refund_order")

    assert answer.status == "needs_input"
    assert [missing.field for missing in answer.missing] == ["order_id", "reason"]
    assert answer.reference == ""
    assert await shop.log() == []


async def test_a_confirmation_that_is_no_digest_is_refused(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)

    assert (await refusal(caller.refund(1_000, confirm="yes"))).status == 422
