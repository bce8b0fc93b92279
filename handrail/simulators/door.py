"""The HTTP door of the four systems, in plain ASGI: a framework's routing would cost more than the work behind it."""

import asyncio
import json
import time
from datetime import UTC, datetime
from hmac import compare_digest
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope, Send

from handrail.simulators.calls import ROUTES, SYSTEMS, Operation, Refusal
from handrail.simulators.dataset import written
from handrail.simulators.faults import Fault
from handrail.simulators.keys import Sent
from handrail.simulators.misbehaving import CUTS, ahead_of_work, cut, instead_of_answer
from handrail.simulators.world import Answer, Asked, World, encoded

_HEADERS = {b"authorization", b"idempotency-key", b"if-match", b"traceparent"}


_NAMED_BY_REFERENCE = {("marks", None), ("changes", None), ("requests", None)}


class Door:
    def __init__(self, world: World, api_key: str) -> None:
        self._world = world
        self._credential = f"Bearer {api_key}".encode()
        self._numbers = count(1)
        self._boot = f"{time.time_ns():x}"[-8:]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value for name, value in scope["headers"] if name in _HEADERS}
        seen = _Seen(scope, headers, f"req-{self._boot}-{next(self._numbers)}")
        seen.body = await _body(receive)
        try:
            operation, ids = _route(scope["method"], seen.path)
            seen.operation = operation.name
            self._authorize(headers)
            if operation.writes and not seen.key:
                raise Refusal(400, "missing_idempotency_key", "Writes need an Idempotency-Key.", "Idempotency-Key")
            if_match = headers.get(b"if-match", b"").decode("latin-1")
            asked = Asked(operation, ids, seen.path, seen.query, seen.body, seen.key, if_match)
            seen.reference = _reference(asked)
            answer, more = await self._answered(asked, seen)
        except Refusal as refusal:
            answer, more = Answer(refusal.status, encoded(refusal.body)), []
        self._log(seen, answer)
        await self._world.faults.gone([fault for fault in seen.faults if fault.kind == "hold"])
        if answer.status == 0:
            await cut(receive)
        else:
            await _send(send, answer, seen.request_id, more)

    async def _answered(self, asked: Asked, seen: "_Seen") -> tuple[Answer, list[tuple[bytes, bytes]]]:
        """What the caller gets, after latency and faults; status 0 means that the connection is to be cut."""
        faults = self._hitting(asked, seen)
        seen.faults = faults
        if not asked.operation.writes or any(fault.kind == "key_ignored" for fault in faults):
            return await self._worked(asked, faults)
        sent = Sent(asked.operation.system, asked.key, asked.operation.method, asked.path, asked.body)
        self._world.keys.begin(sent)
        try:
            return await self._worked(asked, faults)
        finally:
            self._world.keys.end(sent)

    def _hitting(self, asked: Asked, seen: "_Seen") -> list[Fault]:
        if not self._world.faults:
            return []
        about = seen.reference or self._world.reference_of(asked)
        return self._world.faults.take(asked.operation, about, unquote(seen.target))

    async def _worked(self, asked: Asked, faults: list[Fault]) -> tuple[Answer, list[tuple[bytes, bytes]]]:
        wait_ms = self._world.settings.latency_ms + sum(fault.delay_ms for fault in faults if fault.kind == "slow")
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)
        for fault in faults:
            if early := ahead_of_work(fault):
                return early
        answer = self._world.answer(asked, faults)
        for fault in faults:
            if fault.kind in CUTS:
                return Answer(0, b"", answer.replayed), []
            if other := instead_of_answer(fault):
                return Answer(other[0].status, other[0].body, answer.replayed), other[1]
        return answer, []

    def _authorize(self, headers: dict[bytes, bytes]) -> None:
        if not compare_digest(headers.get(b"authorization", b""), self._credential):
            raise Refusal(401, "unauthorized", "The bearer key is missing or not the right one.", "Authorization")

    def _log(self, seen: "_Seen", answer: Answer) -> None:
        self._world.log.write(
            at=written(datetime.now(UTC)),
            system=seen.system,
            operation=seen.operation,
            method=seen.method,
            path=seen.target,
            key=seen.key,
            reference=seen.reference,
            status=answer.status,
            fault="+".join(fault.kind for fault in seen.faults),
            traceparent=seen.traceparent,
            body=seen.body,
            replayed=answer.replayed,
            request_id=seen.request_id,
        )


class _Seen:
    """What the log will say about a request; filled in as more becomes known."""

    __slots__ = (
        "body", "faults", "key", "method", "operation", "path", "query", "reference", "request_id", "system",
        "target", "traceparent",
    )  # fmt: skip

    def __init__(self, scope: Scope, headers: dict[bytes, bytes], request_id: str) -> None:
        self.method: str = scope["method"]
        self.path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        self.query: dict[str, str] = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        self.target = f"{self.path}?{query}" if query else self.path
        self.system = self.path.split("/", 2)[1]
        self.key = headers.get(b"idempotency-key", b"").decode("latin-1")
        self.traceparent = headers.get(b"traceparent", b"").decode("latin-1")
        self.request_id = request_id
        self.operation = self.reference = ""
        self.body = b""
        self.faults: list[Fault] = []


def _route(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    for operation in ROUTES.get((method, len(segments)), ()):
        ids = operation.match(segments)
        if ids is not None:
            return operation, ids
    raise Refusal(404, "no_such_call", f"There is no call {method} {path}; the systems are {', '.join(SYSTEMS)}.")


def _reference(asked: Asked) -> str:
    """Our caller's reference: in the path of a mark, change or request, in a finder's query, in the body of a write."""
    if asked.operation.shape[-2:] in _NAMED_BY_REFERENCE:
        return asked.ids[1]
    if asked.body:
        return _reference_in(asked.body)
    return asked.query.get("reference", "")


def _reference_in(body: bytes) -> str:
    try:
        document: Any = json.loads(body)
    except ValueError:
        return ""
    reference = document.get("reference", "") if isinstance(document, dict) else ""
    return reference if isinstance(reference, str) else ""


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _send(send: Send, answer: Answer, request_id: str, more: list[tuple[bytes, bytes]]) -> None:
    kind = [] if any(name == b"content-type" for name, _ in more) else [(b"content-type", b"application/json")]
    headers = [
        *kind,
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request_id.encode()),
        *more,
    ]
    if answer.replayed:
        headers.append((b"idempotency-replayed", b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
