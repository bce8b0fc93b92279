"""A step that cannot be done: everything is undone before money moved; after it, people repair."""

from typing import Any

import pytest

from domain.answers import Answer
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal, rule
from tests.desk.shop import A_REFUND, TAKEN_BACK, Shop

REFUSED: dict[str, Any] = {"code": "charge_disputed", "message": "The charge is disputed."}


@pytest.fixture
async def two_tenders(shop: Shop) -> Sold:
    """20.00 EUR, half on a card and half on a wallet."""
    return await shop.sell(2_000, tenders=[("card", 1_000), ("wallet", 1_000)])


@pytest.mark.parametrize("door", DOORS)
async def test_when_billing_refuses_everything_before_is_undone(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    await shop.fault("refund", "refuse", **REFUSED)
    caller = await desk.caller(order, door=door)

    answer = await caller.refund(1_200)

    assert (answer.status, answer.terminal) == ("undone", True)
    assert answer.denied
    assert await shop.writes() == TAKEN_BACK
    assert (await shop.cases(order), await shop.marks(order)) == (["withdrawn"], 0)
    assert await shop.refunded(order) == []
    assert await shop.balanced()


async def test_what_was_undone_uses_up_no_limit(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(2_000)
    await shop.fault("refund", "refuse", **REFUSED)
    caller = await desk.caller(order)
    assert (await caller.refund()).status == "undone"

    assert (await caller.refund(request_id=f"anew-{order.id}")).status == "done"


@pytest.mark.parametrize(
    ("operation", "writes"),
    [("open_case", ["open_case"]), ("set_mark", ["open_case", "set_mark", "clear_mark", "update_case"])],
)
async def test_a_refusal_at_an_earlier_step_undoes_what_was_before_it(
    desk: Desk, shop: Shop, order: Sold, operation: str, writes: list[str]
) -> None:
    await shop.fault(operation, "refuse", **REFUSED)
    caller = await desk.caller(order)

    answer = await caller.refund(1_200)

    assert answer.status == "undone"
    assert await shop.writes() == writes
    assert set(await shop.cases(order)) <= {"withdrawn"}
    assert await shop.marks(order) == 0


async def half_refunded(desk: Desk, shop: Shop, order: Sold) -> Answer:
    """The first tender has its money, and billing refuses the second."""
    await shop.fault("refund", "refuse", None, reference_contains="/send_refund/2", **REFUSED)
    answer = await (await desk.caller(order)).refund()
    return await desk.later(answer, "handed_off")


async def test_when_the_second_tender_is_refused_nothing_is_undone_and_a_person_has_it(
    desk: Desk, shop: Shop, two_tenders: Sold
) -> None:
    answer = await half_refunded(desk, shop, two_tenders)

    assert not answer.terminal
    assert {"retry", "claim"} <= set(answer.next)
    assert "withdraw" not in answer.next
    assert await shop.writes() == ["open_case", "set_mark", "refund", "refund"]
    assert await shop.cases(two_tenders) == ["open"]
    packet = await desk.person("supervisor").packet(answer)
    assert packet["repair"]
    assert "disputed" in str(packet["repair"])


async def test_a_person_retries_the_second_tender_and_it_is_done(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    answer = await half_refunded(desk, shop, two_tenders)
    await shop.mend()

    await desk.person("agent").say(answer, "retry")

    assert (await desk.end(answer)).status == "done"
    assert await shop.refunded(two_tenders) == [(instrument, 1_000) for instrument in two_tenders.instruments]
    assert await shop.balanced()


async def test_two_people_skip_the_second_tender_with_a_reason(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    answer = await half_refunded(desk, shop, two_tenders)
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")

    without_reason = await refusal(ana.say(answer, "retry", action="skip"))
    await ana.say(answer, "retry", action="skip", reason="paid by bank transfer")
    once_more = await ana.say(answer, "retry", action="skip", reason="paid by bank transfer")
    assert without_reason.rule == "repair.skip_reason"
    assert once_more.status == "handed_off"
    await ben.say(answer, "retry", action="skip", reason="paid by bank transfer")
    ended = await desk.end(answer)

    assert ended.status == "done"
    assert "only partly" in ended.say
    assert await shop.refunded(two_tenders) == [(two_tenders.instruments[0], 1_000)]


async def test_what_has_moved_cannot_be_undone_by_a_person_either(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    answer = await half_refunded(desk, shop, two_tenders)

    refused = await refusal(desk.person("agent").say(answer, "retry", action="undo_all"))

    assert refused.rule == "repair.no_way_back"


async def test_an_ai_repairs_nothing(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    answer = await half_refunded(desk, shop, two_tenders)

    assert (await refusal(desk.agent().say(answer, "retry"))).status == 403


async def test_a_note_that_fails_after_the_money_is_repaired_not_undone(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("add_note", "refuse", None, code="read_only", message="The CRM is read-only.")
    answer = await (await desk.caller(order)).refund(1_200)
    answer = await desk.later(answer, "handed_off")
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]
    await shop.mend()

    await desk.person("agent").say(answer, "retry")

    assert (await desk.end(answer)).status == "done"
    assert len(await shop.notes(order)) == 1
    assert await shop.refunded(order) == [(order.instruments[0], 1_200)]


async def test_an_undo_that_fails_is_a_persons_work_until_it_is_done(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("refund", "refuse", **REFUSED)
    await shop.fault("clear_mark", "refuse", None, code="locked", message="The order is locked.")
    answer = await (await desk.caller(order)).refund(1_200)
    answer = await desk.later(answer, "handed_off")
    assert (await shop.marks(order), await shop.cases(order)) == (1, ["withdrawn"])
    await shop.mend()

    await desk.person("agent").say(answer, "retry")
    ended = await desk.end(answer)

    assert ended.status == "undone"
    assert await shop.marks(order) == 0


@pytest.mark.full
async def test_an_undo_that_fails_for_days_is_still_tried_every_hour_and_done_once_it_can_be(
    desk: Desk, shop: Shop, order: Sold
) -> None:
    """A hundred tries: no pause grows beyond its hour, and none beyond what can be counted."""
    await shop.fault("refund", "refuse", **REFUSED)
    await shop.fault("clear_mark", "refuse", None, code="locked", message="The order is locked.")
    stuck = await desk.later(await (await desk.caller(order)).refund(1_200), "handed_off")

    await desk.skip(stuck, days=4)
    packet = await desk.person("agent").packet(stuck)
    await shop.mend()
    await desk.skip(stuck, hours=1)

    assert packet["repair"]["attempts"] > 80
    assert (await desk.end(stuck)).status == "undone"
    assert await shop.marks(order) == 0


async def test_a_repair_waits_in_its_own_queue(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    answer = await half_refunded(desk, shop, two_tenders)
    person = desk.person("agent")

    while not (items := await person.inbox(queue="repairs", customer=two_tenders.customer)):
        await person.packet(answer)  # visibility follows within moments

    assert [item["reference"] for item in items] == [answer.reference]


async def test_a_repaired_run_leaves_the_queue_while_it_goes_on(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    await shop.settings(settle_after_s=30)
    answer = await half_refunded(desk, shop, two_tenders)
    person = desk.person("agent")
    while not await person.inbox(queue="repairs", customer=two_tenders.customer):
        await person.packet(answer)
    await shop.mend()

    await person.say(answer, "retry")
    await desk.until(answer, lambda now: "being settled" in now.say)

    while await person.inbox(queue="repairs", customer=two_tenders.customer):
        await person.packet(answer)
    assert len(await person.inbox(customer=two_tenders.customer)) == 1


async def test_a_refusal_is_told_without_naming_a_system(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("refund", "refuse", **REFUSED)

    answer = await (await desk.caller(order)).refund(1_200)

    assert rule(answer)
    assert "simulator" not in answer.say
    assert "billing" not in answer.say.lower()
    assert await shop.writes() != A_REFUND


WALLET_GONE = {"action": "edit", "reason": "the wallet was closed"}


async def test_two_people_send_the_refused_tender_to_the_customers_stored_value_instead(
    desk: Desk, shop: Shop, two_tenders: Sold
) -> None:
    answer = await half_refunded(desk, shop, two_tenders)
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    await shop.mend()
    wish = WALLET_GONE | {"changes": {"instrument_id": two_tenders.gift_card}}

    alone = await ana.say(answer, "retry", **wish)
    packet = await ben.packet(answer)
    await ben.say(answer, "retry", **wish)
    ended = await desk.end(answer)

    assert alone.status == "handed_off"
    assert packet["repair"]["editable"] == {"instrument_id": two_tenders.instruments[1]}
    assert packet["repair"]["proposed"] == wish["changes"]
    assert len(packet["repair"]["proposed_by"]) == 1
    assert ended.status == "done"
    assert "a colleague corrected it" in ended.say
    assert await shop.refunded(two_tenders) == [(two_tenders.instruments[0], 1_000), (two_tenders.gift_card, 1_000)]
    assert await shop.balanced()


async def test_a_corrected_tender_meets_the_rules_again_whoever_wants_it(
    desk: Desk, shop: Shop, two_tenders: Sold
) -> None:
    stranger = await shop.sell()
    answer = await half_refunded(desk, shop, two_tenders)
    ana, ben = desk.person("agent", name="ana"), desk.person("agent", name="ben")
    wish = WALLET_GONE | {"changes": {"instrument_id": stranger.gift_card}}
    await shop.mend()

    await ana.say(answer, "retry", **wish)
    await ben.say(answer, "retry", **wish)
    await desk.until(answer, lambda now: now.status == "handed_off")
    while stranger.gift_card not in (packet := await ben.packet(answer))["repair"]["error"]:
        pass

    assert "is no instrument of this customer" in packet["repair"]["error"]
    assert await shop.refunded(two_tenders) == [(two_tenders.instruments[0], 1_000)]


@pytest.mark.parametrize(
    ("changes", "rule_id"),
    [
        ({"amount": {"minor": 5_000, "currency": "EUR"}}, "repair.edit_field"),
        ({"order_id": "4821"}, "repair.edit_field"),
        ({}, "repair.edit_nothing"),
        ({"instrument_id": ""}, "repair.edit_arguments"),
    ],
)
async def test_only_what_may_be_corrected_is(
    desk: Desk, shop: Shop, two_tenders: Sold, changes: dict[str, Any], rule_id: str
) -> None:
    answer = await half_refunded(desk, shop, two_tenders)

    refused = await refusal(desk.person("agent").say(answer, "retry", **WALLET_GONE, changes=changes))

    assert refused.rule == rule_id


async def test_a_refused_note_is_written_in_other_words_by_one_person(desk: Desk, shop: Shop, order: Sold) -> None:
    await shop.fault("add_note", "refuse", None, code="too_long", message="The note is too long.")
    answer = await desk.later(await (await desk.caller(order)).refund(1_200), "handed_off")
    await shop.mend()

    await desk.person("agent").say(answer, "retry", action="edit", reason="shorter", changes={"text": "Refunded."})

    assert (await desk.end(answer)).status == "done"
    assert await shop.notes(order) == ["Refunded."]


async def test_a_step_whose_outcome_is_unknown_cannot_be_corrected(desk: Desk, shop: Shop, two_tenders: Sold) -> None:
    await shop.fault("refund", "lost_answer", None, reference_contains="/send_refund/2")
    await shop.fault("find_refunds", "error_before", None)
    answer = await desk.later(await (await desk.caller(two_tenders)).refund(), "reconciling")

    packet = await desk.person("agent").packet(answer)

    assert "edit" not in packet["repair"]["actions"]
    refused = await refusal(
        desk.person("agent").say(answer, "retry", **WALLET_GONE, changes={"instrument_id": two_tenders.gift_card})
    )
    assert refused.rule == "repair.not_editable"
