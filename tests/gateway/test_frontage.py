"""Around the routes: hosts, rates, traces, health, webhooks and the OpenAPI document."""

from pathlib import Path

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from domain.commands import COMMANDS
from handrail.gateway.rates import Rates
from handrail.gateway.scopes import COMMAND_SCOPES
from tests.gateway.conftest import Served, served

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def test_the_openapi_document_is_valid_3_1_and_tells_the_surface(gate: Served) -> None:
    document = (await gate.http.get("/v1/openapi.json")).json()

    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")
    assert {path: sorted(operations) for path, operations in document["paths"].items()} == {
        "/v1/tools": ["get"],
        "/v1/tools/{tool}": ["post"],
        "/v1/work": ["get"],
        "/v1/work/{reference}": ["get"],
        "/v1/work/{reference}/packet": ["get"],
        "/v1/work/{reference}/history": ["get"],
        "/v1/work/{reference}/{command}": ["post"],
        "/v1/decisions": ["post"],
        "/v1/delegations": ["get", "post"],
        "/v1/delegations/{id}/end": ["post"],
        "/v1/events/{connector}": ["post"],
        "/v1/healthz": ["get"],
        "/v1/readyz": ["get"],
    }
    call = document["paths"]["/v1/tools/{tool}"]["post"]
    assert call["security"] == [{"bearer": []}]
    assert call["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/CallForm"}
    assert call["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Answer"}
    assert call["responses"]["409"]["content"].keys() == {"application/problem+json"}
    assert "ValidationError" not in document["components"]["schemas"]


def test_every_command_has_a_scope() -> None:
    assert COMMANDS.keys() <= COMMAND_SCOPES.keys()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", ""]
)
async def test_a_name_pointed_at_this_machine_gets_nothing_from_the_embedded_issuer(gate: Served, host: str) -> None:
    reply = await gate.refund(headers={"Host": host})

    assert (reply.status_code, gate.rail.calls) == (403, [])
    assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost:7400", "127.0.0.1", "[::1]", "[::1]:7400", "LOCALHOST"])
async def test_loopback_names_are_answered(gate: Served, host: str) -> None:
    assert (await gate.refund(headers={"Host": host})).status_code == 200


async def test_behind_a_real_issuer_the_host_is_the_proxys_matter(tmp_path: Path) -> None:
    async with served(tmp_path, more={"jwks": str(tmp_path / "jwks.json")}) as gate:
        assert (await gate.refund(headers={"Host": "rail.example"})).status_code == 200


async def test_one_principal_over_his_rate_gets_429_with_retry_after_and_others_go_on(tmp_path: Path) -> None:
    clock = [0.0]
    async with served(tmp_path, more={"requests_per_minute": 3}, now=lambda: clock[0]) as gate:
        first = [(await gate.refund()).status_code for _ in range(4)]
        reply = await gate.refund()
        other = await gate.refund(headers=gate.bearer(sub="bot-2"))
        other_tenant = await gate.refund(headers=gate.bearer(tenant="acme"))
        clock[0] = 20.0
        later = [(await gate.refund()).status_code for _ in range(2)]

    assert first == [200, 200, 200, 429]
    assert (reply.headers["Retry-After"], reply.json()["title"]) == ("20", "Too many requests")
    assert (other.status_code, other_tenant.status_code) == (200, 200)
    assert later == [200, 429]


async def test_guessing_tokens_is_limited_without_locking_out_good_ones(tmp_path: Path) -> None:
    async with served(tmp_path, more={"requests_per_minute": 2}, now=lambda: 0.0) as gate:
        guess = {"Authorization": "Bearer guess"}
        guesses = [(await gate.refund(headers=guess)).status_code for _ in range(3)]

        assert guesses == [401, 401, 429]
        assert (await gate.refund()).status_code == 200


def test_the_rates_of_idle_principals_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handrail.gateway.rates.MAX_BUCKETS", 3)
    rates = Rates(1, now=lambda: 0.0)

    assert [rates.take(name) for name in "abcd"] == [0, 0, 0, 0]
    assert rates.take("d") == 60
    assert len(rates._buckets) == 3


@pytest.mark.parametrize("header", ["traceparent", "Handrail-Trace"])
async def test_a_request_is_a_server_span_in_the_callers_trace_with_nothing_personal(
    tmp_path: Path, header: str
) -> None:
    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    async with served(tmp_path, tracer_provider=provider) as gate:
        reply = await gate.refund(
            "4821",
            headers={header: f"00-{TRACE}-b7ad6b7169203331-01", "X-Call-Id": "+4917012345"},
            interaction={"summary": "Ana Petrova wants her money back"},
        )

    span: ReadableSpan
    (span,) = seen.get_finished_spans()
    assert span.name == "POST /v1/tools/{tool}"
    assert span.context is not None
    assert format(span.context.trace_id, "032x") == TRACE
    assert reply.headers["Handrail-Trace"].split("-")[1] == TRACE
    attributes = dict(span.attributes or {})
    assert attributes["gen_ai.tool.name"] == "refund_order"
    assert attributes["gen_ai.operation.name"] == "execute_tool"
    assert attributes["gen_ai.agent.id"] == "bot-1"
    assert attributes["handrail.answer.status"] == "needs_confirmation"
    assert attributes["http.response.status_code"] == 200
    assert "Petrova" not in str(attributes)
    assert "4917012345" not in str(attributes)


async def test_a_bug_tells_the_caller_the_trace_under_which_it_is_found(tmp_path: Path) -> None:
    async with served(tmp_path, tracer_provider=TracerProvider()) as gate:
        reply = await gate.refund("bug", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})

    assert (reply.status_code, TRACE in reply.json()["detail"]) == (500, True)


async def test_health_and_readiness_need_no_token(gate: Served) -> None:
    assert (await gate.http.get("/v1/healthz")).json() == {"status": "ok"}
    assert (await gate.http.get("/v1/readyz")).json() == {"status": "ok"}


async def test_not_ready_while_what_lies_behind_does_not_answer(gate: Served) -> None:
    gate.rail.unavailable = True

    reply = await gate.http.get("/v1/readyz")

    assert (reply.status_code, reply.json()["detail"]) == (503, "Temporal cannot be reached.")
    assert (await gate.http.get("/v1/healthz")).status_code == 200


async def test_probes_are_no_load_behind_the_door(gate: Served) -> None:
    for _ in range(5):
        await gate.http.get("/v1/readyz")

    assert len(gate.rail.queries) == 1


async def test_a_webhook_reaches_the_connector_byte_for_byte(gate: Served) -> None:
    body = b'{"a": 1,  "a": NaN}\xff\x00'

    reply = await gate.http.post("/v1/events/stripe", content=body, headers={"X-Signature": "good"})

    assert (reply.status_code, reply.json()) == (200, {"told": 1})
    ((connector, received, headers),) = gate.rail.events
    assert (connector, received, headers["x-signature"]) == ("stripe", body, "good")


async def test_a_webhook_with_a_bad_signature_or_name_or_size_is_refused(gate: Served) -> None:
    async def sent(connector: str, body: bytes = b"{}", signature: str = "good") -> httpx.Response:
        return await gate.http.post(f"/v1/events/{connector}", content=body, headers={"X-Signature": signature})

    replies = [await sent("stripe", signature="bad"), await sent("..%2Fadmin"), await sent("stripe", b"x" * 70_000)]

    assert [reply.status_code for reply in replies] == [403, 404, 413]
    assert gate.rail.events == []
