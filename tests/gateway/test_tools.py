"""Calling tools over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from domain.calls import ActorKind
from tests.gateway.conftest import Served


async def test_a_tool_call_reaches_the_rail_with_the_actor_of_the_token(gate: Served) -> None:
    headers = {"Idempotency-Key": '"k-1"', "X-Call-Id": "CA77", **gate.bearer(agent_version="v3", model="m")}

    reply = await gate.refund(headers=headers, interaction={"channel": "voice", "intent": {"label": "refund"}})

    assert reply.status_code == 200
    assert reply.json()["status"] == "needs_confirmation"
    assert reply.json()["digest"].startswith("sha256:")
    ((call, wait_s, until),) = gate.rail.calls
    assert (call.tool, call.arguments, call.request_id) == ("refund_order", {"order_id": "4821"}, "k-1")
    assert (call.interaction.call_id, call.interaction.channel) == ("CA77", "voice")
    assert call.interaction.intent is not None
    assert call.interaction.intent.label == "refund"
    assert (call.actor.id, call.actor.kind, call.actor.agent_version) == ("bot-1", ActorKind.AI, "v3")
    assert (wait_s, until) == (1.0, "finished")


@pytest.mark.parametrize(("order", "status"), [("", "needs_input"), ("old", "denied")])
async def test_a_business_no_is_an_answer_with_200(gate: Served, order: str, status: str) -> None:
    reply = await gate.refund(order)

    assert (reply.status_code, reply.json()["status"]) == (200, status)


async def test_an_empty_body_is_a_call_without_arguments(gate: Served) -> None:
    reply = await gate.http.post("/v1/tools/refund_order", headers=gate.bearer())

    assert reply.json()["missing"][0]["field"] == "order_id"


async def test_the_same_request_again_gets_the_same_answer(gate: Served) -> None:
    first, second = await gate.refund(request_id="k-1"), await gate.refund(headers={"Idempotency-Key": "k-1"})

    assert first.json() == second.json()


async def test_the_same_request_id_with_other_arguments_is_a_409(gate: Served) -> None:
    await gate.refund("4821", request_id="k-1")

    reply = await gate.refund("4822", request_id="k-1")

    assert reply.status_code == 409
    assert reply.json()["type"] == "urn:handrail:problem:other-arguments"
    assert "k-1" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("header", "body", "field"),
    [
        ({"Idempotency-Key": "a"}, {"request_id": "b"}, "request_id"),
        ({"X-Call-Id": "a"}, {"interaction": {"call_id": "b"}}, "interaction.call_id"),
    ],
)
async def test_header_and_body_that_disagree_are_refused_and_nothing_is_called(
    gate: Served, header: dict[str, str], body: dict[str, Any], field: str
) -> None:
    reply = await gate.refund(headers=header, **body)

    assert reply.status_code == 422
    assert field in [error["field"] for error in reply.json()["errors"]]
    assert gate.rail.calls == []


@pytest.mark.parametrize(
    ("prefer", "wait_s", "until", "applied"),
    [
        ("wait=2", 2.0, "finished", "wait=2"),
        ("wait=60", 4.0, "finished", "wait=4"),
        ("respond-async", 1.0, "decided", "respond-async"),
        ("respond-async, wait=0", 0.0, "decided", "respond-async, wait=0"),
        ("wait=soon, handling=lenient", 1.0, "finished", None),
        ("wait=3, wait=1", 3.0, "finished", "wait=3"),
    ],
)
async def test_prefer_says_how_long_the_caller_waits(
    gate: Served, prefer: str, wait_s: float, until: str, applied: str | None
) -> None:
    reply = await gate.refund(headers={"Prefer": prefer})

    assert gate.rail.calls[0][1:] == (wait_s, until)
    assert reply.headers.get("Preference-Applied") == applied


async def test_a_caller_who_hangs_up_cancels_nothing(gate: Served) -> None:
    async def call() -> None:
        await gate.refund("slow", request_id="k-1")

    calling = asyncio.create_task(call())
    await gate.rail.started.wait()
    calling.cancel()
    await asyncio.wait([calling])
    gate.rail.go_on.set()

    again = await gate.refund("slow", request_id="k-1")

    assert again.status_code == 200
    assert gate.rail.finished == ["k-1", "k-1"]


async def test_wrong_arguments_are_named_with_their_reason(gate: Served) -> None:
    body = {"arguments": {"order_id": "1", "amount": {"minor": "much", "currency": "EUR"}}}

    reply = await gate.http.post("/v1/tools/refund_order", json=body, headers=gate.bearer())

    assert reply.status_code == 422
    assert reply.json()["errors"] == [
        {"field": "amount.minor", "reason": "Input should be a valid integer, unable to parse string as an integer"}
    ]


async def test_an_unknown_tool_is_a_404_that_names_the_known_ones(gate: Served) -> None:
    reply = await gate.http.post("/v1/tools/refund_all", json={}, headers=gate.bearer())

    assert reply.status_code == 404
    assert "file_claim, refund_order" in reply.json()["detail"]


async def test_the_list_holds_the_tools_that_the_token_may_call(gate: Served) -> None:
    reply = await gate.http.get("/v1/tools", headers=gate.bearer(scopes=["wf:claim:start"]))

    (tool,) = reply.json()["tools"]
    assert (tool["name"], tool["scope"]) == ("file_claim", "wf:claim:start")
    assert tool["arguments_schema"]["type"] == "object"


async def test_the_list_comes_as_openai_function_definitions(gate: Served) -> None:
    async def listed(style: str) -> list[dict[str, object]]:
        reply = await gate.http.get("/v1/tools", params={"format": style}, headers=gate.bearer())
        tools: list[dict[str, object]] = reply.json()["tools"]
        return tools

    chat, realtime = (await listed("openai"))[0], (await listed("openai-realtime"))[0]

    assert chat["type"] == realtime["type"] == "function"
    assert isinstance(chat["function"], dict)
    assert chat["function"].keys() == {"name", "description", "parameters"}
    assert realtime["name"] == chat["function"]["name"]


async def test_a_rail_that_is_not_available_is_a_503_with_retry_after(gate: Served) -> None:
    gate.rail.unavailable = True

    reply = await gate.refund()

    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
    assert reply.headers["Content-Type"] == "application/problem+json"


async def test_a_bug_is_a_500_that_tells_nothing_of_the_inside(gate: Served) -> None:
    reply = await gate.refund("bug")

    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert reply.json()["type"] == "urn:handrail:problem:internal"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert (await gate.refund()).status_code == 200


async def test_answers_carry_no_cors_and_no_caching(gate: Served) -> None:
    reply: httpx.Response = await gate.refund(headers={"Origin": "https://evil.example"})

    assert "access-control-allow-origin" not in reply.headers
    assert reply.headers["Cache-Control"] == "no-store"
