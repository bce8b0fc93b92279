"""An adjuster approves something else than was asked: judged again, within his authority, and said to the caller."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from domain.answers import Answer
from handrail import console
from handrail.cli.commands import app as cli
from tests.claim.claimant import PHOTO, Claimant, claimant
from tests.claim.covered import Covered, Files, days_ago, eur
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Person
from tests.desk.refusals import refusal
from tests.policies.used import spend, used

LOOKED_AT = {"kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO]}
WHY = "By the photo"
Way = Callable[[Desk, Person, Answer], Awaitable[None]]
BEFORE = ["assess_claim", "set_reserve"]
"""What an edit adds to the steps before payment."""


@pytest.fixture
async def covered(files: Files, order: Sold) -> Covered:
    """The second line of the order, worth 40.00 EUR: a warranty that grants every kind."""
    return await files.cover_item(order)


@pytest.fixture
async def waiting(caller: Claimant) -> Answer:
    """100.00 EUR by payment, at an adjuster's gate."""
    return await caller.claims(10_000, **LOOKED_AT, settle_by="payment")


@pytest.fixture
def adjuster(desk: Desk) -> Person:
    return desk.person("adjuster")


async def by_the_console(desk: Desk, person: Person, waiting: Answer) -> None:
    """In the form that its page shows, as a browser sends it: with what was not changed, too."""
    app = console.app(desk.house.rail, desk.house.settings, desk.house.tokens.verify)
    way = httpx.ASGITransport(app=app)
    cookies = {"handrail_console": person.token}
    async with httpx.AsyncClient(transport=way, base_url="http://console", cookies=cookies) as http:
        page = (await http.get(f"/work/{waiting.reference}")).text
        [key] = set(re.findall(r'name="form_key" value="([0-9a-f]+)"', page))
        digest = (await person.gate(waiting))["digest"]
        form = {"form": "decide-edits", "form_key": key, "digest": digest, "reason": WHY, "edits/provider": "FixIt"}
        form |= {"edits/amount": "60.00 EUR", "edits/settle_by": "payment"}
        sent = await http.post(f"/work/{waiting.reference}/decide", data=form)
        assert (sent.status_code, 'name="edits/amount"' in page) == (303, True), sent.text


async def by_the_command_line(desk: Desk, person: Person, waiting: Answer) -> None:
    environment = {"HANDRAIL_TOKEN": person.token, "HANDRAIL_URL": desk.house.url}
    words = ["decide", waiting.reference, "approve", "--reason", WHY, "--edit", "amount=60.00EUR", "--as", ""]
    done = await asyncio.to_thread(CliRunner().invoke, cli, words, env=environment)
    assert done.exit_code == 0, done.output


async def says_yes(desk: Desk, caller: Claimant, waiting: Answer) -> Answer:
    """The caller, to what it has become."""
    asked = await desk.later(waiting, "needs_confirmation")
    await caller.conversation.say(asked, "confirm", digest=asked.digest)
    return asked


@pytest.mark.parametrize("door", DOORS)
async def test_less_is_paid_once_the_caller_has_said_yes_to_it(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, waiting: Answer, adjuster: Person, door: str
) -> None:
    body = {"outcome": "approve", "digest": (await adjuster.gate(waiting))["digest"], "reason": WHY}
    await desk.door(door).say(adjuster.token, waiting.reference, "decide", body | {"edits": {"amount": eur(6_000)}})
    asked = await says_yes(desk, caller, waiting)

    assert "Of a loss of 100.00 EUR, assessed at 60.00 EUR, under" in asked.say
    done = await desk.end(waiting)
    assert (done.status, done.result and done.result["adjusted"]) == ("done", {"amount": eur(6_000)})
    assert await files.paid_out(covered) == [(covered.card, 6_000)]
    claim = await files.claim(covered)
    assert (claim["amount"], claim["assessed"], claim["reserve"]["minor"]) == (eur(10_000), eur(6_000), 0)
    assert await files.problems() == []


@pytest.mark.parametrize("way", [by_the_console, by_the_command_line])
async def test_people_say_it_where_they_decide(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, waiting: Answer, adjuster: Person, way: Way
) -> None:
    await way(desk, adjuster, waiting)
    await says_yes(desk, caller, waiting)

    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 6_000)]


async def test_more_is_paid_on_the_yes_of_whoever_has_authority_and_the_reserve_follows_first(
    desk: Desk, files: Files, covered: Covered, waiting: Answer, adjuster: Person
) -> None:
    """The caller need not be asked again: he gets more of what he agreed to."""
    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(30_000)})

    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 30_000)]
    writes = await files.writes()
    assert writes[writes.index("assess_claim") :][:3] == ["assess_claim", "set_reserve", "pay_out"]
    [told] = [e for e in (await adjuster.history(waiting))["events"] if e["type"] == "adjusted"]
    assert (told["actor"]["id"], told["body"]["was"]) == ("adjuster-1", {})
    assert told["body"]["now"]["amount"] == eur(30_000)
    assert await files.problems() == []


