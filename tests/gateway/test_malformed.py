"""Bodies and queries that are wrong in every way: a clear problem, nothing called, never a 5xx."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.conftest import Served

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"{", "", "not JSON"),
        (b"order 4821 please", "", "not JSON"),
        (b"[]", "", "must be a JSON object"),
        (b'"text"', "", "must be a JSON object"),
        (b'{"arguments": {"order_id": "\xff"}}', "", "not UTF-8"),
        (b'{"arguments": []}', "arguments", "valid dictionary"),
        (b'{"arguments": {}, "request_id": 7}', "request_id", "valid string"),
        (b'{"arguments": {}, "request_id": "a b"}', "request_id", "pattern"),
        (b'{"arguments": {}, "confirm": "yes"}', "confirm", "pattern"),
        (b'{"arguments": {}, "actor": {"id": "boss", "kind": "human"}}', "actor", "not permitted"),
        (b'{"interaction": {"calls": 1}}', "interaction.calls", "not permitted"),
        (b'{"interaction": {"intent": {"label": "x", "confidence": 2}}}', "interaction.intent.confidence", "less than"),
        (b'{"arguments": {"order_id": "1", "order_id": "2"}}', "order_id", "twice"),
        (b'{"arguments": {"amount": NaN}}', "", "NaN"),
        (b'{"arguments": {"amount": -Infinity}}', "", "Infinity"),
        (b'{"arguments": {"amount": 1e999}}', "", "too large"),
        (b'{"arguments": {"amount": 9223372036854775808}}', "", "64 bits"),
        (b'{"arguments": {"amount": ' + b"9" * 5_000 + b"}}", "", "64 bits"),
        (b'{"arguments": {"order_id": "48\\u0000 21"}}', "arguments.order_id", "NUL"),
        (b'{"arguments": {"order_id": "\\ud800"}}', "arguments.order_id", "surrogates"),
        (b'{"arguments": ' + b'{"a":' * 40 + b"1" + b"}" * 41, "arguments", "nested deeper"),
        (b"[" * 30_000, "", "nested deeper"),
    ],
)
async def test_a_malformed_call_is_a_422_with_field_and_reason_and_calls_nothing(
    gate: Served, body: bytes, field: str, reason: str
) -> None:
    reply = await gate.http.post("/v1/tools/refund_order", content=body, headers={**JSON, **gate.bearer()})

    told = reply.json()
    assert (reply.status_code, reply.headers["Content-Type"]) == (422, "application/problem+json")
    assert {"type", "title", "status", "detail", "instance", "errors"} <= told.keys()
    assert reason in told["detail"]
    assert field in [error["field"] for error in told["errors"]] or not field
    assert gate.rail.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
async def test_another_media_type_is_a_415(gate: Served, headers: dict[str, str]) -> None:
    reply = await gate.http.post("/v1/tools/refund_order", content=b"{}", headers={**headers, **gate.bearer()})

    assert (reply.status_code, gate.rail.calls) == (415, [])


async def test_a_large_body_is_a_413_whether_or_not_it_declares_its_size(gate: Served) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000

    headers = {**JSON, **gate.bearer()}
    declared = await gate.http.post("/v1/tools/refund_order", content=b" " * 100_000, headers=headers)
    chunked = await gate.http.post("/v1/tools/refund_order", content=chunks(), headers=headers)

    assert [declared.status_code, chunked.status_code] == [413, 413]
    assert declared.json()["detail"] == "At most 65536 bytes are taken."


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/work/r-1?wait=11", "query.wait"),
        ("/v1/work/r-1?wait=nan", "query.wait"),
        ("/v1/work/r-1?wait=-1", "query.wait"),
        ("/v1/work/r-1?after=x", "query.after"),
        ("/v1/work?staus=done", "query.staus"),
        ("/v1/work?limit=0", "query.limit"),
        ("/v1/work?limit=100000000000000000000000", "query.limit"),
        ("/v1/work?due_before=2026-11-21T10:00:00", "query.due_before"),
        ("/v1/work?customer=%00", "query.customer"),
        ("/v1/tools?format=yaml", "query.format"),
        ("/v1/work/a%20b", "reference"),
        ("/v1/work/%C3%A9", "reference"),
        (f"/v1/work/{'r' * 301}", "reference"),
    ],
)
async def test_a_wrong_query_or_reference_is_a_422_that_names_it(gate: Served, path: str, field: str) -> None:
    reply = await gate.http.get(path, headers=gate.bearer())

    assert reply.status_code == 422, reply.text
    assert any(error["field"].startswith(field) for error in reply.json()["errors"])


async def test_no_such_page_and_no_such_method_are_problems_too(gate: Served) -> None:
    nowhere = await gate.http.get("/v2/tools", headers=gate.bearer())
    method = await gate.http.put("/v1/tools/refund_order", headers=gate.bearer())

    assert (nowhere.status_code, nowhere.json()["instance"]) == (404, "/v2/tools")
    assert (method.status_code, method.headers["Allow"]) == (405, "POST")
    assert {nowhere.headers["Content-Type"], method.headers["Content-Type"]} == {"application/problem+json"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["arguments", "interaction", "request_id", "confirm", "actor", "digest", "outcome", "lease_s"])
BODIES = (
    st.binary(max_size=200)
    | ANYTHING.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(FIELDS, ANYTHING, max_size=4).map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {"arguments": st.dictionaries(st.sampled_from(["order_id", "amount", "note"]), ANYTHING)}
    ).map(lambda value: json.dumps(value).encode())
)
PATHS = st.sampled_from(
    ["/v1/tools/refund_order", "/v1/events/stripe"]
    + [f"/v1/work/r-1/{name}" for name in ("confirm", "decide", "provide", "verify", "claim", "note", "retry", "x")]
)
PERSON: dict[str, Any] = {
    "kind": "human",
    "scopes": ["wf:*:start", "wf:*:read", "gate:*:decide", "work:own", "assurance:attest"],
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, body=BODIES)
async def test_no_body_whatever_makes_a_5xx(fuzzed: Served, path: str, body: bytes) -> None:
    reply = await fuzzed.http.post(path, content=body, headers={**JSON, **fuzzed.bearer(**PERSON)})

    assert reply.status_code < 500, reply.text
    if reply.status_code >= 400:
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.json()["status"] == reply.status_code


HEADERS = st.dictionaries(
    st.sampled_from(
        ["Prefer", "Idempotency-Key", "X-Call-Id", "traceparent", "tracestate", "Handrail-Trace", "Content-Type"]
    ),
    st.lists(st.integers(33, 126) | st.integers(128, 255), max_size=40).map(bytes)
    | st.sampled_from([b"wait=1e9", b"wait=" + b"9" * 400, b"respond-async;;,=", b"00-0-0-0", b'"', b'""']),
    max_size=3,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=HEADERS)
async def test_no_header_whatever_makes_a_5xx(fuzzed: Served, headers: dict[str, bytes]) -> None:
    raw = [(name.encode(), value) for name, value in headers.items()]
    raw += [(b"Authorization", fuzzed.bearer()["Authorization"].encode())]

    reply = await fuzzed.http.post("/v1/tools/refund_order", content=b'{"arguments": {}}', headers=raw)

    assert reply.status_code < 500, reply.text


async def test_a_body_that_trickles_is_given_up(gate: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handrail.gateway.bodies.PATIENCE_S", 0.05)
    host, port = gate.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/tools/refund_order HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n"
    writer.write(f"{head}Authorization: {gate.bearer()['Authorization']}\r\n\r\n{{".encode())

    status = await reader.readline()

    writer.close()
    assert status.split()[1] == b"408"
