"""What a claim has made good of an order is not refunded as well; what was refunded is not made good as well."""

from typing import Any

import pytest

from domain.answers import Answer
from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago, eur
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule


@pytest.fixture
async def covered(files: Files, order: Sold) -> Covered:
    """Of lines of 12.00, 40.00 and 248.00 the second: a warranty that grants every kind."""
    return await files.cover_item(order)


async def agreed(caller: Claimant, asked: Answer) -> Answer:
    """The caller says yes, where he is asked."""
    return await caller.confirmed(asked) if asked.status == "needs_confirmation" else asked


async def refund(caller: Claimant, **what: object) -> Answer:
    arguments = {"order_id": caller.covered.sold.id, "reason": "damaged"} | what
    return await agreed(caller, await caller.ask("refund_order", arguments))


async def claim(caller: Claimant, minor: int, **what: object) -> Answer:
    return await agreed(caller, await caller.report(minor, **what))


@pytest.mark.parametrize("door", DOORS)
async def test_a_line_that_a_claim_has_paid_is_not_refunded_as_well(
    desk: Desk, files: Files, covered: Covered, door: str
) -> None:
    caller = await claimant(desk, covered, door=door, kind="human")
    assert (await claim(caller, 4_000, settle_by="payment")).status == "done"
    on_file, line = await files.claim(covered), covered.sold.lines[1]

    refused = await refund(caller, lines=[line])
    whole = await caller.ask("refund_order", {"order_id": covered.sold.id, "reason": "damaged"})

    assert (refused.status, rule(refused)) == ("denied", "refund.made_good")
    assert f"Line {line} of order {covered.sold.id} cost 40.00 EUR" in refused.say
    assert f"claim {on_file['id']} has made 40.00 EUR of that good already: 0.00 EUR of it can go back" in refused.say
    assert whole.effect
    assert whole.effect.amount
    assert whole.effect.amount.minor == 26_000, "the other lines are his to send back"


async def test_nor_is_it_returned_or_exchanged_for_its_price(desk: Desk, files: Files, covered: Covered) -> None:
    caller = await claimant(desk, covered)
    assert (await claim(caller, 4_000, settle_by="payment")).status == "done"
    line, before = covered.sold.lines[1], await files.what_stands()

    back = await caller.ask("return_items", {"order_id": covered.sold.id, "lines": [line]})
    swap = [{"line_id": line, "variant_id": "V"}]
    other = await caller.ask(
        "exchange_items", {"order_id": covered.sold.id, "items": swap, "instrument_id": covered.card}
    )

    assert [(one.status, rule(one)) for one in (back, other)] == [("denied", "order_change.made_good")] * 2
    assert await files.what_stands() == before


async def test_of_a_line_that_was_repaired_the_rest_can_be_refunded(desk: Desk, files: Files, covered: Covered) -> None:
    """Of 300.00 for the order, 15.00 went to the repairer."""
    caller = await claimant(desk, covered, kind="human")
    assert (await claim(caller, 1_500, settle_by="repair_voucher")).status == "done"

    by_line = await refund(caller, lines=[covered.sold.lines[1]])
    too_much = await refund(caller, amount=eur(28_501))
    asked = await caller.ask("refund_order", {"order_id": covered.sold.id, "reason": "damaged"})

    assert (rule(by_line), rule(too_much)) == ("refund.made_good", "refund.above_captured")
    assert "25.00 EUR of it can go back as money at most" in by_line.say
    assert "285.00 EUR left to refund besides what claim" in too_much.say
    assert asked.effect
    assert asked.effect.amount
    assert asked.effect.amount.minor == 28_500


async def test_while_a_claim_is_looked_at_its_reserve_is_not_refunded(
    desk: Desk, files: Files, covered: Covered
) -> None:
    caller = await claimant(desk, covered, kind="human")
    waiting = await claim(caller, 4_000, settle_by="payment", loss_on=f"{days_ago(120)}")
    assert waiting.status == "needs_approval"
    line = covered.sold.lines[1]

    meanwhile = await refund(caller, lines=[line])
    await desk.person("special_investigator").decide(waiting, "reject", reason="Worn out")
    assert (await desk.end(waiting)).status == "denied"
    again = {"order_id": covered.sold.id, "lines": [line], "reason": "damaged"}
    afterwards = await agreed(caller, await caller.ask("refund_order", again, request_id=f"anew-{line}"))

    assert rule(meanwhile) == "refund.made_good"
    assert (await desk.end(afterwards)).status == "done"


