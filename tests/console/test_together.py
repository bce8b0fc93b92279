"""Several approvals in one go, and deciding for somebody else: over HTTP forms."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.calls import Actor
from tests.console.conftest import PEOPLE, Stand, served
from tests.console.scenes import approval

BIG, LATE, MINE = "refund-big4821", "refund-late4790", "refund-mine6001"


async def open_for_bulk(stand: Stand, up_to: int = 20_000, **rules: str) -> None:
    for reference in (BIG, LATE, MINE):
        gate = stand.rail.runs[reference].packet.gate
        assert gate is not None
        await stand.rail.change(reference, gate=gate.model_copy(update={"bulk_up_to": up_to}))
    for reference, rule in rules.items():
        packet = approval(f"refund-{reference}", reference, (5_000, "card-1", "card ending 1"))
        assert packet.gate is not None
        stand.rail.add(packet.model_copy(update={"gate": packet.gate.model_copy(
            update={"bulk_up_to": up_to, "rule": rule, "digest": f"sha256:{reference}"})}))  # fmt: skip


def ticks(text: str) -> dict[str, str]:
    """What each checkbox of the inbox sends, by the work's reference."""
    return {tick.partition(" ")[0]: tick for tick in re.findall(r'name="item" value="([^"]+)"', text)}


async def send(stand: Stand, outcome: str, *items: str, token: str = "token-kim", **fields: str) -> Any:
    async with stand.client(token) as http:
        text = (await http.get("/")).text
        hidden = dict(re.findall(r'<input type="hidden" name="(form_key|decision_id)" value="([^"]+)"', text))
        return await http.post("/decisions", data={**hidden, **fields, "outcome": outcome, "item": list(items)})


async def test_only_what_this_person_may_decide_together_with_others_can_be_ticked(stand: Stand) -> None:
    await open_for_bulk(stand)
    async with stand.client("token-kim") as http:
        text = (await http.get("/")).text
    async with stand.client("token-ben") as http:
        agents = (await http.get("/")).text
    assert set(ticks(text)) == {LATE}  # the big one is above the amount, and one she asked for herself
    assert ticks(agents) == {}
    assert "Decide what is ticked" not in agents


async def test_each_that_was_ticked_has_its_own_result(stand: Stand) -> None:
    await open_for_bulk(stand, **{"7001": "refund.auto_up_to"})
    async with stand.client("token-kim") as http:
        shown = ticks((await http.get("/")).text)
    answer = await send(stand, "approve", *shown.values(), f"{BIG} sha256:old", f"{MINE} {shown[LATE].split()[1]}")
    rows = re.findall(r'href="/work/([^"]+)".*?<span class="pill \w+">([^<]+)</span>', answer.text, re.S)
    assert dict(rows) == {
        LATE: "Decided",
        "refund-7001": "Decided",
        BIG: "Has changed: look again",
        MINE: "Has changed: look again",
    }
    assert "2 of 4 approved" in answer.text
    assert {(r, body["in_bulk"]) for _, r, _, body in stand.rail.commands} == {(LATE, True), ("refund-7001", True)}


async def test_several_kinds_are_not_decided_together_and_the_ticks_stay(stand: Stand) -> None:
    await open_for_bulk(stand, **{"7001": "refund.other"})
    async with stand.client("token-kim") as http:
        shown = ticks((await http.get("/")).text)
    answer = await send(stand, "approve", *shown.values(), note="All checked.")
    assert answer.status_code == 422
    assert "Only gates of one kind are decided together" in answer.text
    assert len(re.findall(r'name="item"[^>]* checked', answer.text)) == 2
    assert ">All checked.</textarea>" in answer.text
    assert stand.rail.commands == []


