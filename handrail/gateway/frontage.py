"""The outermost layers, as plain ASGI: last resort for errors, security headers, and which hosts are answered.

Plain ASGI on purpose: Starlette's BaseHTTPMiddleware costs a task group per request and cancels on disconnect.
"""

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handrail.gateway.problems import problem, unexpected
from handrail.gateway.tracing import current_trace_id

log = logging.getLogger("handrail.gateway")

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class LastResort:
    """An unexpected exception becomes a 500 that tells nothing, and a log line that tells all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except ClientDisconnect:
            log.info("The caller of %s %s hung up before the body was there.", scope["method"], scope["path"])
        except Exception:
            log.exception("%s %s failed (trace %s).", scope["method"], scope["path"], current_trace_id() or "none")
            if started:
                raise
            await unexpected(scope["path"], current_trace_id())(scope, receive, send)


class LoopbackHosts:
    """Refuses names that a web page could have pointed at this machine (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name in LOOPBACK_HOSTS:
            return await self._app(scope, receive, send)
        detail = "Credentials of the embedded issuer work on localhost only; set HANDRAIL_ISSUER and HANDRAIL_JWKS."
        await problem(scope["path"], 403, "host", "Host not allowed", detail)(scope, receive, send)
