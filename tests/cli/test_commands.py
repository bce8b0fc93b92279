"""The commands as processes of their own, against the gateway over real HTTP with a rail in memory behind it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handrail.whereabouts import write_urls
from tests.cli.sample import document
from tests.gateway.conftest import Served, served
from tests.gateway.fake_rail import FakeRail

ROOT = Path(__file__).resolve().parents[2]


class Rail(FakeRail):
    """With something on record, and a gate to decide."""

    verified = True

    async def history(self, actor: Any, reference: str) -> dict[str, Any]:
        self._found(actor, reference)
        return document(reference=reference, verified={"ok": self.verified, "problems": []})

    async def packet(self, actor: Any, reference: str) -> dict[str, Any]:
        gate = {"digest": "sha256:77", "editable": [{"name": "amount", "now": {}}, {"name": "line_id", "now": "1"}]}
        return await super().packet(actor, reference) | {"gate": gate}


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    home: Path
    gate: Served

    async def run(self, *words: str, **environment: str) -> Ended:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "handrail.cli", *words),
            cwd=ROOT,
            env={**kept, "HANDRAIL_HOME": str(self.home), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    @property
    def rail(self) -> Rail:
        assert isinstance(self.gate.rail, Rail)
        return self.gate.rail


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with served(tmp_path, rail=Rail()) as gate:
        gate.credentials.ready_made()
        write_urls(tmp_path, {"gateway": gate.url})
        yield Desk(tmp_path, gate)


async def open_work(desk: Desk) -> str:
    answer = (await desk.run("call", "refund_order", "order_id=4821", "amount=12.00EUR", "--json")).json
    reference: str = answer["reference"]
    return reference


async def test_a_call_carries_its_arguments_conversation_and_key(desk: Desk) -> None:
    ended = await desk.run(
        *("call", "refund_order", "order_id=4821", "amount=12.00EUR"),
        *("--call-id", "c-7", "--channel", "voice", "--request-id", "r-7", "--wait", "2"),
    )

    [(call, wait_s, _)] = desk.rail.calls
    assert ended.code == 0, ended.err
    assert call.arguments == {"order_id": "4821", "amount": {"minor": 1200, "currency": "EUR"}}
    assert (call.interaction.call_id, call.interaction.channel, call.request_id, wait_s) == ("c-7", "voice", "r-7", 2)
    assert (call.actor.id, call.actor.kind) == ("ai-voice-1", "ai")
    assert "needs_confirmation" in ended.out
    assert "12.00 EUR" in ended.out


async def test_json_prints_the_raw_answer(desk: Desk) -> None:
    answer = (await desk.run("call", "refund_order", "order_id=4821", "--json")).json

    assert answer["status"] == "needs_confirmation"
    assert answer["digest"].startswith("sha256:")


async def test_a_business_no_ends_with_code_1(desk: Desk) -> None:
    ended = await desk.run("call", "refund_order", "order_id=old")

    assert ended.code == 1
    assert "refund.window" in ended.out


async def test_wrong_arguments_end_with_code_2_and_each_field(desk: Desk) -> None:
    ended = await desk.run("call", "refund_order", "order_id=4821", "colour=red")

    assert ended.code == 2
    assert "colour: Extra inputs are not permitted" in ended.err


async def test_an_unknown_tool_is_told_with_those_that_there_are(desk: Desk) -> None:
    ended = await desk.run("call", "refund_ordre", "order_id=4821")

    assert ended.code == 2
    assert "refund_order" in ended.err


async def test_a_gateway_that_does_not_answer_is_told_with_what_to_do(desk: Desk) -> None:
    ended = await desk.run("tools", "--url", "http://127.0.0.1:9")

    assert ended.code == 2
    assert "gives no answer" in ended.err
    assert "handrail up" in ended.err


async def test_without_a_token_the_ones_that_there_are_are_told(desk: Desk) -> None:
    ended = await desk.run("tools", "--as", "nobody")

    assert ended.code == 2
    assert "No token for 'nobody'" in ended.err
    assert "supervisor" in ended.err


async def test_a_token_in_the_environment_is_used(desk: Desk) -> None:
    await desk.run("call", "refund_order", "order_id=4821", HANDRAIL_TOKEN=desk.gate.token(sub="bot-9"))

    assert desk.rail.calls[0][0].actor.id == "bot-9"


async def test_tools_are_listed_with_their_arguments(desk: Desk) -> None:
    ended = await desk.run("tools")
    openai = await desk.run("tools", "--openai")

    assert "[order_id] [amount] [note]" in ended.out
    assert [tool["type"] for tool in openai.json["tools"]] == ["function", "function"]


async def test_work_waits_as_long_as_asked(desk: Desk) -> None:
    reference = await open_work(desk)

    ended = await desk.run("work", reference, "--wait", "3")

    assert desk.rail.waits == [(reference, 3, -1)]
    assert reference in ended.out


async def test_the_inbox_is_asked_as_a_supervisor_with_its_filters(desk: Desk) -> None:
    reference = await open_work(desk)

    ended = await desk.run("inbox", "--queue", "approvals", "--customer", "C-1001")

    actor, query = desk.rail.queries[-1]
    assert (actor.id, query.queue, query.customer_id, query.open_only) == ("sam", "approvals", "C-1001", True)
    assert reference in ended.out


async def test_a_decision_carries_the_digest_of_the_gate_that_is_shown(desk: Desk) -> None:
    reference = await open_work(desk)

    ended = await desk.run("decide", reference, "approve", "--reason", "known_defect", "--note", "batch 7")

    assert ended.code == 0, ended.err
    actor, told, name, body = desk.rail.commands[-1]
    assert (actor.id, told, name) == ("sam", reference, "decide")
    assert body == {"outcome": "approve", "digest": "sha256:77", "reason": "known_defect", "note": "batch 7"}


async def test_an_approval_may_carry_edits_as_the_packet_names_them(desk: Desk) -> None:
    reference = await open_work(desk)

    words = ["--reason", "By the photo", "--edit", "amount=60.00EUR", "--edit", "line_id=007"]
    ended = await desk.run("decide", reference, "approve", *words)

    assert ended.code == 0, ended.err
    edits = {"amount": {"minor": 6_000, "currency": "EUR"}, "line_id": "007"}
    assert desk.rail.commands[-1][3]["edits"] == edits


async def test_an_ai_cannot_decide(desk: Desk) -> None:
    reference = await open_work(desk)

    ended = await desk.run("decide", reference, "approve", "--digest", "sha256:77", "--as", "ai")

    assert ended.code == 2
    assert desk.rail.commands == []


async def test_a_refused_command_is_told_with_its_rule(desk: Desk) -> None:
    reference = await open_work(desk)

    ended = await desk.run("tell", reference, "retry", "action=retry", "--as", "supervisor")

    assert ended.code == 2
    assert "Nothing to repair" in ended.err
    assert "repair.none" in ended.err


async def test_a_history_is_shown_and_a_broken_one_ends_with_code_1(desk: Desk) -> None:
    reference = await open_work(desk)

    whole = await desk.run("history", reference)
    desk.rail.verified = False
    broken = await desk.run("history", reference)

    assert (whole.code, broken.code) == (0, 1)
    assert "✓ the chain is whole" in whole.out
    assert "✗ the record does not verify" in broken.out


async def test_a_ready_made_token_is_printed_alone(desk: Desk) -> None:
    ended = await desk.run("token", "supervisor")

    made = json.loads((desk.home / "credentials.json").read_text())
    assert ended.out.strip() == made["sam"]


async def test_a_new_token_has_the_kind_scopes_and_roles_that_were_asked_for(desk: Desk) -> None:
    words = ("bot-12", "--kind", "ai", "--scope", "wf:refund:start", "--scope", "wf:refund:read")
    ended = await desk.run("token", *words)

    await desk.run("call", "refund_order", "order_id=4821", HANDRAIL_TOKEN=ended.out.strip())

    actor = desk.rail.calls[0][0].actor
    assert (actor.id, actor.kind, sorted(actor.scopes)) == ("bot-12", "ai", ["wf:refund:read", "wf:refund:start"])


@pytest.mark.parametrize("words", [["fly"], ["work"], ["decide", "r-1", "maybe"]])
async def test_wrong_usage_ends_with_code_2(desk: Desk, words: list[str]) -> None:
    assert (await desk.run(*words)).code == 2
