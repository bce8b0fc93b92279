"""The work item over HTTP: everything that a person needs is on the page, and only buttons that work."""

import html
import re

import pytest

from domain.packet import Approval
from tests.console.conftest import PEOPLE, Stand, served
from tests.console.scenes import ago

BIG = "refund-big4821"


async def page(stand: Stand, reference: str = BIG, token: str = "token-kim") -> str:
    """The text of the page's main part, in one line."""
    async with stand.client(token) as http:
        answer = await http.get(f"/work/{reference}")
    assert answer.status_code == 200
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", f"<main{main}")))


async def test_a_person_who_sees_only_this_page_knows_everything(stand: Stand) -> None:
    text = await page(stand)
    for known in (
        "Refund 319.00 EUR of order 4821",
        "250.00 EUR card ending 4242",
        "69.00 EUR gift card 9",
        "Cannot be undone.",
        "Above that a supervisor decides.",
        "refund.auto_up_to",
        "Mark order 4821 as refund pending",
        "The mark is cleared.",
        "Cannot be undone: money has left.",
        "Placed at 2026-11-02 08:15 UTC",
        "Lines 2 id l-2 · name Trail jacket, green, L · price 159.50 EUR",
        "Payment refundable 319.00 EUR billing v3",
        "Level 1 by facts on record",
        "On the line",
        "transcripts/call-88213",
        "written by a model",
        "both jackets arrived with torn seams",
        "Refund damaged item 93 % sure",
        "I have passed this on for approval",
        "Photos are in the case",
        "Suggested: Approve.",
        "Called refund_order",
        "Record verified",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ):
        assert known in text, known


async def test_a_stuck_step_shows_what_failed_what_was_done_and_the_possible_repairs(stand: Stand) -> None:
    text = await page(stand, "refund-stuck4477")
    for known in ("The outcome is unknown.", "req_9f2", "CASE-5120", "Try again now", "Skip this step", "Undo everyth"):
        assert known in text, known
    assert "Approve " not in text


@pytest.mark.parametrize(
    ("reference", "token", "why"),
    [
        ("refund-mine6001", "token-kim", "You asked for this yourself. Somebody else has to decide it."),
        (BIG, "token-ben", "You need the scope gate:refund:decide for this."),
    ],
)
async def test_who_may_not_decide_reads_why_instead_of_buttons(
    stand: Stand, reference: str, token: str, why: str
) -> None:
    text = await page(stand, reference, token)
    assert why in text
    assert "Approve " not in text
    assert "Reject" not in text


async def test_a_role_that_the_gate_does_not_ask_for_cannot_decide() -> None:
    finance = PEOPLE["token-kim"].model_copy(update={"roles": frozenset({"finance"})})
    async with served(verify=lambda token: finance) as stand:
        assert "Only supervisor may decide this; you are finance." in await page(stand)


async def test_who_has_approved_waits_for_the_second_person(stand: Stand) -> None:
    gate = stand.rail.runs[BIG].packet.gate
    assert gate is not None
    mine = Approval(actor_id="supervisor-kim", name="Kim Novak", outcome="approve", at=ago(minutes=1))
    await stand.rail.change(BIG, gate=gate.model_copy(update={"approvals_needed": 2, "approvals": [mine]}))
    text = await page(stand)
    assert "You have approved this. It waits for another person." in text
    assert "supervisor, 2 people" in text
    assert "Approve 319.00 EUR" in await page(stand, token="token-lee")


async def test_only_legal_commands_are_shown(stand: Stand) -> None:
    await stand.rail.change(BIG, next=["note"])
    text = await page(stand)
    assert "Add note" in text
    for illegal in ("Approve 319", "Claim C", "The caller takes it back"):
        assert illegal not in text


async def test_an_expired_verification_is_said(stand: Stand) -> None:
    packet = stand.rail.runs[BIG].packet
    await stand.rail.change(BIG, assurance=packet.assurance.model_copy(update={"expires_at": ago(minutes=3)}))
    assert "verify again before you rely on it" in await page(stand)


async def test_a_transcript_link_is_only_made_of_a_web_address(stand: Stand) -> None:
    await stand.rail.change(BIG, transcript_ref="javascript:alert(1)")
    async with stand.client("token-kim") as http:
        assert 'href="javascript' not in (await http.get(f"/work/{BIG}")).text
        await stand.rail.change(BIG, transcript_ref="https://calls.test/88213")
        assert 'href="https://calls.test/88213"' in (await http.get(f"/work/{BIG}")).text


async def test_without_the_evidence_scope_the_item_can_be_decided_but_not_its_history_read() -> None:
    scopes = PEOPLE["token-kim"].scopes - {"evidence:read"}
    kim = PEOPLE["token-kim"].model_copy(update={"scopes": scopes})
    async with served(verify=lambda token: kim) as stand:
        text = await page(stand)
    assert "needs the scope evidence:read" in text
    assert "Called refund_order" not in text
    assert "Approve 319.00 EUR" in text


async def test_a_record_that_does_not_verify_is_said_loudly(stand: Stand) -> None:
    stand.rail.problems = ["event 3: the hash does not fit"]
    text = await page(stand)
    assert "Record does not verify" in text
    assert "event 3: the hash does not fit" in text


async def test_unknown_work_is_not_found(stand: Stand) -> None:
    async with stand.client("token-kim") as http:
        answer = await http.get("/work/refund-none")
    assert answer.status_code == 404
    assert "There is no work refund-none." in answer.text
