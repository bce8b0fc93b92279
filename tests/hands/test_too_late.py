"""Withdrawn past the point of no return: refused over each door with the fact of that process, and nothing changes."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from domain.answers import Answer
from tests.claim.claimant import PHOTO, PROOF
from tests.claim.covered import Files, days_ago, eur
from tests.desk.desk import DOORS, Desk
from tests.desk.people import Conversation
from tests.desk.refusals import refusal
from tests.properties.matters import MATTERS, Lay, Matter, loss


def loss_made_good_by(kind: str) -> Lay:
    async def lay(desk: Desk) -> Matter:
        sold = await desk.shop.sell(1_200, 4_000)
        covered = await Files(desk.shop).cover_item(sold, deductible=1_000)
        asked = {
            "coverage_id": covered.id, "kind": "defect", "loss_on": f"{days_ago(5)}", "amount": eur(4_500),
            "description": "The motor does not start any more", "facts": {"symptom": "It stays silent."},
            "evidence": [PROOF], "settle_by": kind,
        }  # fmt: skip
        return Matter("open_claim", asked, sold, "claim")

    return lay


async def last_step_stuck(desk: Desk, caller: Conversation, matter: Matter) -> Answer:
    """All is done but the note on the customer's record."""
    await desk.shop.fault("add_note", "refuse", None, code="not_today", message="Not today.")
    answer = await said_yes(caller, matter)
    return await desk.later(answer, "handed_off")


async def declined(desk: Desk, caller: Conversation, matter: Matter) -> Answer:
    await desk.shop.fault("add_note", "refuse", None, code="not_today", message="Not today.")
    waiting = await said_yes(caller, matter)
    await desk.person("adjuster").decide(waiting, "reject", reason="Worn out")
    return await desk.later(waiting, "handed_off")


async def approved(desk: Desk, caller: Conversation, matter: Matter) -> Answer:
    await desk.shop.fault("add_note", "refuse", None, code="not_today", message="Not today.")
    waiting = await said_yes(caller, matter)
    await desk.person("adjuster").decide(waiting)
    return await desk.later(waiting, "handed_off")


async def ended(desk: Desk, caller: Conversation, matter: Matter) -> Answer:
    return await desk.end(await said_yes(caller, matter))


async def resolved(desk: Desk, caller: Conversation, matter: Matter) -> Answer:
    case = await said_yes(caller, matter)
    await desk.person("agent", name="ana").say(case, "resolve", comment="All is well.")
    return await desk.end(case)


async def said_yes(caller: Conversation, matter: Matter) -> Answer:
    asked = await caller.call(matter.tool, matter.arguments, wait_s=8)
    if asked.status != "needs_confirmation":
        return asked
    return await caller.call(matter.tool, matter.arguments, confirm=asked.digest, wait_s=8)


@dataclass(frozen=True)
class Late:
    lay: Lay
    fact: str
    """What is said, with {order} and {customer}."""
    way: Callable[[Desk, Conversation, Matter], Awaitable[Answer]] = last_step_stuck
    rule: str = "withdraw.too_late"


MONEY_OF_ORDER = "the money of order {order} is on its way back"
CHANGED = "order {order} is changed already"
LATE = {
    "a refund": Late(MATTERS["a refund to be confirmed"], r"40.00 EUR on order {order} is on its way back"),
    "a cancellation": Late(MATTERS["a cancellation"], MONEY_OF_ORDER),
    "a return": Late(MATTERS["a return"], MONEY_OF_ORDER),
    "an exchange": Late(
        MATTERS["an exchange for something dearer"], "the exchange of order {order} is open already"
    ),
    "other items": Late(MATTERS["other items"], f"({MONEY_OF_ORDER}|{CHANGED})"),
    "another delivery address": Late(MATTERS["another delivery address"], CHANGED),
    "another payment": Late(MATTERS["another payment"], MONEY_OF_ORDER),
    "another address": Late(MATTERS["another address"], "the record of customer {customer} is changed already"),
    "a claim that is paid": Late(loss_made_good_by("payment"), r"35.00 EUR for claim claim-\d+ is on its way"),
    "a claim with a replacement": Late(loss_made_good_by("replacement"), r"order \S+ is placed for claim claim-\d+"),
    "a claim with a repair voucher": Late(
        loss_made_good_by("repair_voucher"), r"repair voucher RV-\d+ is issued for claim claim-\d+"
    ),
    "a claim that is declined": Late(
        loss(10_000, kind="accidental_damage", facts={"what_happened": "It fell."}, evidence=[PHOTO]),
        r"claim claim-\d+ was declined and is being closed",
        declined,
    ),
    "a claim that is reopened": Late(MATTERS["a claim reopened"], r"for claim \S+ is on its way", approved),
    "a visit": Late(MATTERS["a visit"], "is done: Done: your appointment is on", ended, "run.closed"),
    "a case": Late(MATTERS["a question"], r"is done: Case case-\d+ is resolved", resolved, "run.closed"),
}  # fmt: skip
AS_A_RULE = ("a claim with a repair voucher", "a visit")


async def is_too_late(desk: Desk, late: Late) -> None:
    matter = await late.lay(desk)
    caller = await desk.caller(matter.sold)
    there = await late.way(desk, caller, matter)
    before, said = await desk.shop.state(), late.fact.format(order=matter.sold.id, customer=matter.sold.customer)

    for door in DOORS:
        refused = await refusal(desk.door(door).say(caller.token, there.reference, "withdraw", {}))

        told = " ".join(refused.body["detail"].split())
        assert refused.status == 409, door
        assert refused.rule in (late.rule, "" if door == "cli" else late.rule)
        assert re.search(said, told), (door, told)
    assert "withdraw" not in (await desk.http.answer(caller.token, there.reference)).next
    assert await desk.shop.state() == before


@pytest.mark.parametrize("what", AS_A_RULE)
async def test_withdrawn_too_late_the_fact_is_said(desk: Desk, what: str) -> None:
    await is_too_late(desk, LATE[what])


@pytest.mark.full
@pytest.mark.parametrize("what", [what for what in LATE if what not in AS_A_RULE])
async def test_so_it_is_in_every_process_and_for_each_kind_of_settlement(desk: Desk, what: str) -> None:
    await is_too_late(desk, LATE[what])
