"""Money to another instrument than the one that paid: allowed to stored value, for a caller who is surely himself."""

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import Shop


async def test_stored_value_in_place_of_the_card_needs_a_higher_assurance(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)

    answer = await caller.refund(1_200, to="stored_value")

    assert answer.status == "needs_verification"
    assert answer.methods == ["one_time_code", "attested"]
    assert "verify" in answer.next
    assert await shop.writes() == []


async def test_a_person_attests_the_caller_and_the_balance_rises(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    answer = await caller.refund(1_200, to="stored_value")

    await desk.person("agent").say(answer, "verify", level=2, method="called_back")
    done = await desk.end(answer)

    assert done.status == "done"
    assert await shop.refunded(order) == [(order.gift_card, 1_200)]
    assert await shop.balance(order.gift_card) == 1_700
    assert await shop.balanced()


async def test_an_ai_agent_cannot_attest_its_caller(desk: Desk, shop: Shop, order: Sold) -> None:
    caller = await desk.caller(order)
    answer = await caller.refund(1_200, to="stored_value")

    refused = await refusal(caller.say(answer, "verify", level=2, method="trust me"))

    assert refused.status == 403
    assert await shop.writes() == []


async def test_a_person_without_the_scope_cannot_attest(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    answer = await caller.refund(1_200, to="stored_value")

    refused = await refusal(desk.person("agent", scopes=("wf:*:start", "wf:*:read")).say(answer, "verify", level=2))

    assert refused.status == 403


async def test_the_attestation_holds_for_the_whole_conversation(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    first = await caller.refund(1_000, to="stored_value")
    await desk.person("agent").say(first, "verify", level=2)
    await desk.end(first)

    second = await caller.refund(1_100, to="stored_value")

    assert second.status == "done"


async def test_with_two_stored_values_the_caller_is_asked_which(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000, tenders=[("card", 1_500), ("stored_value", 500)])
    caller = await desk.caller(order)

    answer = await caller.refund(1_000, to="stored_value")

    assert answer.status == "needs_input"
    [missing] = answer.missing
    assert (missing.field, set(missing.options)) == ("instrument_id", {order.gift_card, order.instruments[1]})


async def test_another_customers_stored_value_is_refused(desk: Desk, shop: Shop, order: Sold) -> None:
    stranger = await shop.sell()
    caller = await desk.caller(order)

    answer = await caller.refund(1_000, to="stored_value", instrument_id=stranger.gift_card)

    assert answer.status == "needs_input"
    assert await shop.writes() == []
    assert await shop.balance(stranger.gift_card) == 500
