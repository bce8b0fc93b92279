"""The caller changes his mind: the end state is that of the last request."""

from domain.answers import Answer
from tests.desk.busy import at_a_busy_system
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
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


async def amended_to(caller: Conversation, begun: Answer, minor: int) -> Answer:
    return await caller.say(begun, "amend", arguments={"amount": {"minor": minor, "currency": "EUR"}})


async def ends_with(desk: Desk, shop: Shop, order: Sold, begun: Answer, minor: int) -> None:
    answer = await desk.end(begun)
    assert answer.status == "done", answer
    assert await shop.refunded(order) == [(order.instruments[0], minor)]
    assert [state for state in await shop.cases(order) if state != "withdrawn"] == ["resolved"]
    assert await shop.marks(order) == 1
    assert await shop.balanced()


async def test_amended_while_a_step_keeps_failing_it_is_not_tried_again(desk: Desk, shop: Shop) -> None:
    """The next try would be in an hour. Whether the one before was applied is found out at once."""
    order, caller, begun = await at_a_busy_system(desk)

    await amended_to(caller, begun, 500)

    await ends_with(desk, shop, order, begun, 500)
    assert await shop.cases(order) == ["withdrawn", "resolved"]


async def test_amended_while_a_step_waits_for_its_repair_nobody_has_to_repair_it(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "rate_limited", 7, retry_after_s=0.01)
    parked = await desk.until(await caller.refund(wait_s=0.1), lambda now: "is delayed" in now.say)

    await amended_to(caller, parked, 500)

    await ends_with(desk, shop, order, parked, 500)
    assert (await shop.writes()).count("set_mark") == 8, "six times in vain, and twice for the new request"


async def test_amended_while_a_step_may_have_been_done_that_is_found_out_before_it_is_undone(
    desk: Desk, shop: Shop
) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("open_case", "lost_answer", None)
    await shop.fault("find_cases", "error_before", None, after=1)
    begun = await caller.refund(wait_s=0.1)
    await shop.meets(1)

    await amended_to(caller, begun, 500)
    unknown = await desk.later(begun, "reconciling")
    assert await shop.cases(order) == ["open"]
    await shop.mend()
    await desk.person("agent").say(unknown, "retry")

    await ends_with(desk, shop, order, unknown, 500)
    assert await shop.cases(order) == ["withdrawn", "resolved"]


async def test_refused_after_it_was_amended_it_begins_anew_all_the_same(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=500)
    await shop.fault("set_mark", "refuse", code="locked")
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)

    await amended_to(caller, begun, 500)

    await ends_with(desk, shop, order, begun, 500)


async def test_what_is_being_taken_back_is_amended_no_more(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("refund", "refuse", code="charge_disputed")
    await shop.fault("clear_mark", "refuse", None, code="locked")
    stuck = await desk.later(await caller.refund(), "handed_off")

    refused = await refusal(amended_to(caller, stuck, 500))

    assert (refused.status, refused.rule) == (409, "amend.too_late")
    assert "is being taken back (Refund 20.00 EUR" in refused.body["detail"]
    assert "amend" not in stuck.next
    await shop.mend()
    await desk.person("agent").say(stuck, "retry")
    assert (await desk.end(stuck)).status == "undone"
