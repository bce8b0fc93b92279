"""`/v1/healthz`: this process runs. `/v1/readyz`: it could serve a call now."""

import asyncio
import time
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response

from domain.calls import Actor, ActorKind
from domain.values import Value
from handrail.gateway.door import Door, TheDoor, reply
from handrail.gateway.keys import KeysUnavailable
from handrail.gateway.problems import ProblemError, retry_after
from handrail.rail import InboxQuery, Unavailable

PATIENCE_S = 2.0
REMEMBERED_S = 1.0
"""Probes are not authenticated: they must not become load behind the door."""


class Health(Value):
    status: Literal["ok"] = "ok"


class Readiness:
    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._why_not = ""
        self._asked_at = float("-inf")

    async def why_not(self, door: Door) -> str:
        """Empty when ready."""
        async with self._lock:
            if time.monotonic() - self._asked_at > REMEMBERED_S:
                self._why_not = await _why_not(door)
                self._asked_at = time.monotonic()
            return self._why_not


async def _why_not(door: Door) -> str:
    probe = Actor(id="readyz", kind=ActorKind.SYSTEM, tenant=door.settings.tenant)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await door.tokens.check()
            await door.rail.inbox(probe, InboxQuery(limit=1))
    except TimeoutError:
        return "What lies behind does not answer."
    except KeysUnavailable:
        return "The issuer's keys cannot be read."
    except Unavailable:
        return "Temporal cannot be reached."
    return ""


def health_routes() -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["health"])
    readiness = Readiness()

    @routes.get("/healthz", summary="This process runs", response_model=Health)
    async def healthz() -> Response:
        return reply(Health())

    @routes.get("/readyz", summary="It could serve a call now", response_model=Health)
    async def readyz(door: TheDoor) -> Response:
        why_not = await readiness.why_not(door)
        if why_not:
            raise ProblemError(503, "not-ready", "Not ready", why_not, headers=retry_after(2))
        return reply(Health())

    return routes
