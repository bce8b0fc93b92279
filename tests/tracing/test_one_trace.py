"""One trace from the tool call to the vendor's door; the approver's trace and the run's point at each other."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.embedded import Stack
from tests.tracing.collector import Collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
OTHER = "1bf7651916cd43dd8448eb211c80319d"


class Desk:
    def __init__(self, stack: Stack, spans: Collector) -> None:
        self.stack, self.spans = stack, spans

    def ask(self, method: str, path: str, body: Any = None, *, who: str = "ai", trace: str = TRACE) -> Any:
        headers = {
            "authorization": f"Bearer {self.stack.tokens[who]}",
            "content-type": "application/json",
            "x-call-id": "traced-call",
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.stack.gateway_url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def log(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.stack.simulators_url}/admin/log", timeout=10) as answer:
            entries = json.load(answer)
        return list(entries["data"] if isinstance(entries, dict) else entries)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home: Path = tmp_path_factory.mktemp("traced")
    with Collector() as spans:
        exported = {"OTEL_EXPORTER_OTLP_ENDPOINT": spans.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        parts = ["temporal", "simulators", "worker", "gateway"]
        with Stack(home, parts=parts, environment=exported, restart=False) as stack:
            yield Desk(stack, spans)


@pytest.fixture(scope="module")
def approved(desk: Desk) -> str:
    """A large refund, asked in one trace and approved in another; its reference."""
    desk.ask("POST", "/v1/tools/verify_caller", {"arguments": {"email": "mia.novak@example.com"}})
    call = {"arguments": {"order_id": "4821", "lines": ["4821-3"], "reason": "damaged"}}
    asked = desk.ask("POST", "/v1/tools/refund_order", call)
    desk.ask("POST", "/v1/tools/refund_order", call | {"confirm": asked["digest"]})
    reference = str(asked["reference"])
    packet = desk.ask("GET", f"/v1/work/{reference}/packet", who="supervisor", trace=OTHER)
    decision = {"outcome": "approve", "digest": packet["gate"]["digest"]}
    desk.ask("POST", f"/v1/work/{reference}/decide", decision, who="supervisor", trace=OTHER)
    assert desk.ask("GET", f"/v1/work/{reference}?wait=10", trace=OTHER)["status"] == "done"
    return reference


def test_the_vendor_sees_the_callers_trace_on_the_refund(desk: Desk, approved: str) -> None:
    refunds = [entry for entry in desk.log() if entry["operation"] == "refund"]

    assert [entry["traceparent"].split("-")[1] for entry in refunds] == [TRACE]


def test_gateway_run_step_and_http_call_are_spans_of_the_callers_trace(desk: Desk, approved: str) -> None:
    wanted = ["/v1/tools/", "RunWorkflow:refund", "RunActivity:send_refund", "POST"]

    def all_there(_: Any) -> bool:
        names = [span.name for span in desk.spans.in_trace(TRACE)]
        return all(any(part in name for name in names) for part in wanted)

    assert desk.spans.wait_for(all_there), sorted({span.name for span in desk.spans.in_trace(TRACE)})


def test_the_approvers_trace_and_the_runs_trace_link_to_each_other(desk: Desk, approved: str) -> None:
    def links(trace: str) -> set[str]:
        return {link.trace_id.hex() for span in desk.spans.in_trace(trace) for link in span.links}

    assert desk.spans.wait_for(lambda _: OTHER in links(TRACE) and TRACE in links(OTHER)), (links(TRACE), links(OTHER))


def test_evidence_carries_the_trace_id(desk: Desk, approved: str) -> None:
    history = desk.ask("GET", f"/v1/work/{approved}/history", who="supervisor", trace=OTHER)

    assert {event["trace_id"] for event in history["events"] if event["type"] == "receipt"} == {TRACE}


def test_no_span_carries_a_persons_data(desk: Desk, approved: str) -> None:
    text = " ".join(str(span) for span in desk.spans.spans)

    assert "Novak" not in text
    assert "mia.novak" not in text