async def test_above_his_authority_it_is_referred_upwards_with_what_he_changed(
    desk: Desk, files: Files, covered: Covered, waiting: Answer, adjuster: Person
) -> None:
    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(60_000)})
    referred = await desk.until(waiting, lambda now: "600.00 EUR" in now.say)
    gate = await adjuster.gate(referred)
    senior = desk.person("senior_adjuster")

    assert (gate["roles"], gate["edits"]) == (["senior_adjuster", "claims_manager"], {"amount": eur(60_000)})
    assert (gate["edited_by"], gate["edit_reason"]) == ("Adjuster-1", WHY)
    assert (await refusal(adjuster.decide(referred))).rule == "gate.role"
    await senior.decide(referred)
    asked = await desk.later(waiting, "needs_verification")  # above 500.00 EUR the caller must be known better
    await desk.person("agent", name="ana").say(asked, "verify", level=2)
    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 60_000)]


async def test_another_kind_is_said_to_the_caller_before_it_is_done(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, waiting: Answer, adjuster: Person
) -> None:
    await adjuster.decide(waiting, reason=WHY, edits={"settle_by": "replacement"})
    asked = await says_yes(desk, caller, waiting)

    assert "It was decided otherwise than was said before." in asked.say
    assert "send Thing 2 again" in asked.say
    assert (await desk.end(waiting)).status == "done"
    assert await files.settled(covered) == [("replacement", 4_000, 0)]
    assert await files.paid_out(covered) == []
    assert await files.problems() == []


async def test_what_may_be_changed_and_within_which_bounds_stands_in_the_packet(
    desk: Desk, files: Files, order: Sold, adjuster: Person
) -> None:
    covered = await files.cover_item(order, deductible=1_000, limit=50_000)
    waiting = await (await claimant(desk, covered)).claims(10_000, **LOOKED_AT, settle_by="payment")

    amount, kind, repairer = (await adjuster.gate(waiting))["editable"]

    assert (amount["now"], amount["more_than"], amount["at_most"]) == (eur(10_000), eur(1_000), eur(51_000))
    assert "up to 500.00 EUR adjuster" in amount["note"]
    assert (kind["name"], kind["now"], kind["options"]) == (
        "settle_by", "payment", ["repair_voucher", "replacement", "payment"],
    )  # fmt: skip
    assert (repairer["name"], repairer["options"]) == ("provider", ["FixIt", "Werkstatt Nord"])


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"amount": eur(200_001)}, {}, "gate.edit_value", "at most at 2000.00 EUR"),
    ({"amount": eur(0)}, {}, "gate.edit_value", "more than 0.00 EUR"),
    ({"amount": {"minor": 5_000, "currency": "USD"}}, {}, "gate.edit_value", "at most"),
    ({"amount": "a lot"}, {}, "gate.edit_value", "amount"),
    ({"settle_by": "a_new_house"}, {}, "gate.edit_value", "one of"),
    ({"amount": eur(3_000), "settle_by": "replacement"}, {}, "claim.settlement", "more than the loss"),
    ({"instrument_id": "gift"}, {}, "gate.edit_field", "amount, settle_by, provider can"),
    ({"amount": eur(10_000)}, {}, "gate.edit_nothing", "Nothing was changed"),
    ({"amount": eur(6_000)}, {"reason": ""}, "gate.edit_reason", "a reason"),
    ({"amount": eur(6_000)}, {"outcome": "reject"}, "gate.edit_outcome", "with an approval"),
    ({"amount": eur(6_000)}, {"digest": "sha256:of-yesterday"}, "gate.stale", "look again"),
]


async def test_what_the_rules_do_not_allow_is_refused_with_the_reason_and_changes_nothing(
    waiting: Answer, adjuster: Person
) -> None:
    before = await adjuster.gate(waiting)

    for edits, more, rule, why in REFUSED:
        refused = await refusal(adjuster.decide(waiting, **({"reason": WHY, "edits": edits} | more)))
        assert (refused.status, refused.rule) == (409, rule), edits
        assert why in refused.body["detail"], edits

    assert await adjuster.gate(waiting) == before


async def test_of_two_who_decide_at_once_one_wins_and_a_stale_edit_changes_nothing(
    desk: Desk, files: Files, covered: Covered, waiting: Answer, adjuster: Person
) -> None:
    seen = (await adjuster.gate(waiting))["digest"]
    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(60_000)}, digest=seen)

    late = await refusal(
        desk.person("adjuster", name="late").decide(waiting, reason=WHY, edits={"amount": eur(1)}, digest=seen)
    )
    referred = await desk.until(waiting, lambda now: "600.00 EUR" in now.say)
    stale = await refusal(
        desk.person("senior_adjuster").decide(referred, reason=WHY, edits={"amount": eur(1)}, digest=seen)
    )

    assert late.rule in ("gate.decided", "gate.none", "gate.stale")
    assert stale.rule == "gate.stale"
    assert await files.paid_out(covered) == []


