"""Each command as a form: what it asks for, what it sends, and errors beside the field that they are about."""

import html
import re
from typing import Any

import pytest

from domain.answers import Missing
from domain.calls import ActorKind
from domain.commands import COMMANDS
from domain.delegations import Delegation
from domain.packet import Slot, SlotSource
from handrail.console.fields import body, fields
from handrail.console.forms import Form
from tests.console.conftest import DESK, PEOPLE, Stand, served
from tests.console.scenes import ago, ahead
from workflows._catalog import tools

BIG, STUCK = "refund-big4821", "refund-stuck4477"
WISH: dict[str, Any] = {
    "order_id": "4821", "reason": "damaged", "lines": ["l-1"], "amount": None, "to": "original",
}  # fmt: skip


async def wished(stand: Stand, **changes: Any) -> None:
    """The run knows what is asked for, and everything may be said to it."""
    slots = [Slot(name=name, value=value, source=SlotSource.MODEL) for name, value in WISH.items() if value]
    await stand.rail.change(BIG, slots=slots, **({"next": list(COMMANDS)} | changes))


async def page(stand: Stand, reference: str = BIG, token: str = "token-kim") -> str:
    async with stand.client(token) as http:
        return (await http.get(f"/work/{reference}")).text


def form(text: str, id: str) -> dict[str, str]:
    """What the form with this id sends if nothing is filled in."""
    found = next(f for f in re.findall(r"<form.*?</form>", text, re.S) if f'name="form" value="{id}"' in f)
    inputs = dict(re.findall(r'<input type="(?!checkbox)\w+"[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', found))
    inputs |= dict(re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>([^<]*)</textarea>', found))
    chosen = re.findall(r'<select [^>]*?name="([^"]+)"[^>]*>.*?<option value="([^"]*)" selected', found, re.S)
    return {name: html.unescape(value) for name, value in (inputs | dict(chosen)).items()}


async def send(stand: Stand, id: str, reference: str = BIG, token: str = "token-kim", **filled: str) -> Any:
    """Fills in the form of the page and sends it."""
    async with stand.client(token) as http:
        fields_ = form((await http.get(f"/work/{reference}")).text, id)
        return await http.post(f"/work/{reference}/{id.partition('-')[0]}", data=fields_ | filled)


async def test_every_command_that_is_legal_has_its_form_and_none_that_is_not(stand: Stand) -> None:
    await wished(stand, owner="supervisor-kim", owner_until=ahead(minutes=5), gate=None)
    legal = set(re.findall(rf'action="/work/{BIG}/(\w+)"', await page(stand)))
    await stand.rail.change(BIG, next=["note"])
    assert set(COMMANDS) - legal == {"decide", "claim", "provide"}  # no gate; held by the reader; nothing is missing
    assert set(re.findall(rf'action="/work/{BIG}/(\w+)"', await page(stand))) == {"note"}


@pytest.mark.parametrize(
    ("id", "filled", "sent"),
    [
        ("take_over", {"reason": "She asked."}, {"reason": "She asked.", "lease_s": 3_600}),
        ("hand_off", {"text": "Angry."}, {"reason": "customer_request", "text": "Angry."}),
        ("verify-attest", {"method": "call back"}, {"method": "call back", "level": 2, "customer_id": "cus-2041"}),
        ("reassign", {"queue": "fraud", "priority": "high"}, {"queue": "fraud", "priority": "high"}),
        ("resolve", {"comment": "Sent anew."}, {"comment": "Sent anew."}),
        ("confirm", {}, {"digest": None}),
        ("amend", {"arguments/lines": "l-1\nl-2"}, {"arguments": {"lines": ["l-1", "l-2"]}}),
        ("amend", {"arguments/lines": "", "arguments/amount": "120,50 eur"},
         {"arguments": {"lines": None, "amount": {"minor": 12_050, "currency": "EUR"}}}),
    ],
)  # fmt: skip
async def test_a_form_sends_the_command_as_its_schema_has_it(id: str, filled: dict[str, str], sent: Any) -> None:
    kim = PEOPLE["token-kim"]
    kim = kim.model_copy(update={"scopes": kim.scopes | {"assurance:attest"}})
    async with served(verify=lambda token: kim) as stand:
        packet = stand.rail.runs[BIG].packet
        await wished(stand, assurance=packet.assurance.model_copy(update={"needed": 2}))
        answer = await send(stand, id, **filled)
        assert answer.status_code == 303, answer.text
        body_ = stand.rail.commands[-1][3]
    COMMANDS[id.partition("-")[0]].model_validate(body_)
    assert {name: value if name != "digest" else None for name, value in body_.items()} == sent


async def test_a_hand_back_tells_the_agent_what_it_may_say_sentence_by_sentence(stand: Stand) -> None:
    await wished(stand, owner="supervisor-kim", owner_until=ahead(minutes=5))
    await send(stand, "hand_back", decision="goodwill", may_say="It is on its way.\n\nTwo days.", next_contact="Monday")
    sent = {"decision": "goodwill", "may_say": ["It is on its way.", "Two days."], "next_contact": "Monday"}
    assert stand.rail.commands[-1][2:] == ("hand_back", sent)


async def test_an_error_stands_beside_its_field_and_what_was_typed_is_kept(stand: Stand) -> None:
    await wished(stand)
    answer = await send(stand, "amend", **{"arguments/amount": "twelve", "arguments/reason": "late"})
    assert answer.status_code == 422
    assert '<p class="error small" id="amend-arguments-amount-error">Write an amount with its currency' in answer.text
    amount = next(tag for tag in re.findall(r"<input [^>]+>", answer.text) if 'id="amend-arguments-amount"' in tag)
    assert 'aria-invalid="true"' in amount
    assert " autofocus" in amount
    assert 'aria-describedby="amend-arguments-amount-help amend-arguments-amount-error"' in amount
    assert 'value="twelve"' in amount
    assert form(answer.text, "amend")["arguments/reason"] == "late"
    assert '<details id="act-amend" open>' in answer.text
    assert stand.rail.commands == []


async def test_a_change_of_what_is_not_asked_for_any_more_is_not_sent(stand: Stand) -> None:
    await wished(stand)
    shown = form(await page(stand), "amend")
    slots = stand.rail.runs[BIG].packet.slots
    other = Slot(name="order_id", value="4999", source=SlotSource.PERSON)
    await stand.rail.change(BIG, slots=[other, *slots[1:]])
    async with stand.client("token-kim") as http:
        late = await http.post(f"/work/{BIG}/amend", data=shown | {"arguments/reason": "late"})
    same = await send(stand, "amend")
    assert "What is asked for has changed meanwhile." in late.text
    assert "Nothing is different from what was asked." in same.text
    assert stand.rail.commands == []


async def test_what_was_asked_for_is_given_in_fields_of_its_own(stand: Stand) -> None:
    schema = tools()["open_claim"].arguments.model_json_schema()
    cards = [card.model_copy(update={"arguments_schema": schema}) for card in stand.rail.tools()]
    stand.rail.tools = lambda: cards  # type: ignore[method-assign]
    await wished(stand)
    stand.rail.missing = [
        Missing(field="facts.symptom", reason="Symptom is needed."),
        Missing(field="evidence.photo", reason="Photo is needed, by reference and SHA-256."),
        Missing(field="settle_by", reason="How?", options=["payment", "replacement"]),
    ]
    proof = {"facts/evidence.photo/ref": "upload:7", "facts/evidence.photo/sha256": "d4" * 32}
    await send(stand, "provide", **{"facts/facts.symptom": "Silent.", "facts/settle_by": "replacement", **proof})
    facts = {"facts.symptom": "Silent.", "settle_by": "replacement"}
    facts_and_proof = facts | {"evidence.photo": {"ref": "upload:7", "sha256": "d4" * 32}}
    assert stand.rail.commands[-1][3] == {"facts": facts_and_proof}


async def test_who_was_lent_the_right_to_decide_decides_in_the_others_name_only() -> None:
    lent = Delegation(
        id="d-1", tenant="default", principal="supervisor-kim", principal_name="Kim Novak", delegate="agent-ben",
        roles=["supervisor"], scopes=["gate:*:decide"], since=ago(hours=1), until=ahead(hours=1),
    )  # fmt: skip
    async with served() as stand:
        stand.rail.delegated = [lent]
        shown = form(await page(stand, token="token-ben"), "decide-approve")
        answer = await send(stand, "decide-approve", token="token-ben")
        assert (shown["on_behalf_of"], answer.status_code) == ("supervisor-kim", 303)
        who, _, _, said = stand.rail.commands[-1]
        assert (who, said["outcome"], said["on_behalf_of"]) == ("agent-ben", "approve", "supervisor-kim")
        mine = await page(stand, "refund-mine6001", "token-ben")  # Kim asked for it: nobody decides it in her name
        assert 'value="decide-approve"' not in mine


async def test_the_second_person_may_agree_to_a_skip_of_what_another_holds(stand: Stand) -> None:
    repair = stand.rail.runs[STUCK].packet.repair
    assert repair is not None
    held = {"owner": "agent-ben", "owner_until": ahead(minutes=5)}
    await stand.rail.change(STUCK, repair=repair.model_copy(update={"proposed_by": ["agent-ben"]}), **held)
    forms = set(re.findall(r'name="form" value="(retry-\w+)"', await page(stand, STUCK)))
    assert forms == {"retry-skip"}


async def test_who_may_not_vouch_is_not_asked_to(stand: Stand) -> None:
    await wished(stand)
    assert ActorKind.HUMAN is PEOPLE["token-kim"].kind
    assert "assurance:attest" not in DESK
    text = await page(stand)
    assert 'value="verify-again"' in text
    assert 'value="verify-attest"' not in text


@pytest.mark.parametrize("name", sorted(tools()))
def test_the_arguments_of_every_tool_survive_their_form(name: str) -> None:
    """Whatever the schema has becomes a field, and comes back as it was."""
    schema = tools()[name].arguments.model_json_schema()
    asked = fields(schema, ("arguments",), EXAMPLES.get(name, {}))
    shown = Form({field.name: field.value for field in asked})
    read, errors = body(asked, shown)
    assert {field.path[1] for field in asked} == set(schema.get("properties", {}))
    assert {k: v for k, v in read.get("arguments", {}).items() if k in EXAMPLES.get(name, {})} == EXAMPLES.get(name, {})
    assert errors == {} or not EXAMPLES.get(name)


EXAMPLES: dict[str, dict[str, Any]] = {
    "open_claim": {
        "kind": "theft", "loss_on": "2026-11-02", "description": "Gone.", "amount": {"minor": 1250, "currency": "EUR"},
        "facts": {"where": "train: seat 4"}, "evidence": [{"kind": "photo", "ref": "u:1", "sha256": "d4" * 32}],
    },
    "exchange_items": {"order_id": "1", "items": [{"line_id": "1-1", "variant_id": "v-2"},
                                                  {"line_id": "1-2", "variant_id": "v-3"}]},
    "change_delivery_address": {"order_id": "1", "address": {"line1": "Am Markt 1", "city": "Bonn",
                                                             "postal_code": "53111", "country": "DE"}},
    "step_up_caller": {"channel": "sms", "resend": 1},
}  # fmt: skip