async def test_of_several_kinds_each_is_told_and_one_is_kept_without_a_script(stand: Stand) -> None:
    """Nothing that was typed is lost on the way, nor the filter of the inbox."""
    await open_for_bulk(stand, **{"7001": "refund.other"})
    async with stand.client("token-kim") as http:
        page = (await http.get("/?tab=all&closed=1")).text
        typed = {"item": list(ticks(page).values()), "note": "All checked."}
        mixed = (await http.post("/decisions", data=bulk_form(page) | typed | {"outcome": "approve"})).text
        told = dict(re.findall(r"<li><b>([^<]+)</b>.*?name=\"only\" value=\"([^\"]+)\"", mixed, re.S))
        only = {
            "item": list(ticks(mixed).values()),
            "note": "All checked.",
            "only": told["refund_order (refund.other)"],
        }
        kept = await http.post("/decisions", data=bulk_form(mixed) | only)
        rest = {"item": CHECKED.findall(kept.text), "outcome": "approve"}
        done = await http.post("/decisions", data=bulk_form(kept.text) | rest)

    assert told == {"refund_order (refund.auto_up_to)": LATE, "refund_order (refund.other)": "refund-7001"}
    assert "rule refund.other" in page
    assert (kept.status_code, len(CHECKED.findall(mixed)), len(CHECKED.findall(kept.text))) == (200, 2, 1)
    assert ">All checked.</textarea>" in kept.text
    assert 'href="/?tab=all&amp;customer=&amp;closed=1"' in done.text
    assert [reference for _, reference, _, _ in stand.rail.commands] == ["refund-7001"]


CHECKED = re.compile(r'name="item" value="([^"]+)"[^>]* checked')


def bulk_form(text: str) -> dict[str, str]:
    """What the form for several carries of its page."""
    hidden = re.findall(r'<input type="hidden" name="(form_key|decision_id|at)" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in hidden}


async def test_what_the_form_for_several_lacks_is_said(stand: Stand) -> None:
    await open_for_bulk(stand)
    nothing = await send(stand, "approve")
    async with stand.client("token-kim") as http:
        shown = ticks((await http.get("/")).text)
    unexplained = await send(stand, "reject", shown[LATE])
    assert "Tick the requests that you decide." in nothing.text
    assert '<p class="error small" id="bulk-reason-error">Choose a reason' in unexplained.text
    assert stand.rail.commands == []


async def test_cases_of_every_team_lie_in_a_tab_of_their_own(stand: Stand) -> None:
    packet = approval("case-1", "1", (0, "", ""), gate=None, title="Late parcel", status="accepted")
    stand.rail.add(packet, queue="logistics")
    async with stand.client("token-kim") as http:
        cases, approvals = (await http.get("/?tab=cases")).text, (await http.get("/")).text
    assert "Late parcel" in cases
    assert "logistics" in cases
    assert "Late parcel" not in approvals
    assert re.search(r'Cases <span class="count">1</span>', approvals)


async def test_a_person_lends_the_right_to_decide_until_then_and_takes_it_back() -> None:
    def known(token: str) -> Actor:
        person = PEOPLE[token]
        return person.model_copy(update={"scopes": person.scopes | {"delegation:own"}})

    until = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0, second=0, tzinfo=None)
    async with served(verify=known) as stand, stand.client("token-kim") as http:
        key = {"form_key": await stand.form_key(http), "minutes_from_utc": "120"}
        wrong = await http.post("/delegations", data=key | {"to": "supervisor-kim", "until": f"{until}", "up_to": "1"})
        asked = key | {"to": "agent-ben", "until": f"{until}", "up_to": "100 eur", "roles": "supervisor", "away": "1"}
        given = await http.post("/delegations", data=asked)
        [lent] = stand.rail.delegated
        listed = (await http.get("/delegations")).text
        ended = await http.post(f"/delegations/{lent.id}/end", data=key)
    assert wrong.status_code == 422
    assert 'id="lend-up_to-error">Write an amount with its currency' in wrong.text
    assert (given.status_code, ended.status_code) == (303, 303)
    assert lent.until == until.replace(tzinfo=UTC) - timedelta(hours=2)
    assert (lent.delegate, lent.roles, str(lent.up_to), lent.away) == ("agent-ben", ["supervisor"], "100.00 EUR", True)
    assert "up to 100.00 EUR" in listed
    assert stand.rail.delegated == []
