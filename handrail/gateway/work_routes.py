"""`/v1/work`: the inbox, one run's answer, packet and history, and the commands on it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from domain.answers import Answer
from domain.calls import Actor
from domain.commands import Decide, Reply, Verify
from domain.values import Value
from handrail.gateway import tracing
from handrail.gateway.bodies import checked, json_object
from handrail.gateway.door import Caller, Door, TheDoor, reply
from handrail.gateway.forms import COMMAND_FORMS, AnswerQuery, NoQuery, WorkQuery
from handrail.gateway.scopes import (
    ATTEST,
    COMMAND_SCOPES,
    EVIDENCE,
    READ,
    ScopeMissing,
    demand,
    holds,
    holds_for_some_process,
    refuse_machines,
)
from handrail.rail import UnknownCommand, WorkItem

routes = APIRouter(prefix="/v1/work", tags=["work"])


class Inbox(Value):
    items: list[WorkItem]


@routes.get("", summary="The inbox: runs that match every filter", response_model=Inbox)
async def list_work(query: Annotated[WorkQuery, Query()], actor: Caller, door: TheDoor) -> Response:
    if not holds_for_some_process(actor, READ):
        raise ScopeMissing(actor, READ.format(process="*"), "The inbox")
    items = await door.rail.inbox(actor, query.query())
    return reply(Inbox(items=[i for i in items if holds(actor.scopes, READ.format(process=i.process))]))


@routes.get("/{reference}", summary="The run's answer now, or after a wait", response_model=Answer)
async def read_answer(reference: str, query: Annotated[AnswerQuery, Query()], actor: Caller, door: TheDoor) -> Response:
    await door.process_of(actor, reference, READ, "Reading this work")
    return reply(await door.rail.answer(actor, reference, wait_s=query.wait, after_revision=query.after))


@routes.get("/{reference}/packet", summary="The handoff packet: all that a person needs to go on")
async def read_packet(reference: str, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor) -> JSONResponse:
    await door.process_of(actor, reference, READ, "Reading the packet")
    return JSONResponse(await door.rail.packet(actor, reference))


@routes.get("/{reference}/history", summary="The traced history, from the evidence record")
async def read_history(
    reference: str, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor
) -> JSONResponse:
    await door.process_of(actor, reference, EVIDENCE, "Reading the history")
    return JSONResponse(await door.rail.history(actor, reference))


@routes.post("/{reference}/{command}", summary="Say something to the run", response_model=Reply)
async def command(
    reference: str, command: str, request: Request, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor
) -> Response:
    if command not in COMMAND_FORMS:
        raise UnknownCommand(f"{command!r:.80} is no command; there are: {', '.join(COMMAND_FORMS)}.")
    tracing.note({tracing.COMMAND: command, tracing.REFERENCE: reference[:300]})
    if command == "decide":
        refuse_machines(actor, "Deciding a gate")
    body = await json_object(request, door.settings.max_request_bytes)
    acting = await _acting(actor, command, body, door)
    await door.process_of(acting, reference, COMMAND_SCOPES[command], f"The command {command}")
    _attested(actor, checked(COMMAND_FORMS[command], body))
    return reply(await door.rail.command(acting, reference, command, body))


async def _acting(actor: Actor, command: str, body: dict[str, Any], door: Door) -> Actor:
    """Who decides in another's name has the other's right to decide, and no other."""
    principal = body.get("on_behalf_of")
    if command != "decide" or not principal:
        return actor
    return await door.rail.represent(actor, checked(Decide, body).on_behalf_of)


def _attested(actor: Actor, form: Value) -> None:
    """Saying "I have verified this caller" is for people who may; asking to look again is for everybody."""
    if isinstance(form, Verify) and form.level:
        refuse_machines(actor, "Attesting a caller's identity")
        demand(actor, ATTEST, "Attesting a caller's identity")
