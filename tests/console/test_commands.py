"""Commands over HTTP forms: what reaches the rail, and what never does."""

from typing import Any

import pytest

from domain.calls import Actor, ActorKind
from domain.edits import Editable
from tests.console.conftest import PEOPLE, Stand, served
from tests.console.scenes import eur

BIG = "refund-big4821"
MONEY = {"minor": 10_000, "currency": "EUR"}


async def post(stand: Stand, command: str, reference: str = BIG, token: str = "token-kim", **fields: str) -> Any:
    async with stand.client(token) as http:
        form = {"form_key": await stand.form_key(http), **fields}
        return await http.post(f"/work/{reference}/{command}", data=form)


def digest(stand: Stand, reference: str = BIG) -> str:
    gate = stand.rail.runs[reference].packet.gate
    assert gate is not None
    return gate.digest


async def test_an_approval_carries_the_digest_that_was_shown(stand: Stand) -> None:
    shown = digest(stand)
    answer = await post(stand, "decide", outcome="approve", digest=shown, decision_id="d-1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/work/{BIG}?done=approve")
    [(who, reference, command, body)] = stand.rail.commands
    assert (who, reference, command) == ("supervisor-kim", BIG, "decide")
    assert (body["outcome"], body["digest"], body["decision_id"]) == ("approve", shown, "d-1")


async def test_a_stale_screen_is_refused_and_shows_how_it_stands(stand: Stand) -> None:
    answer = await post(stand, "decide", outcome="approve", digest="sha256:old", decision_id="d-1")
    assert answer.status_code == 409
    assert "Not done: this has changed." in answer.text
    assert f'data-gate="{digest(stand)}"' in answer.text
    assert stand.rail.commands == []


