"""A small vendor over real HTTP that can be as awkward as real ones: the world in which the kit itself is tested.

It keeps things: `POST /things`, `PUT /things/by/{reference}`, `GET /things?reference=&cursor=`,
`POST /things/{id}/cancel`; and a sheet: `PATCH /sheet` (If-Match).
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from connectors.conformance import Fault, Sent
from connectors.connector import Connector
from connectors.effects import WriteRef
from tests.connectors.acme import KEY, Thing

PAGE = 2


@dataclass(frozen=True)
class Traits:
    """How this vendor is. The comments name who is like that."""

    remembers_keys: bool = True
    """False: Medusa, Odoo, Request Tracker ignore an Idempotency-Key silently."""
    keeps_refusals: bool = True
    """Under the key, as Stripe does."""
    refusal_status: int = 422
    """500: Odoo for a caller's mistake. 200: Request Tracker."""
    ignores_filters: bool = False
    """ServiceNow drops an invalid term and returns every row."""
    finder_lag_s: float = 0
    """Zendesk, HubSpot."""
    refuses_cancel: bool = False
    """Medusa's claims."""
    state: str = "made"
    """`received`: Adyen, where the end comes later."""


class Vendor:
    """One vendor as a world of the kit; `operation` in its methods is the connector's."""

    faults = frozenset(Fault) - {Fault.SHAPE, Fault.NEW_WORD}
    secret = KEY
    key_ttl_s = 7_200.0
    says_replayed = True

    def __init__(self, connector_type: type[Connector[Any]], traits: Traits) -> None:
        self.connector_type, self.traits = connector_type, traits
        self.finder_lag_s = {"make_thing": traits.finder_lag_s} if traits.finder_lag_s else {}
        self.base_url = ""
        self._things: list[dict[str, Any]] = []
        self._sheet: list[str] = []
        self._keys: dict[str, tuple[str, web.Response]] = {}
        self._busy: set[str] = set()
        self._sent: list[Sent] = []
        self._faults: dict[str, deque[tuple[Fault, float, bool]]] = defaultdict(deque)
        self._lagging = False
        self._moved = 0

    # The world

    def connect(self, clock: Callable[[], float], **config: Any) -> Connector[Any]:
        made = self.connector_type.config_type().model_validate({"base_url": self.base_url, "api_key": KEY, **config})
        return self.connector_type(made, clock=clock)

    async def draft(self, operation: str) -> Thing:
        return Thing(what="lamp")

    async def play(
        self, operation: str, fault: Fault, *, times: int = 1, seconds: float = 0, as_date: bool = False
    ) -> None:
        place = "find" if operation.startswith("find") else "write"
        self._faults[place].extend([(fault, seconds, as_date)] * times)

    async def applied(self, operation: str, ref: WriteRef) -> int:
        kept = [t["reference"] for t in self._things if t["state"] != "cancelled"] + self._sheet
        return kept.count(ref.value)

    async def sent(self, operation: str) -> list[Sent]:
        return list(self._sent)

    async def forget_keys(self) -> None:
        self._keys.clear()

    async def lag(self, seconds: float) -> None:
        self._lagging = seconds > 0

    async def crowd(self, operation: str) -> None:
        for n in range(2 * PAGE + 1):
            self._things.append({"id": f"s{len(self._things)}", "reference": f"stranger/{n}", "state": "made"})

    async def moved_to(self) -> int:
        return self._moved

    async def event(self, now_s: float) -> tuple[bytes, dict[str, str]]:
        raise NotImplementedError

    # The vendor

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/elsewhere":
            self._moved += 1
            return web.json_response({"id": "moved", "state": "made", "reference": ""})
        writing = request.method != "GET"
        place = "write" if writing and not request.path.endswith("/cancel") else "find" if request.query else ""
        if place == "write":
            self._sent.append(Sent("write", await self._key(request), request.path, (await request.read()).decode()))
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "bad_credential")
        fault = self._faults[place].popleft() if self._faults[place] else (None, 0.0, False)
        return await self._misbehave(request, writing, *fault)

    async def _misbehave(
        self, request: web.Request, writing: bool, fault: Fault | None, seconds: float, as_date: bool
    ) -> web.StreamResponse:
        if fault is Fault.SLOW:
            await asyncio.sleep(seconds)
        elif early := self._instead(request, fault, seconds, as_date):
            return early
        elif fault in (Fault.REFUSED, Fault.REFUSED_200):
            status = 200 if fault is Fault.REFUSED_200 else self.traits.refusal_status
            return await self._under_key(request, lambda: self._refusal(status))
        answered = await self._under_key(request, lambda: self._do(request)) if writing else await self._do(request)
        return self._after(request, fault) or answered

    def _instead(
        self, request: web.Request, fault: Fault | None, seconds: float, as_date: bool
    ) -> web.StreamResponse | None:
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        credential = request.headers.get("Authorization", "")
        if fault is Fault.CUT:
            return _cut(request)
        table: dict[Fault, Callable[[], web.StreamResponse]] = {
            Fault.ERROR: lambda: _error(503, "down"),
            Fault.LIMITED: lambda: _error(429, "slow_down", {"Retry-After": until if as_date else f"{seconds:g}"}),
            Fault.UNAUTHORIZED: lambda: _error(401, "bad_credential"),
            Fault.ECHO: lambda: _error(400, "bad_header", message=f"unexpected header {credential}"),
            Fault.MOVED: lambda: web.Response(status=307, headers={"Location": "/elsewhere"}),
            Fault.BLIND: lambda: web.json_response({"data": [], "next": ""}),
            Fault.PARTIAL: lambda: web.json_response({"results": [{"error": {"code": "bad_item"}}]}, status=207),
        }
        return table[fault]() if fault in table else None

    def _after(self, request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
        if fault is Fault.LOST_AFTER:
            return _cut(request)
        bodies = {
            Fault.GARBAGE_AFTER: (200, "{garbage", "application/json"),
            Fault.HTML_AFTER: (200, "<html>Welcome</html>", "text/html"),
            Fault.SHAPE_AFTER: (200, '{"things": 1}', "application/json"),
            Fault.ERROR_AFTER: (502, "Bad gateway", "text/plain"),
        }
        if fault not in bodies:
            return None
        status, text, kind = bodies[fault]
        return web.Response(status=status, text=text, content_type=kind)

    async def _under_key(self, request: web.Request, do: Callable[[], Awaitable[web.Response]]) -> web.Response:
        key = await self._key(request)
        if not key or not self.traits.remembers_keys:
            return await do()
        print_ = f"{request.method} {request.path} {(await request.read()).decode()}"
        if key in self._busy:
            return _error(409, "key_in_flight")
        if key in self._keys:
            first, kept = self._keys[key]
            if first != print_:
                return _error(422, "key_reused")
            return web.Response(status=kept.status, body=kept.body, headers={"Acme-Replayed": "true"})
        self._busy.add(key)
        try:
            answered = await do()
            if answered.status < 400 or self.traits.keeps_refusals:
                self._keys[key] = (print_, answered)
            return answered
        finally:
            self._busy.discard(key)

    async def _refusal(self, status: int) -> web.Response:
        return _error(status, "already_done", message="The vendor refuses this.")

    async def _do(self, request: web.Request) -> web.Response:
        path = request.path.strip("/").split("/")
        if path == ["ping"]:
            return web.json_response({})
        if path == ["sheet"]:
            return await self._change_sheet(request)
        if request.method == "GET":
            return self._find(request)
        if path[-1] == "cancel":
            return self._cancel(path[1])
        body = await request.json()
        reference = request.match_info.get("reference") or body["reference"]
        if request.method == "PUT" and (there := [t for t in self._things if t["reference"] == reference]):
            return web.json_response(there[0])
        thing = {"id": f"t{len(self._things)}", "reference": reference, "state": self.traits.state}
        self._things.append(thing)
        return web.json_response(thing, status=201)

    async def _change_sheet(self, request: web.Request) -> web.Response:
        version = f'"{len(self._sheet)}"'
        if request.method == "PATCH":
            if request.headers.get("If-Match") != version:
                return _error(412, "stale")
            self._sheet.append((await request.json())["reference"])
        return web.json_response({"version": f'"{len(self._sheet)}"', "references": self._sheet})

    def _find(self, request: web.Request) -> web.Response:
        wanted, start = request.query["reference"], int(request.query.get("cursor") or 0)
        ours = [] if self._lagging else self._things
        rows = ours if self.traits.ignores_filters else [t for t in ours if t["reference"] == wanted]
        following = str(start + PAGE) if start + PAGE < len(rows) else ""
        return web.json_response({"data": rows[start : start + PAGE], "next": following})

    def _cancel(self, id: str) -> web.Response:
        thing = next((t for t in self._things if t["id"] == id), None)
        if thing is None:
            return _error(404, "no_such_thing")
        if self.traits.refuses_cancel:
            return _error(422, "cannot_cancel")
        thing["state"] = "cancelled"
        return web.json_response(thing)

    async def _key(self, request: web.Request) -> str:
        if "Acme-Key" in request.headers:
            return request.headers["Acme-Key"]
        try:
            return str(json.loads(await request.read()).get("token", ""))
        except ValueError:
            return ""


@asynccontextmanager
async def open_vendor(connector_type: type[Connector[Any]], traits: Traits) -> AsyncIterator[Vendor]:
    vendor = Vendor(connector_type, traits)
    application = web.Application()
    application.router.add_route("*", "/things/by/{reference}", vendor.answer)
    application.router.add_route("*", "/{tail:.*}", vendor.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    vendor.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendor
    finally:
        await runner.cleanup()


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


def _error(status: int, code: str, headers: dict[str, str] | None = None, message: str = "no") -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status, headers=headers)
