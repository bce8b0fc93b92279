"""The small parts of the contract: secrets, signatures, pages, the catalogue, spans."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
import respx
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from connectors.catalogue import BadConfig, NoConnector, claims, connect, connect_all, find, names
from connectors.errors import AuthFailed, ContractDrift
from connectors.paging import walk
from connectors.secrets import SecretRef, UnknownSecret
from connectors.signatures import Encoding, HmacSpec
from connectors.simulator.connector import SimulatorConnector
from tests.connectors.acme import Thing
from tests.connectors.lending import BASE, REF, connector

SYSTEMS = ("crm", "orders", "billing", "cases", "claims", "payouts", "messaging")
SECRET = SecretStr("whsec")


def test_a_secret_comes_from_environment_or_file_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ACME_KEY", "from-env")
    (tmp_path / "key").write_text("from-file\n")
    for given, meant in ((f"file:{tmp_path}/key", "from-file"), ("env:ACME_KEY", "from-env"), ("plain", "plain")):
        made = connect("simulator", {"base_url": "http://x", "api_key": given})
        assert made.config.api_key.get_secret_value() == meant
        assert meant not in repr(made.config)


@pytest.mark.parametrize("reference", ["env:NO_SUCH_KEY", "file:no/such/file"])
def test_a_secret_that_is_not_there_is_named_by_its_reference(reference: str) -> None:
    with pytest.raises(UnknownSecret, match=reference):
        SecretRef(reference).resolve()
    with pytest.raises(BadConfig, match="api_key"):
        connect("simulator", {"base_url": "http://x", "api_key": reference})


STRIPE = HmacSpec(header="Stripe-Signature", signature_field="v1", timestamp_field="t")
ZENDESK = HmacSpec(
    header="X-Zendesk-Webhook-Signature", timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
    signed="{timestamp}{body}", encoding=Encoding.BASE64,
)  # fmt: skip
SHOPIFY = HmacSpec(header="X-Shopify-Hmac-Sha256", signed="{body}", encoding=Encoding.BASE64)
BODY = b'{"id":1}'


def _mac(message: bytes) -> bytes:
    return hmac.new(SECRET.get_secret_value().encode(), message, hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("spec", "headers"),
    [
        (STRIPE, {"stripe-signature": f"t=1000,v1=00,v1={_mac(b'1000.' + BODY).hex()},v0=zz"}),
        (ZENDESK, {
            "X-Zendesk-Webhook-Signature": base64.b64encode(_mac(b"1000" + BODY)).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": "1000",
        }),
        (SHOPIFY, {"X-Shopify-Hmac-Sha256": base64.b64encode(_mac(BODY)).decode()}),
    ],
    ids=["stripe", "zendesk", "shopify"],
)  # fmt: skip
def test_signatures_of_different_vendors_are_declared(spec: HmacSpec, headers: dict[str, str]) -> None:
    spec.verify(SECRET, BODY, headers, now_s=1_300)
    for wrong in ((SecretStr("other"), BODY, headers), (SECRET, BODY + b" ", headers), (SECRET, BODY, {})):
        with pytest.raises(AuthFailed):
            spec.verify(*wrong, now_s=1_000)


@pytest.mark.parametrize("now", [1_301, 699])
def test_an_old_or_future_signature_is_refused(now: float) -> None:
    with pytest.raises(AuthFailed, match="from now"):
        STRIPE.verify(SECRET, BODY, {"Stripe-Signature": f"t=1000,v1={_mac(b'1000.' + BODY).hex()}"}, now_s=now)


async def test_pages_are_walked_to_the_end_but_never_in_a_circle() -> None:
    pages = {"": ([1, 2], "b"), "b": ([3], "")}

    async def good(cursor: str) -> tuple[list[int], str]:
        return pages[cursor]

    async def circle(cursor: str) -> tuple[list[int], str]:
        return [1], "again"

    async def endless(cursor: str) -> tuple[list[int], str]:
        return [1], cursor + "x"

    assert [item async for item in walk(good)] == [1, 2, 3]
    for bad, words in ((circle, "circle"), (endless, "more than 50 pages")):
        with pytest.raises(ContractDrift, match=words):
            [item async for item in walk(bad)]


def test_a_folder_is_all_that_registers_a_connector() -> None:
    assert "simulator" in names()
    assert "conformance" not in names()
    assert find("simulator") is SimulatorConnector
    assert claims(SimulatorConnector) == [*SYSTEMS, "events"]


def test_a_wrong_name_is_told_with_those_that_there_are() -> None:
    with pytest.raises(NoConnector, match=r"^billing = 'strpe' is no connector; there are: .*simulator"):
        connect("strpe", {}, system="billing")


def test_a_wrong_configuration_names_fields_and_no_values() -> None:
    with pytest.raises(BadConfig) as raised:
        connect("simulator", {"api_key": "s3cr3t", "base_uri": "s3cr3t"})

    assert "base_url" in str(raised.value)
    assert "base_uri" in str(raised.value)
    assert "s3cr3t" not in str(raised.value)
    with pytest.raises(BadConfig, match="base_url"):
        connect("simulator", {"base_url": "no-url"})


async def test_systems_of_one_vendor_share_a_connector() -> None:
    systems = connect_all(dict.fromkeys(SYSTEMS, "simulator"), {"simulator": {"base_url": "http://x"}})

    assert len({id(s) for s in (systems.crm, systems.orders, systems.billing, systems.cases)}) == 1
    assert id(systems.receiver("simulator")) == id(systems.crm)
    with pytest.raises(NoConnector, match="receives no events here; there are: simulator"):
        systems.receiver("acme")
    await systems.aclose()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for module in ("connectors.http", "connectors.sending"):
        monkeypatch.setattr(f"{module}._tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


async def test_each_request_has_a_span_and_carries_it_to_the_vendor(spans: InMemorySpanExporter) -> None:
    router = respx.Router(base_url=BASE)
    route = router.post("/things").respond(201, json={})
    await connector(router).make(Thing(what="mia@example.com"), REF)
    request, write = spans.get_finished_spans()

    assert (request.name, request.kind, write.name) == ("POST acme", trace.SpanKind.CLIENT, "acme make")
    assert request.parent is not None
    assert request.context is not None
    assert write.context is not None
    assert request.parent.span_id == write.context.span_id
    assert f"{request.context.span_id:016x}" in route.calls[0].request.headers["traceparent"]


async def test_spans_hold_neither_person_nor_secret(spans: InMemorySpanExporter) -> None:
    router = respx.Router(base_url=BASE)
    router.get("/people").respond(400, json={"message": "mia@example.com is wrong"})
    with pytest.raises(Exception, match="is wrong"):
        await connector(router).http.read("GET", "/people", params={"email": "mia@example.com"})
    told = "".join(span.to_json() for span in spans.get_finished_spans())

    assert "invalid_request" in told
    assert "mia" not in told
