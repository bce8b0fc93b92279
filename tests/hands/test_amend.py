"""The caller changes his mind: the end state is that of the last request."""

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import A_REFUND, Shop


async def test_amended_while_it_waits_the_new_effect_is_asked_for(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    await caller.say(asked, "amend", arguments={"amount": {"minor": 3_000, "currency": "EUR"}})
    now = await desk.until(asked, lambda now: now.digest not in ("", asked.digest))
    assert now.status == "needs_confirmation"
    await caller.say(now, "confirm", digest=now.digest)
    answer = await desk.end(now)

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 3_000)]


async def test_amended_after_steps_were_begun_they_are_undone_and_it_begins_anew(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=700)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)

    await caller.say(begun, "amend", arguments={"amount": {"minor": 500, "currency": "EUR"}})
    answer = await desk.end(begun)

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 500)]
    assert await shop.writes() == ["open_case", "set_mark", "clear_mark", "update_case", *A_REFUND]
    assert (await shop.cases(order), await shop.marks(order)) == (["withdrawn", "resolved"], 1)


async def test_the_first_call_repeated_means_the_amended_run(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    await caller.say(asked, "amend", arguments={"amount": {"minor": 3_000, "currency": "EUR"}})

    again = await caller.again()

    assert again.reference == asked.reference


async def test_a_wrong_amendment_is_refused_and_changes_nothing(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)

    refused = await refusal(caller.say(asked, "amend", arguments={"amount": {"minor": -1, "currency": "EUR"}}))

    assert (refused.status, refused.rule) == (409, "amend.arguments")
    assert (await caller.confirm(asked)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 4_000)]


async def test_once_money_is_on_its_way_it_is_too_late_to_amend(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.settings(settle_after_s=3_600)
    caller = await desk.caller(order)
    sent = await caller.refund(1_200, wait_s=2)
    await desk.until(sent, lambda now: "being settled" in now.say)

    refused = await refusal(caller.say(sent, "amend", arguments={"amount": {"minor": 100, "currency": "EUR"}}))

    assert (refused.status, refused.rule) == (409, "amend.too_late")