@pytest.mark.parametrize("fault", [*(pytest.param(step, marks=pytest.mark.full) for step in BEFORE), "pay_out"])
async def test_when_a_later_step_fails_everything_is_taken_back(
    desk: Desk, files: Files, order: Sold, adjuster: Person, fault: str
) -> None:
    covered = await files.cover_item(order)
    before = await files.what_stands()
    waiting = await (await claimant(desk, covered)).claims(10_000, **LOOKED_AT, settle_by="payment")
    await desk.shop.fault(fault, "refuse", code="not_today")

    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(20_000)})

    assert (await desk.end(waiting)).status == "undone"
    assert await files.what_stands() == before
    assert await files.problems() == []


@pytest.mark.full
@pytest.mark.parametrize("step", BEFORE)
async def test_an_answer_lost_after_the_work_is_found_and_not_repeated(
    desk: Desk, files: Files, covered: Covered, waiting: Answer, adjuster: Person, step: str
) -> None:
    await desk.shop.fault(step, "lost_answer")

    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(20_000)})

    assert (await desk.end(waiting)).status == "done"
    assert await desk.shop.fired() == 1
    diary = (await files.claim(covered))["diary"]
    assert [entry["kind"] for entry in diary].count("assessed") == 1
    assert await files.paid_out(covered) == [(covered.card, 20_000)]
    assert await files.problems() == []


async def test_a_caller_who_does_not_want_it_so_takes_it_back(
    desk: Desk, files: Files, order: Sold, adjuster: Person
) -> None:
    covered = await files.cover_item(order)
    before = await files.what_stands()
    caller = await claimant(desk, covered)
    waiting = await caller.claims(10_000, **LOOKED_AT, settle_by="payment")

    await adjuster.decide(waiting, reason=WHY, edits={"settle_by": "repair_voucher"})
    asked = await desk.later(waiting, "needs_confirmation")
    await caller.conversation.say(asked, "withdraw")

    assert (await desk.end(waiting)).status == "undone"
    assert await files.what_stands() == before


@pytest.mark.parametrize(("minor", "again"), [(6_000, False), pytest.param(20_000, True, marks=pytest.mark.full)])
async def test_what_was_investigated_is_investigated_again_for_more_only(
    desk: Desk, covered: Covered, caller: Claimant, adjuster: Person, minor: int, again: bool
) -> None:
    odd = await caller.claims(10_000, settle_by="payment", loss_on=f"{days_ago(120)}")
    assert (await adjuster.gate(odd))["editable"] == []  # an investigator clears the loss, not what is paid
    await desk.person("special_investigator").decide(odd)
    cleared = await desk.until(odd, lambda now: "Paying" in now.say)

    await adjuster.decide(cleared, reason=WHY, edits={"amount": eur(minor)})
    asked = await desk.later(odd, "needs_approval" if again else "needs_confirmation")

    assert ("Special investigation" in asked.say) is again


async def test_what_sells_out_after_the_edit_is_chosen_by_the_caller_anew(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, waiting: Answer, adjuster: Person
) -> None:
    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(5_000), "settle_by": "replacement"})
    ready = await desk.later(waiting, "needs_confirmation")
    await files.sell_out(f"P-{covered.sold.id}-2")
    await caller.conversation.say(ready, "confirm", digest=ready.digest)
    asked = await desk.later(waiting, "needs_input")
    await caller.provide(asked, settle_by="payment")
    anew = await desk.later(waiting, "needs_approval")

    await adjuster.decide(anew)
    await says_yes(desk, caller, waiting)

    assert (await desk.end(waiting)).status == "done"
    assert await files.settled(covered) == [("payment", 5_000, 0)]
    assert await files.problems() == []


async def test_a_reopened_claim_is_adjusted_alike(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, adjuster: Person
) -> None:
    claim_id = await files.claimed(covered, paid=1_000)
    waiting = await caller.confirmed(await caller.reopen(claim_id, 4_000, settle_by="payment"))

    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(2_500)})
    await says_yes(desk, caller, waiting)

    assert (await desk.end(waiting)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 1_000), (covered.card, 2_500)]
    claim = await files.claim(covered)
    assert (claim["amount"], claim["assessed"]) == (eur(5_000), eur(3_500))


