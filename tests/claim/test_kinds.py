"""Made good by payment, replacement or repair voucher: who chooses, what it costs whom, and what it counts as."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.money import Money
from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago, eur
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import Shop

AROUND = ["open_claim", "set_reserve", "record_payment", "set_reserve", "change_claim", "add_note"]


@pytest.fixture
async def covered(files: Files, order: Sold) -> Covered:
    """The second line of the order, worth 40.00 EUR: a warranty that grants every kind, without a deductible."""
    return await files.cover_item(order)


@pytest.fixture
async def with_deductible(files: Files, order: Sold) -> Covered:
    return await files.cover_item(order, deductible=1_000)


async def test_which_of_several_kinds_it_is_the_caller_says(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    asked = await caller.report(4_500)
    assert (asked.status, asked.terminal) == ("needs_input", False)
    assert [(m.field, m.options) for m in asked.missing] == [
        ("settle_by", ["repair_voucher", "replacement", "payment"])
    ]
    assert await files.writes() == []

    await caller.provide(asked, settle_by="payment")
    ready = await desk.later(asked, "needs_confirmation")
    assert (await caller.confirmed(ready)).status == "done"

    assert await files.settled(covered) == [("payment", 4_500, 0)]


@pytest.mark.parametrize("door", DOORS)
async def test_a_replacement_is_ordered_to_the_address_on_record_and_closes_the_claim(
    desk: Desk, files: Files, covered: Covered, door: str
) -> None:
    caller = await claimant(desk, covered, door=door)

    asked = await caller.report(4_500, settle_by="replacement")
    assert "Thing 2" in asked.say
    assert "Gartenstrasse 1" in asked.say
    answer = await caller.confirmed(asked)

    [sent] = await files.replacements(covered)
    assert answer.status == "done"
    assert answer.result
    assert answer.result["replacement"]["id"] == sent["id"]
    assert (sent["status"], sent["lines"][0]["variant_id"]) == ("open", f"V-{covered.sold.id}-2")
    assert (sent["address"]["line1"], sent["replaces"]["line_id"]) == ("Gartenstrasse 1", covered.sold.lines[1])
    assert await files.settled(covered) == [("replacement", 4_000, 0)]
    assert ((await files.claim(covered))["state"], await files.paid_out(covered)) == ("closed", [])
    assert await files.writes() == [*AROUND[:2], "place_replacement", *AROUND[2:]]
    assert await files.problems() == []


async def test_the_deductible_of_a_replacement_is_charged_and_said_before(
    desk: Desk, files: Files, with_deductible: Covered
) -> None:
    caller = await claimant(desk, with_deductible)

    asked = await caller.report(4_500, settle_by="replacement")
    assert "10.00 EUR is charged to" in asked.say
    answer = await caller.confirmed(asked)

    assert answer.status == "done"
    assert await files.charges(with_deductible) == [(with_deductible.card, 1_000)]
    assert await files.settled(with_deductible) == [("replacement", 3_000, 1_000)]
    assert await files.problems() == []


async def test_nobody_is_charged_without_his_yes_however_small_it_is(
    desk: Desk, files: Files, with_deductible: Covered
) -> None:
    """A person needs no confirmation for a claim of 30.00 EUR; for a charge he does."""
    caller = await claimant(desk, with_deductible, kind="human")

    assert (await caller.report(4_500, settle_by="repair_voucher")).status == "done"
    assert (
        await caller.report(4_400, settle_by="replacement", loss_on=f"{days_ago(3)}")
    ).status == "needs_confirmation"
    assert await files.charges(with_deductible) == []


@pytest.mark.parametrize("door", DOORS)
async def test_a_repair_voucher_is_good_for_the_loss_less_the_deductible(
    desk: Desk, files: Files, with_deductible: Covered, door: str
) -> None:
    caller = await claimant(desk, with_deductible, door=door)

    asked = await caller.report(4_500, settle_by="repair_voucher", provider="Werkstatt Nord")
    assert "35.00 EUR at Werkstatt Nord, valid for 90 days, after a deductible of 10.00 EUR" in asked.say
    answer = await caller.confirmed(asked)

    [voucher] = await files.vouchers()
    assert answer.result
    assert (answer.status, answer.result["voucher"]["number"]) == ("done", voucher["number"])
    assert (voucher["amount"]["minor"], voucher["provider"], voucher["state"]) == (3_500, "Werkstatt Nord", "issued")
    assert voucher["expires_on"] == f"{(datetime.now(UTC) + timedelta(days=90)).date()}"
    assert await files.settled(with_deductible) == [("repair_voucher", 3_500, 1_000)]
    assert await files.writes() == [*AROUND[:2], "issue_voucher", *AROUND[2:]]
    assert await files.problems() == []


async def test_a_repairer_who_does_not_work_for_us_is_asked_for_again(
    desk: Desk, covered: Covered, caller: Claimant
) -> None:
    asked = await caller.report(4_500, settle_by="repair_voucher", provider="My cousin")
    assert (asked.missing[0].field, asked.missing[0].options) == ("provider", ["FixIt", "Werkstatt Nord"])

    await caller.provide(asked, provider="FixIt")

    assert "at FixIt" in (await desk.later(asked, "needs_confirmation")).say


@pytest.mark.parametrize("kind", ["replacement", "repair_voucher"])
async def test_what_is_made_good_otherwise_uses_the_limit_as_money_does(
    desk: Desk, files: Files, order: Sold, kind: str
) -> None:
    covered = await files.cover_item(order, limit=5_000)
    first = await claimant(desk, covered)
    assert (await first.claims(4_000, settle_by=kind)).status == "done"

    second = await claimant(desk, covered)
    asked = await second.report(4_000, settle_by="payment", loss_on=f"{days_ago(2)}")

    assert asked.effect
    assert asked.effect.amount
    assert asked.effect.amount.minor == 1_000
    await second.confirmed(asked)
    third = await claimant(desk, covered)
    refused = await third.report(4_000, settle_by=kind, loss_on=f"{days_ago(1)}")
    assert (refused.denied and refused.denied.rule) == "claim.limit"
    assert await files.problems() == []


async def test_what_is_sold_out_is_not_offered_and_the_reason_told(
    files: Files, covered: Covered, caller: Claimant
) -> None:
    await files.sell_out(f"P-{covered.sold.id}-2")

    answer = await caller.report(4_500, settle_by="replacement")

    assert answer.status == "needs_input"
    assert "not available now" in answer.say
    assert answer.missing[0].options == ["repair_voucher", "payment"]
    assert await files.writes() == []


@pytest.mark.parametrize(
    ("minor", "terms", "why"),
    [
        (3_999, {}, "more than the loss"),
        (4_500, {"limit": 3_900}, "has left"),
        (4_500, {"order_id": ""}, "nothing that could be sent again"),
        (4_500, {"settles_by": ["payment"]}, "not offered"),
    ],
)
async def test_why_there_is_no_replacement(
    desk: Desk, files: Files, order: Sold, minor: int, terms: dict[str, Any], why: str
) -> None:
    covered = await files.cover_item(order, **terms)

    answer = await (await claimant(desk, covered)).report(minor, settle_by="replacement")

    assert answer.status == "needs_input"
    assert why in answer.say


async def test_of_several_covered_units_none_is_guessed(desk: Desk, files: Files, order: Sold) -> None:
    covered = await files.cover_item(order, product_id="")
    caller = await claimant(desk, covered)

    asked = await caller.report(30_000, settle_by="replacement")
    assert (asked.missing[0].field, asked.missing[0].options) == ("line_id", order.lines)
    await caller.provide(asked, line_id=order.lines[0])

    assert "send Thing 1 again (worth 12.00 EUR)" in (await desk.later(asked, "needs_confirmation")).say


async def test_goods_that_go_elsewhere_than_the_first_ones_need_more_assurance(
    desk: Desk, files: Files, covered: Covered
) -> None:
    document = await desk.shop.state()
    elsewhere = {"line1": "Marktplatz 7", "city": "Hamburg", "postal_code": "20095", "country": "DE"}
    next(o for o in document["orders"] if o["id"] == covered.sold.id)["address"] = elsewhere
    await desk.shop.admin("PUT", "dataset", document)
    caller = await claimant(desk, covered)

    answer = await caller.report(4_500, settle_by="replacement")

    assert answer.status == "needs_verification"
    assert await files.writes() == []


async def test_a_deductible_that_the_gift_card_does_not_cover_is_asked_for_elsewhere(
    desk: Desk, files: Files, with_deductible: Covered
) -> None:
    caller = await claimant(desk, with_deductible)

    asked = await caller.report(4_500, settle_by="replacement", instrument_id=with_deductible.sold.gift_card)

    assert [(m.field, m.options) for m in asked.missing] == [("instrument_id", [with_deductible.card])]


async def test_a_kind_that_was_chosen_and_cannot_be_read_is_refused(desk: Desk, caller: Claimant) -> None:
    asked = await caller.report(4_500)

    assert (await refusal(caller.provide(asked, amount=eur(1)))).rule == "provide.unreadable"
    await caller.provide(asked, settle_by="a_new_house")
    again = await desk.until(asked, lambda now: "not offered" in now.say)
    assert again.missing[0].options == ["repair_voucher", "replacement", "payment"]


async def test_what_sells_out_while_an_adjuster_looks_is_chosen_and_confirmed_anew(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(4_500, settle_by="replacement", loss_on=f"{days_ago(120)}")
    await files.sell_out(f"P-{covered.sold.id}-2")

    await desk.person("special_investigator").decide(waiting)
    asked = await desk.later(waiting, "needs_input")
    assert (await files.claim(covered))["reserve"]["minor"] == 4_000
    await caller.provide(asked, settle_by="payment")
    ready = await desk.later(waiting, "needs_confirmation")
    assert "otherwise than was said before" in ready.say
    await caller.conversation.say(ready, "confirm", digest=ready.digest)
    for role in ("special_investigator", "adjuster"):
        await desk.person(role).decide(await desk.later(waiting, "needs_approval"))
        await desk.until(waiting, lambda now, role=role: now.terminal or "Paying" in now.say)  # type: ignore[misc]

    assert (await desk.end(waiting)).status == "done"
    assert await files.settled(covered) == [("payment", 4_500, 0)]
    assert await files.replacements(covered) == []
    assert await files.problems() == []


async def test_a_claim_that_was_paid_goes_on_with_a_replacement(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    first = await caller.claims(1_000, settle_by="payment")
    assert first.result
    asked = await caller.reopen(first.result["claim_id"], 4_000)
    assert [m.field for m in asked.missing] == ["settle_by"]

    await caller.provide(asked, settle_by="replacement")
    waiting = await caller.confirmed(await desk.later(asked, "needs_confirmation"))
    await desk.person("adjuster").decide(waiting)

    assert (await desk.end(waiting)).status == "done"
    assert await files.settled(covered) == [("payment", 1_000, 0), ("replacement", 4_000, 0)]
    assert await files.problems() == []


async def test_a_voucher_that_nobody_redeemed_in_time_gives_its_value_back_to_the_limit(
    desk: Desk, shop: Shop, files: Files, order: Sold
) -> None:
    """A limit of 50.00 and a deductible per period: a voucher for 40.00, which expires; then the same sum in money."""
    covered = await files.cover_item(order, limit=5_000, deductible=1_000, deductible_per="period")
    first = await claimant(desk, covered)
    assert (await first.claims(5_000, settle_by="repair_voucher")).status == "done"
    [voucher] = await files.vouchers()

    await shop.settings(days_ahead=90)
    on_its_last_day = await (await claimant(desk, covered)).report(5_000, settle_by="payment", loss_on=f"{days_ago(2)}")
    await shop.settings(days_ahead=91)
    second = await claimant(desk, covered)
    afterwards = await second.report(5_000, settle_by="payment", loss_on=f"{days_ago(3)}")
    answer = await second.confirmed(afterwards)

    assert voucher["amount"]["minor"] == 4_000
    assert on_its_last_day.effect
    assert on_its_last_day.effect.amount == Money(minor=1_000, currency="EUR")
    assert answer.status == "done"
    assert await files.paid_out(covered) == [(covered.card, 4_000)]
    assert await files.problems() == []
    third = await (await claimant(desk, covered)).report(5_000, settle_by="payment", loss_on=f"{days_ago(1)}")
    assert third.effect
    assert third.effect.amount == Money(minor=1_000, currency="EUR")