@pytest.mark.parametrize(
    ("command", "fields", "said"),
    [
        ("decide", {"outcome": "reject", "note": "My long note."}, "Choose a reason for the rejection."),
        ("decide", {"outcome": "reject", "reason": "made_up"}, "Choose a reason for the rejection."),
        ("decide", {"outcome": "request_info"}, "Write what you need to know."),
        ("decide", {"outcome": "maybe"}, "You see how it stands now"),
        ("note", {"text": "  "}, "The note is empty."),
    ],
)
async def test_a_form_that_lacks_something_is_shown_again_and_nothing_is_sent(
    stand: Stand, command: str, fields: dict[str, str], said: str
) -> None:
    answer = await post(stand, command, digest=digest(stand), **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert fields.get("note", "") in answer.text
    assert stand.rail.commands == []


async def test_what_the_rail_finds_wrong_is_said_with_the_field(stand: Stand) -> None:
    answer = await post(stand, "note", text="x" * 2_001)
    assert answer.status_code == 422
    assert "body: " in answer.text


@pytest.mark.parametrize("action", ["skip", "undo_all"])
async def test_skipping_or_undoing_needs_a_reason(stand: Stand, action: str) -> None:
    assert (await post(stand, "retry", "refund-stuck4477", action=action)).status_code == 422
    answer = await post(stand, "retry", "refund-stuck4477", action=action, reason="Billing confirmed it.")
    assert answer.headers["location"].endswith(f"?done={action}")
    assert stand.rail.commands[-1][3] == {"action": action, "reason": "Billing confirmed it."}


async def test_claiming_releasing_and_noting_go_through(stand: Stand) -> None:
    for command, fields in (("claim", {}), ("note", {"text": "On it."}), ("release", {})):
        answer = await post(stand, command, **fields)
        assert answer.headers["location"] == f"/work/{BIG}?done={command}"
    assert [name for _, _, name, _ in stand.rail.commands] == ["claim", "note", "release"]
    async with stand.client("token-kim") as http:
        assert "Released." in (await http.get(f"/work/{BIG}?done=release")).text


async def test_an_address_cannot_make_the_page_claim_something(stand: Stand) -> None:
    async with stand.client("token-kim") as http:
        assert 'class="banner' not in (await http.get(f"/work/{BIG}?done=Call+0900+now")).text


async def test_a_form_of_another_session_or_site_changes_nothing(stand: Stand) -> None:
    fields = {"outcome": "approve", "digest": digest(stand), "decision_id": "d"}
    async with stand.client("token-lee") as http:
        others = await stand.form_key(http)
    async with stand.client("token-kim") as http:
        key = await stand.form_key(http)
        url = f"/work/{BIG}/decide"
        foreign = {"origin": "https://elsewhere.test"}
        answers = [
            await http.post(url, data=fields),
            await http.post(url, data={**fields, "form_key": others}),
            await http.post(url, data={**fields, "form_key": key}, headers=foreign),
            await http.post(url, data={**fields, "form_key": key}, headers={"origin": "null"}),
        ]
    assert [a.status_code for a in answers] == [403] * 4
    assert stand.rail.commands == []


async def test_a_form_that_is_too_large_is_refused_unread(stand: Stand) -> None:
    assert (await post(stand, "note", text="x" * 40_000)).status_code == 413


async def test_a_command_that_the_console_does_not_have_is_not_found(stand: Stand) -> None:
    assert (await post(stand, "explode")).status_code == 404


async def test_a_person_without_the_scope_cannot_post_what_he_is_not_shown(stand: Stand) -> None:
    answer = await post(stand, "decide", token="token-ben", outcome="approve", digest=digest(stand), decision_id="d")
    assert answer.status_code == 403
    assert "needs the scope gate:refund:decide" in answer.text
    assert stand.rail.commands == []


async def test_an_ai_cannot_use_the_console_whatever_its_scopes() -> None:
    bot = Actor(id="bot", kind=ActorKind.AI, scopes=PEOPLE["token-kim"].scopes)
    async with served(verify=lambda token: bot) as stand, stand.client("any") as http:
        answer = await http.post(f"/work/{BIG}/decide", data={"outcome": "approve", "digest": digest(stand)})
        assert answer.status_code in {303, 401}
        assert stand.rail.commands == []


async def test_a_refused_step_is_corrected_in_a_form_that_shows_how_it_is_and_who_else_wants_it(stand: Stand) -> None:
    stuck = stand.rail.runs["refund-stuck4477"].packet.repair
    assert stuck is not None
    wish = {"instrument_id": "gift-9"}
    refused = stuck.model_copy(
        update={
            "unknown_outcome": False, "actions": ["retry", "edit", "skip"], "editable": {"instrument_id": "wallet-2"},
            "proposed": wish, "proposed_by": ["agent-ana"],
        }
    )  # fmt: skip
    await stand.rail.change("refund-stuck4477", repair=refused)
    async with stand.client("token-kim") as http:
        shown = (await http.get("/work/refund-stuck4477")).text

    answer = await post(
        stand,
        "retry",
        "refund-stuck4477",
        action="edit",
        reason="Wallet closed.",
        **{"changes/instrument_id": "gift-9"},
    )

    assert "agent-ana wants to correct this step; a second person has to say the same." in shown
    assert 'value="gift-9"' in shown
    assert answer.status_code == 303
    assert stand.rail.commands[-1][3] == {"action": "edit", "reason": "Wallet closed.", "changes": wish}


async def test_what_may_be_changed_with_an_approval_is_a_form_with_its_bounds(stand: Stand) -> None:
    gate = stand.rail.runs[BIG].packet.gate
    assert gate is not None
    amount = Editable(name="amount", now=MONEY, more_than=eur(0), at_most=eur(90_000), note="Above that a manager.")
    kind = Editable(name="settle_by", now="payment", options=["repair_voucher", "payment"])
    await stand.rail.change(BIG, gate=gate.model_copy(update={"editable": [amount, kind]}))
    async with stand.client("token-kim") as http:
        shown = (await http.get(f"/work/{BIG}")).text
    fields = {"form": "decide-edits", "digest": gate.digest, "reason": "By the photo"}
    fields |= {"edits/settle_by": "repair_voucher"}

    unreadable = await post(stand, "decide", **fields, **{"edits/amount": "a lot"})
    answer = await post(stand, "decide", **fields, **{"edits/amount": "60.00 EUR"})

    assert "Above 0.00 EUR, at most 900.00 EUR. Above that a manager." in shown
    assert 'value="100.00 EUR"' in shown
    assert '<option value="payment" selected>' in shown
    assert (unreadable.status_code, answer.status_code) == (422, 303)
    [(*_, body)] = stand.rail.commands
    assert body["edits"] == {"amount": {"minor": 6_000, "currency": "EUR"}, "settle_by": "repair_voucher"}


async def test_whoever_decides_after_an_edit_sees_who_changed_what_and_why(stand: Stand) -> None:
    gate = stand.rail.runs[BIG].packet.gate
    assert gate is not None
    edited = {"edits": {"amount": MONEY}, "edited_by": "Ana", "edit_reason": "By the photo"}
    await stand.rail.change(BIG, gate=gate.model_copy(update=edited))

    async with stand.client("token-kim") as http:
        shown = (await http.get(f"/work/{BIG}")).text

    assert "Ana changed amount to 100.00 EUR: By the photo" in shown
