"""`/admin`: steering. No key, so it answers to loopback only."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from handrail.simulators import books, messaging
from handrail.simulators.calls import error
from handrail.simulators.dataset import DatasetError, Time, path_of, written
from handrail.simulators.faults import Fault
from handrail.simulators.loading import export
from handrail.simulators.parsing import parse
from handrail.simulators.world import World, encoded

_LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1", "testclient"}
_SHOWN_PROBLEMS = 100
Handler = Callable[[Request], Awaitable[Response]]


def steering(world: World) -> Starlette:
    desk = _Desk(world)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/admin/health", desk.health),
        ("PUT", "/admin/dataset", desk.put_dataset),
        ("GET", "/admin/dataset", desk.get_dataset),
        ("PUT", "/admin/settings", desk.put_settings),
        ("GET", "/admin/settings", desk.get_settings),
        ("POST", "/admin/faults", desk.add_fault),
        ("GET", "/admin/faults", desk.get_faults),
        ("DELETE", "/admin/faults", desk.clear_faults),
        ("DELETE", "/admin/faults/{id}", desk.clear_fault),
        ("GET", "/admin/log", desk.get_log),
        ("DELETE", "/admin/log", desk.clear_log),
        ("GET", "/admin/books", desk.get_books),
        ("GET", "/admin/outbox", desk.get_outbox),
        ("PUT", "/admin/contact-changes", desk.put_contact_changes),
    ]
    return Starlette(routes=[Route(path, _guarded(handler), methods=[method]) for method, path, handler in routes])


class _Desk:
    def __init__(self, world: World) -> None:
        self._world = world

    async def health(self, request: Request) -> Response:
        return _json({"status": "ok", "load": self._world.load})

    async def put_dataset(self, request: Request) -> Response:
        try:
            dataset = parse(await request.body())
        except DatasetError as invalid:
            first = invalid.problems[0]
            body = error("invalid_dataset", str(invalid), first.path)
            return _json(body | {"problems": [p.model_dump() for p in invalid.problems[:_SHOWN_PROBLEMS]]}, 422)
        self._world.replace(dataset)
        self._world.settlement.resume()
        return _json({"loaded": {part: len(getattr(dataset, part)) for part in _PARTS}})

    async def get_dataset(self, request: Request) -> Response:
        return _json(export(self._world.db))

    async def put_contact_changes(self, request: Request) -> Response:
        """`{customer: {email|phone|address: time}}`: as if they had been changed then. Not part of the dataset."""
        given = _ContactChanges.validate_json(await request.body())
        for customer, times in given.items():
            changed = json.dumps({name: written(at) for name, at in times.items()})
            self._world.db.execute("UPDATE customers SET changed = ? WHERE id = ?", (changed, customer))
        return Response(status_code=204)

    async def put_settings(self, request: Request) -> Response:
        self._world.change(self._world.settings.replaced(_object(await request.body())))
        return _json(self._world.settings.model_dump())

    async def get_settings(self, request: Request) -> Response:
        return _json(self._world.settings.model_dump())

    async def add_fault(self, request: Request) -> Response:
        id = self._world.faults.add(Fault.model_validate(_object(await request.body())))
        return _json({"id": id}, 201)

    async def get_faults(self, request: Request) -> Response:
        return _json({"data": self._world.faults.shown()})

    async def clear_faults(self, request: Request) -> Response:
        self._world.faults.clear()
        return Response(status_code=204)

    async def clear_fault(self, request: Request) -> Response:
        id = request.path_params["id"]
        if not self._world.faults.remove(id):
            return _json(error("not_found", f"There is no fault {id}.", "id"), 404)
        return Response(status_code=204)

    async def get_log(self, request: Request) -> Response:
        since = request.query_params.get("since") or "0"
        if not since.isdigit():
            return _json(error("invalid_request", f"since={since} is no sequence number.", "since"), 422)
        return _json({"data": self._world.log.since(int(since))})

    async def clear_log(self, request: Request) -> Response:
        self._world.log.clear()
        return Response(status_code=204)

    async def get_books(self, request: Request) -> Response:
        return _json(books.judge(self._world.db, self._world.settings.today(time.time())))

    async def get_outbox(self, request: Request) -> Response:
        return _json({"data": messaging.outbox(self._world.db)})


_PARTS = (
    "customers", "instruments", "products", "orders", "captures", "refunds", "notes", "cases", "coverages", "claims",
    "payouts",
)  # fmt: skip


def _guarded(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        if request.client is None or request.client.host not in _LOOPBACK:
            return _json(error("forbidden", "/admin answers to loopback only."), 403)
        try:
            return await handler(request)
        except ValidationError as invalid:
            first = invalid.errors()[0]
            path = path_of(first["loc"])
            return _json(error("invalid_request", f"{path or 'body'}: {first['msg']}", path), 422)
        except _NoObject:
            return _json(error("invalid_request", "The body must be one JSON object.", "body"), 422)

    return answer


_ContactChanges = TypeAdapter(dict[str, dict[Literal["email", "phone", "address"], Time]])


class _NoObject(ValueError):
    pass


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as unreadable:
        raise _NoObject from unreadable
    if not isinstance(document, dict):
        raise _NoObject
    return document


def _json(body: Any, status: int = 200) -> Response:
    return Response(encoded(body), status, media_type="application/json")
