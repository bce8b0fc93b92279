"""`/v1/events/{connector}`: vendors' webhooks.

The signature is the credential; the connector checks it over the raw bytes.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from domain.values import Value
from handrail.gateway.bodies import raw_body
from handrail.gateway.door import TheDoor, reply
from handrail.gateway.forms import NoQuery
from handrail.gateway.problems import ProblemError

routes = APIRouter(prefix="/v1/events", tags=["events"])

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Told(Value):
    told: int
    """How many runs heard of it. 0 is fine: most events concern nobody."""


@routes.post("/{connector}", summary="A vendor's webhook (signed, no bearer)", response_model=Told)
async def event(connector: str, request: Request, query: Annotated[NoQuery, Query()], door: TheDoor) -> Response:
    if not _NAME.fullmatch(connector):
        raise ProblemError(404, "unknown-connector", "No such connector", f"{connector!r:.80} is no connector's name.")
    door.within_rate(("event", request.client.host if request.client else ""))
    body = await raw_body(request, door.settings.max_request_bytes)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return reply(Told(told=await door.rail.event(connector, body, headers)))
