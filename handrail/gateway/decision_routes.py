"""`/v1/decisions`: several gates of one kind, decided in one go."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from domain.bulk import ItemResult
from domain.calls import Actor
from domain.values import Value
from handrail.gateway.bodies import checked, json_object
from handrail.gateway.door import Caller, TheDoor, reply
from handrail.gateway.forms import BulkForm, NoQuery
from handrail.gateway.scopes import DECIDE, READ, demand, refuse_machines
from handrail.rail.bulk import decide_all

routes = APIRouter(prefix="/v1/decisions", tags=["people"])


class Decisions(Value):
    results: list[ItemResult]
    """One per item, in their order."""


@routes.post("", summary="Decide several gates of one kind, each with its own result", response_model=Decisions)
async def decide(request: Request, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor) -> Response:
    refuse_machines(actor, "Deciding gates")
    form = checked(BulkForm, await json_object(request, door.settings.max_request_bytes))
    return reply(Decisions(results=await decide_all(door.rail, actor, form, may_decide)))


def may_decide(actor: Actor, process: str) -> None:
    """Raises ScopeMissing."""
    demand(actor, READ.format(process=process), "Reading this work")
    demand(actor, DECIDE.format(process=process), "Deciding these gates")
