"""The only door to HTTP: `read` and `write`, nothing else. The only module that imports httpx.

httpx over the aiohttp transport costs a fraction of the CPU of its own transport (measured: `docs/add-a-connector.md`).
Retries: connect errors only, before a byte is sent, at most 2 tries within 200 ms; everything else is the caller's.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, TypeVar, overload
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from opentelemetry import propagate, trace
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random

from connectors.auth import Auth, NoAuth
from connectors.errors import (
    ConnectorError,
    ContractDrift,
    KeyInFlight,
    OutcomeUnknown,
    Transient,
)
from connectors.failures import describe, judge, masked, may_still_run
from connectors.paths import check_base_url, check_path
from connectors.replies import Reply
from connectors.shapes import decoded
from connectors.writes import UnguardedWrite, Write

T = TypeVar("T")
Params = Mapping[str, str | int]
Classify = Callable[[Reply], ConnectorError | None]

_tracer = trace.get_tracer("handrail.connectors")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ServerFingerprintMismatch)
_KEEP_ALIVE_S = 4.0  # below the 5 s after which common servers close an idle connection under our feet


class Http:
    """One long-lived client per vendor account. `system` names it in errors and spans."""

    def __init__(
        self,
        base_url: str,
        *,
        system: str,
        auth: Auth | None = None,
        headers: Mapping[str, str] | None = None,
        classify: Classify = lambda reply: None,
        queries: Sequence[str] = (),
        secrets: Sequence[str] = (),
        connect_s: float = 2.0,
        total_s: float = 8.0,
        connections: int = 400,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`queries`: patterns of paths at which a POST reads. `connections`: more than the worker has activities."""
        check_base_url(base_url)
        self.system, self.total_s = system, total_s
        self._base = base_url.rstrip("/")
        self._traits = {"server.address": urlsplit(base_url).hostname or ""}
        self._auth, self._headers, self._classify = auth or NoAuth(), dict(headers or {}), classify
        self._queries, self._secrets = tuple(queries), tuple(secrets)
        self._client = httpx.AsyncClient(
            transport=transport or _transport(connections),
            timeout=httpx.Timeout(total_s, connect=connect_s, pool=connect_s),
            follow_redirects=False,
        )

    @overload
    async def read(
        self, method: str, path: str, *, into: type[T], params: Params | None = ..., json: Any = ...
    ) -> T: ...
    @overload
    async def read(self, method: str, path: str, *, params: Params | None = ..., json: Any = ...) -> Any: ...
    async def read(
        self, method: str, path: str, *, into: Any = None, params: Params | None = None, json: Any = None
    ) -> Any:
        """The decoded body, as `into` if given. Raises ConnectorError subclasses; ContractDrift for another shape."""
        if method not in _READS and not any(fnmatchcase(path, pattern) for pattern in self._queries):
            raise UnguardedWrite(f"{method} {path} changes something: use write() in a method under @writes(...).")
        reply = await self._exchange(method, path, params, json, None)
        return decoded(reply, into, ContractDrift, self.system)

    @overload
    async def write(
        self, method: str, path: str, w: Write, *, into: type[T], params: Params | None = ..., json: Any = ...,
        headers: Mapping[str, str] | None = ...,
    ) -> T: ...  # fmt: skip
    @overload
    async def write(
        self, method: str, path: str, w: Write, *, params: Params | None = ..., json: Any = ...,
        headers: Mapping[str, str] | None = ...,
    ) -> Any: ...  # fmt: skip
    async def write(
        self,
        method: str,
        path: str,
        w: Write,
        *,
        into: Any = None,
        params: Params | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One request under `w`, with its key. Raises ConnectorError subclasses; OutcomeUnknown: it may be applied."""
        if not isinstance(w, Write):
            raise UnguardedWrite(f"{method} {path} needs the Write that @writes(...) hands to the method.")
        w.use()
        w.maybe_applied = w.may_still_run = True
        try:
            reply = await self._exchange(method, path, params, w.body(json), w, headers)
        except ConnectorError as failure:
            if not isinstance(failure, (OutcomeUnknown, KeyInFlight)):
                w.maybe_applied = w.may_still_run = False
            raise
        w.may_still_run = False
        return decoded(reply, into, OutcomeUnknown, self.system)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _exchange(
        self, method: str, path: str, params: Params | None, json: Any, w: Write | None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        """A reply that is no failure, after at most one renewal of the credential. Raises ConnectorError subclasses."""
        with self._span(method) as span:
            try:
                reply, used = await self._once(method, path, params, json, w, headers)
                if reply.status == 401 and await self._renewed(used):
                    reply, _ = await self._once(method, path, params, json, w, headers)
                span.set_attribute("http.response.status_code", reply.status)
                if failure := self._judged(reply, w):
                    raise failure
                return reply
            except ConnectorError as failure:
                span.set_status(trace.StatusCode.ERROR, failure.wire_name())
                span.set_attribute("error.type", failure.wire_name())
                failure.message = masked(failure.message, self.secrets())
                failure.args = (failure.message,)
                raise

    async def _once(
        self, method: str, path: str, params: Params | None, json: Any, w: Write | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[Reply, Mapping[str, str]]:  # fmt: skip
        check_path(path)
        auth = await self._auth.headers(self._fetch_token)
        sent: dict[str, str] = {**self._headers, **auth, **(headers or {}), **(w.headers() if w else {})}
        propagate.inject(sent)
        request = self._client.build_request(
            method, self._base + path, params={**params} if params else None, json=json, headers=sent
        )
        reply = await self._send(request, path, writing=w is not None)
        if w:
            w.reply, w.may_still_run = reply, may_still_run(reply.status)
        return reply, auth

    async def _send(self, request: httpx.Request, path: str, *, writing: bool) -> Reply:
        what = f"{self.system}: {request.method} {path}"
        try:
            async with asyncio.timeout(self.total_s):
                response = await self._connected(request)
        except (httpx.TransportError, aiohttp.ClientError, OSError, TimeoutError) as broken:
            if _never_sent(broken):
                raise Transient(f"{what} was not sent: no connection ({type(broken).__name__})") from None
            kind = OutcomeUnknown if writing else Transient
            raise kind(f"{what} got no answer ({type(broken).__name__})") from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, response.content, request.method, path)

    async def _connected(self, request: httpx.Request) -> httpx.Response:
        again = AsyncRetrying(
            retry=retry_if_exception(_never_sent),
            stop=stop_after_attempt(2) | stop_before_delay(0.2),
            wait=wait_random(0.02, 0.08),
            reraise=True,
        )
        return await again(self._client.send, request)

    def _judged(self, reply: Reply, w: Write | None) -> ConnectorError | None:
        """The vendor's own judgement first, then the status. A judge that fails proves nothing about a write."""
        try:
            failure = self._classify(reply)
        except Exception as bug:
            words = f"classify() failed on it ({type(bug).__name__})"
            return describe(OutcomeUnknown if w else ContractDrift, reply, system=self.system, words=words)
        failure = failure or judge(reply, system=self.system, writing=w is not None)
        if failure and w and isinstance(failure, (Transient, ContractDrift)):
            return describe(OutcomeUnknown, reply, system=self.system)
        return failure

    async def _renewed(self, used: Mapping[str, str]) -> bool:
        return await self._auth.renew(used, self._fetch_token)

    async def _fetch_token(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        request = self._client.build_request("POST", url, data=dict(form), headers=dict(headers))
        try:
            return await self._send(request, urlsplit(url).path, writing=False)
        except Transient as failure:
            raise Transient(f"{self.system}: the token endpoint cannot be reached ({failure.message})") from None

    def _span(self, method: str) -> Any:
        return _tracer.start_as_current_span(
            f"{method} {self.system}",
            kind=trace.SpanKind.CLIENT,
            attributes={"http.request.method": method, **self._traits},
            record_exception=False,
            set_status_on_exception=False,
        )

    def secrets(self) -> list[str]:
        """What must never be seen outside."""
        return [*self._secrets, *self._auth.secrets()]


def _never_sent(broken: BaseException) -> bool:
    """True when not a byte went out.

    Hazard: httpx-aiohttp 0.2.0 maps every lost connection to ConnectTimeout (AIOHTTP_EXC_MAP, read November 2026), also
    one that was lost after the request went out. aiohttp's own error tells them apart.
    """
    cause = broken.__cause__ if isinstance(broken, httpx.TransportError) else broken
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, _NEVER_CONNECTED)
    return isinstance(broken, _NEVER_SENT)


@cache
def _tls() -> ssl.SSLContext:
    """One for all: reading the certificates takes tens of milliseconds."""
    return httpx.create_ssl_context()


def _transport(connections: int) -> httpx.AsyncBaseTransport:
    def session() -> aiohttp.ClientSession:
        made = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=_KEEP_ALIVE_S, ssl=_tls()),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # Hazard: aiohttp 3.14 sends GET, PUT and DELETE again by itself when a kept connection was lost: a write
        # would be repeated behind the guard's back. There is no public switch.
        made._retry_connection = False
        return made

    return AiohttpTransport(client=session)
