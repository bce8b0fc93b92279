"""`/v1/tools`: what may be called, and calling it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from domain.answers import Answer
from domain.calls import Actor, ToolCall
from handrail.gateway import tracing
from handrail.gateway.bodies import checked, json_object
from handrail.gateway.door import Caller, Door, TheDoor, reply
from handrail.gateway.forms import CallForm, NoQuery, ToolsQuery
from handrail.gateway.preferences import preferences
from handrail.gateway.problems import Malformed, malformed
from handrail.gateway.scopes import demand, holds
from handrail.rail import ToolCard, UnknownTool

routes = APIRouter(prefix="/v1/tools", tags=["tools"])


@routes.get("", summary="The tools that this token may call")
async def list_tools(query: Annotated[ToolsQuery, Query()], actor: Caller, door: TheDoor) -> JSONResponse:
    cards = [card for card in door.cards.values() if holds(actor.scopes, card.scope)]
    return JSONResponse({"tools": [_told(card, query.format) for card in cards]})


@routes.post("/{tool}", summary="Call a tool: start or join its run", response_model=Answer)
async def call_tool(
    tool: str, request: Request, query: Annotated[NoQuery, Query()], actor: Caller, door: TheDoor
) -> Response:
    card = _card(door, tool)
    tracing.note({tracing.TOOL_NAME: card.name, tracing.OPERATION: "execute_tool"})
    demand(actor, card.scope, f"{card.name}")
    form = checked(CallForm, await json_object(request, door.settings.max_request_bytes))
    prefer = preferences(request.headers.getlist("prefer"))
    answer = await door.rail.call(
        _call(card, form, actor, request),
        wait_s=prefer.wait_s,
        until="decided" if prefer.respond_async else "finished",
    )
    if answer.reference.startswith(f"{card.process.replace('_', '-')}-"):  # another one's when it was handed off
        door.processes.learn(actor, answer.reference, card.process)
    tracing.note({tracing.ANSWER_STATUS: answer.status.value, tracing.REFERENCE: answer.reference})
    return reply(answer, {"Preference-Applied": prefer.applied} if prefer.applied else None)


def _card(door: Door, tool: str) -> ToolCard:
    if tool not in door.cards:
        raise UnknownTool(f"{tool!r:.80} is no tool; there are: {', '.join(sorted(door.cards))}.")
    return door.cards[tool]


def _call(card: ToolCard, form: CallForm, actor: Actor, request: Request) -> ToolCall:
    request_id = _agreed(request, "idempotency-key", form.request_id, "request_id")
    call_id = _agreed(request, "x-call-id", form.interaction.call_id, "interaction.call_id")
    interaction = form.interaction
    if call_id != interaction.call_id:
        interaction = interaction.model_copy(update={"call_id": call_id})
    return ToolCall(
        tool=card.name,
        arguments=form.arguments,
        actor=actor,
        interaction=interaction,
        request_id=request_id,
        confirm=form.confirm,
    )


def _agreed(request: Request, header: str, in_body: str, field: str) -> str:
    """A value that may come as a header, in the body, or as both when they agree."""
    given = request.headers.getlist(header)
    if len(given) > 1:
        raise malformed(header, "Send this header once.")
    if not given:
        return in_body
    value = given[0].strip()
    if len(value) > 1 and value[0] == value[-1] == '"':  # A structured-field string, as the IETF draft wants it.
        value = value[1:-1]
    if not value or len(value) > 200 or not (value.isascii() and value.isprintable()):
        raise malformed(header, "This header takes 1 to 200 printable ASCII characters.")
    if header == "idempotency-key" and " " in value:
        raise malformed(header, "An idempotency key has no spaces.")
    if in_body and in_body != value:
        reason = f"The header {header} and the body's {field} differ; send one of them, or the same."
        raise Malformed(reason, [{"field": header, "reason": reason}, {"field": field, "reason": reason}])
    return value


def _told(card: ToolCard, style: str) -> dict[str, Any]:
    function = {"name": card.name, "description": card.description, "parameters": card.arguments_schema}
    match style:
        case "openai":
            return {"type": "function", "function": function}
        case "openai-realtime":
            return {"type": "function", **function}
        case _:
            return card.model_dump(mode="json")