async def test_what_the_limit_lost_before_he_who_has_authority_looks_is_judged_anew(
    desk: Desk, files: Files, order: Sold, adjuster: Person
) -> None:
    """He edits to 600.00 of 700.00; before a senior agrees, another claim has taken 650.00 elsewhere."""
    covered = await files.cover_item(order, limit=70_000)
    caller = await claimant(desk, covered)
    waiting = await caller.claims(10_000, **LOOKED_AT, settle_by="payment")
    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(60_000)})
    referred = await desk.until(waiting, lambda now: "600.00 EUR" in now.say)
    await files.claimed(covered, paid=65_000)

    await desk.person("senior_adjuster").decide(referred)
    anew = await desk.until(waiting, lambda now: "Paying 50.00 EUR" in now.say)
    gate = await adjuster.gate(anew)
    await desk.person("adjuster", name="ben").decide(anew)
    asked = await says_yes(desk, caller, waiting)

    assert (gate["approvals"], gate["roles"]) == ([], ["adjuster", "senior_adjuster", "claims_manager"])
    assert "which is all that the limit leaves" in asked.say
    assert (await desk.end(waiting)).status == "done"
    assert (covered.card, 5_000) in await files.paid_out(covered)
    assert await files.problems() == []


@pytest.mark.full
async def test_where_nothing_is_left_the_claim_is_declined_and_its_reserve_given_back(
    desk: Desk, files: Files, order: Sold, adjuster: Person
) -> None:
    covered = await files.cover_item(order, limit=70_000)
    waiting = await (await claimant(desk, covered)).claims(10_000, **LOOKED_AT, settle_by="payment")
    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(60_000)})
    referred = await desk.until(waiting, lambda now: "600.00 EUR" in now.say)
    old = await files.claimed(covered, paid=70_000)

    await desk.person("senior_adjuster").decide(referred)
    end = await desk.end(waiting)

    [mine] = [claim for claim in await files.claims(covered) if claim["id"] != old]
    assert (end.status, end.denied and end.denied.rule) == ("denied", "claim.limit")
    assert (mine["state"], mine["outcome"], mine["reserve"]["minor"]) == ("closed", "declined", 0)
    assert await files.problems() == []


@pytest.mark.full
async def test_more_than_the_customer_has_left_this_month_is_refused_and_nothing_of_it_stays(
    desk: Desk, files: Files, covered: Covered, waiting: Answer, adjuster: Person
) -> None:
    month = f"claim:customer_month:customer:{covered.sold.customer}"
    await spend(desk, month, 980_000)

    await adjuster.decide(waiting, reason=WHY, edits={"amount": eur(30_000)})
    end = await desk.end(waiting)

    assert (end.status, end.denied and end.denied.rule) == ("undone", "claim.customer_month")
    assert await files.paid_out(covered) == []
    assert ((await files.claim(covered))["state"], await used(desk, month)) == ("withdrawn", (1, 980_000))
    assert await files.problems() == []


async def investigated_again(desk: Desk, caller: Claimant, adjuster: Person) -> Answer:
    """He edits to 200.00 what was cleared at 100.00."""
    odd = await caller.claims(10_000, settle_by="payment", loss_on=f"{days_ago(120)}")
    await desk.person("special_investigator").decide(odd)
    cleared = await desk.until(odd, lambda now: "Paying" in now.say)
    await adjuster.decide(cleared, reason=WHY, edits={"amount": eur(20_000)})
    return await desk.until(odd, lambda now: "Special investigation" in now.say)


@pytest.mark.full
async def test_investigated_again_and_found_unchanged_his_yes_counts(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, adjuster: Person
) -> None:
    again = await investigated_again(desk, caller, adjuster)

    await desk.person("special_investigator").decide(again)

    assert (await desk.end(again)).status == "done"
    assert await files.paid_out(covered) == [(covered.card, 20_000)]


async def test_what_changed_while_it_was_investigated_again_he_must_look_at_again(
    desk: Desk, files: Files, covered: Covered, caller: Claimant, adjuster: Person
) -> None:
    """Another claim under the same coverage was paid meanwhile: his yes was to other facts."""
    again = await investigated_again(desk, caller, adjuster)
    await files.claimed(covered, paid=1_000)

    await desk.person("special_investigator").decide(again)
    anew = await desk.until(again, lambda now: now.status == "needs_approval" and now.revision > again.revision + 1)
    asked_first = await adjuster.gate(anew)
    await desk.person("special_investigator").decide(anew)
    looked_at = await desk.until(again, lambda now: "Paying 200.00 EUR" in now.say)

    assert (asked_first["roles"], asked_first["approvals"]) == (["special_investigator"], [])
    assert (await adjuster.gate(looked_at))["approvals"] == []
    assert (covered.card, 20_000) not in await files.paid_out(covered)
    await desk.person("adjuster", name="ben").decide(looked_at)
    assert (await desk.end(again)).status == "done"
    assert (covered.card, 20_000) in await files.paid_out(covered)