@pytest.mark.parametrize("door", DOORS)
async def test_a_line_that_was_refunded_is_not_claimed_for_its_price(
    desk: Desk, files: Files, covered: Covered, door: str
) -> None:
    caller = await claimant(desk, covered, door=door, kind="human")
    line = covered.sold.lines[1]
    assert (await desk.end(await refund(caller, lines=[line]))).status == "done"

    answer = await caller.report(4_000, settle_by="payment")

    assert (answer.status, rule(answer)) == ("denied", "claim.refunded")
    assert f"40.00 EUR of order {covered.sold.id} went back to the customer already for line {line}" in answer.say
    assert "0.00 EUR can be made good at most, not 40.00 EUR" in answer.say
    assert await files.claims(covered) == []


async def test_of_an_order_that_was_partly_refunded_the_rest_can_be_claimed(desk: Desk, files: Files) -> None:
    sold = await files.shop.sell(4_000)
    caller = await claimant(desk, await files.cover(sold), kind="human")
    assert (await desk.end(await refund(caller, amount=eur(1_500)))).status == "done"

    too_much = await caller.report(2_501)
    answer = await caller.report(2_500)

    assert (too_much.status, rule(too_much)) == ("denied", "claim.refunded")
    assert "25.00 EUR can be made good at most, not 25.01 EUR" in too_much.say
    assert answer.status in ("done", "needs_confirmation")


async def test_what_was_refunded_of_other_lines_keeps_nothing_from_a_claim(
    desk: Desk, files: Files, covered: Covered
) -> None:
    caller = await claimant(desk, covered, kind="human")
    assert (await desk.end(await refund(caller, lines=[covered.sold.lines[0]]))).status == "done"

    answer = await caller.report(4_000, settle_by="payment")

    assert answer.status in ("done", "needs_confirmation"), answer


@pytest.mark.parametrize("what", ["a sum", "the line"])
async def test_what_is_about_to_be_refunded_is_not_claimed_meanwhile(desk: Desk, files: Files, what: str) -> None:
    sold = await files.shop.sell(4_000)
    caller = await claimant(desk, await files.cover(sold))
    await desk.shop.fault("open_case", "hold")
    wanted = {"amount": eur(1_500)} if what == "a sum" else {"lines": sold.lines}
    asked = await caller.ask("refund_order", {"order_id": sold.id, "reason": "damaged"} | wanted)
    on_its_way = await caller.again(confirm=asked.digest, wait_s=0.1)
    await desk.shop.meets(1)

    claimed = await caller.report(4_000)
    await desk.shop.mend()

    assert (claimed.status, rule(claimed)) == ("denied", "claim.refunded")
    assert (await desk.end(on_its_way)).status == "done"
    assert await files.claims(caller.covered) == []


@pytest.mark.parametrize(
    ("tool", "more", "why"),
    [
        ("refund_order", {"reason": "damaged"}, "refund.nothing_left"),
        ("return_items", {"lines": [1]}, "order_change.made_good"),
    ],
    ids=["refund", "return"],
)
async def test_what_was_claimed_since_the_order_was_looked_at_does_not_go_back(
    desk: Desk, files: Files, tool: str, more: dict[str, Any], why: str
) -> None:
    sold = await files.shop.sell(4_000)
    covered = await files.cover(sold)
    caller = await claimant(desk, covered)
    lines = {"lines": sold.lines} if "lines" in more else {}
    asked = await caller.ask(tool, {"order_id": sold.id} | more | lines)
    await desk.shop.fault("get_payments", "hold")
    looking = await caller.again(confirm=asked.digest, wait_s=0.1)
    await desk.shop.meets(1)

    await files.claimed(covered, paid=4_000)
    await desk.shop.mend()
    refused = await desk.end(looking)

    assert refused.status in ("undone", "denied"), "the second where it took so long that all was looked at again"
    assert rule(refused) == why
    assert (await desk.shop.state())["refunds"] == []
