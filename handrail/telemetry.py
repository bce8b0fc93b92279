"""OpenTelemetry: one provider per process, exported by the standard OTEL_* environment variables.

Without an OTLP endpoint nothing is exported; trace ids are made all the same, so that evidence and vendors' logs can
be joined. The names of Temporal's plugin stay here and in `run_spans`: it is marked experimental (SDK 1.35, November
2026).
"""

import logging
import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin, create_tracer_provider

from handrail.run_spans import RunSpans

_done = False


def start(part: str) -> None:
    """Set the global provider once; `part` is the service name's second half: `handrail-worker`."""
    global _done
    if _done:
        return
    _done = True
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines name every URL, and cost time on each call
    name = os.environ.get("OTEL_SERVICE_NAME") or f"handrail-{part}"
    provider = RunSpans(create_tracer_provider(resource=Resource.create({"service.name": name})))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def plugin() -> OpenTelemetryPlugin:
    """Spans for each tool call, run, step and HTTP call, in one trace."""
    return OpenTelemetryPlugin(add_temporal_spans=True)
