"""One server span per request, in the caller's own trace; nothing personal in it.

`traceparent` continues a trace; so does `Handrail-Trace` (the same format), for platforms that strip the standard one.
"""

from collections.abc import Mapping
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.calls import Actor, ActorKind

TRACE_HEADER = "Handrail-Trace"
_W3C = TraceContextTextMapPropagator()

# Own constants: the GenAI conventions are still in development and moved repositories in 2026.
TOOL_NAME = "gen_ai.tool.name"
OPERATION = "gen_ai.operation.name"
AGENT_ID, AGENT_VERSION = "gen_ai.agent.id", "gen_ai.agent.version"
ANSWER_STATUS, REFERENCE, COMMAND = "handrail.answer.status", "handrail.reference", "handrail.command"
ACTOR_KIND, TENANT = "handrail.actor.kind", "handrail.tenant"

_server_span: ContextVar[Span] = ContextVar("server_span", default=trace.INVALID_SPAN)
"""The request's own span: within a route a framework may have opened another one, which is then the current one."""


class ServerSpans:
    """`provider` is for tests; without one the process's own is used."""

    def __init__(self, app: ASGIApp, provider: TracerProvider | None = None) -> None:
        self._app = app
        self._tracer = trace.get_tracer("handrail.gateway", tracer_provider=provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        parent = _W3C.extract(_carrier(Headers(scope=scope)))
        with self._tracer.start_as_current_span(
            str(scope["method"]),
            context=parent,
            kind=SpanKind.SERVER,
            attributes={"http.request.method": scope["method"]},
        ) as span:
            _server_span.set(span)

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _tell_the_caller(message)
                    _name(span, scope, int(message["status"]))
                await send(message)

            await self._app(scope, receive, send_and_note)


def note_actor(actor: Actor) -> None:
    """An AI agent is named; of a person only the kind is noted."""
    span = _server_span.get()
    if not span.is_recording():
        return
    span.set_attributes({ACTOR_KIND: actor.kind.value, TENANT: actor.tenant})
    if actor.kind is ActorKind.AI:
        span.set_attributes({AGENT_ID: actor.id, AGENT_VERSION: actor.agent_version})


def note(attributes: Mapping[str, str]) -> None:
    span = _server_span.get()
    if span.is_recording():
        span.set_attributes(dict(attributes))


def current_trace_id() -> str:
    """32 hex digits; empty without a trace."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else ""


def _carrier(headers: Headers) -> dict[str, str]:
    parent = headers.get("traceparent") or headers.get(TRACE_HEADER) or ""
    return {"traceparent": parent, "tracestate": headers.get("tracestate", "")} if parent else {}


def _tell_the_caller(message: Message) -> None:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    if carrier:
        MutableHeaders(scope=message)[TRACE_HEADER] = carrier["traceparent"]


def _name(span: Span, scope: Scope, status: int) -> None:
    if not span.is_recording():
        return
    route = getattr(scope.get("route"), "path", "")
    if route:
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
