"""`/v1/delegations`: who decides for whom, from when until when."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from domain.delegations import Delegation
from domain.values import Value
from handrail.gateway.bodies import checked, json_object
from handrail.gateway.door import Caller, TheDoor, reply
from handrail.gateway.forms import DelegateForm, DelegationsQuery, NoQuery
from handrail.gateway.scopes import DELEGATE, MANAGE_DELEGATIONS, demand, refuse_machines

routes = APIRouter(prefix="/v1/delegations", tags=["people"])


class Delegations(Value):
    delegations: list[Delegation]


@routes.get("", summary="The delegations that you gave and got", response_model=Delegations)
async def list_delegations(query: Annotated[DelegationsQuery, Query()], actor: Caller, door: TheDoor) -> Response:
    refuse_machines(actor, "Delegating")
    if query.everybodys:
        demand(actor, MANAGE_DELEGATIONS, "Seeing everybody's delegations")
    return reply(Delegations(delegations=await door.rail.delegations(actor, everybodys=query.everybodys)))


@routes.post("", summary="Lend another person your right to decide", response_model=Delegation)
async def delegate(request: Request, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor) -> Response:
    refuse_machines(actor, "Delegating")
    demand(actor, DELEGATE, "Delegating")
    form = checked(DelegateForm, await json_object(request, door.settings.max_request_bytes))
    return reply(await door.rail.delegate(actor, form))


@routes.post("/{id}/end", summary="Take a delegation back, or give it back", response_model=Delegation)
async def end(id: str, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor) -> Response:
    refuse_machines(actor, "Ending a delegation")
    return reply(await door.rail.end_delegation(actor, id))
