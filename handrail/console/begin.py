"""Beginning a run: which caller it is for, which of the tools that one may call, and its form."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.answers import Answer, Status
from domain.calls import Actor, ToolCall
from domain.packet import Packet
from handrail.console import words
from handrail.console.banners import Banner
from handrail.console.begin_form import (
    CHANNELS,
    Conversation,
    about,
    anew,
    beginning,
    has_lists,
    lacking,
    unreachable,
)
from handrail.console.caller_forms import arguments
from handrail.console.desk import Session, desk, session
from handrail.console.forms import Form, read_form
from handrail.console.offer import Offer
from handrail.console.pages import page
from handrail.gateway.scopes import READ, demand, holds
from handrail.rail import (
    BadArguments,
    InboxQuery,
    OtherArguments,
    Rail,
    ToolCard,
    Unavailable,
    UnknownTool,
    WorkItem,
)

PATIENCE_S = 4.0
"""How long a person waits for the first page; what takes longer is followed on the run's own."""
_AT_FIRST = ("verify_caller", "step_up_caller")
"""Who is calling comes before all else."""
Problem = (BadArguments, OtherArguments, Unavailable)


async def begin_page(request: Request) -> Response:
    """The conversation: what was begun in it, and what may be."""
    who, here = await session(request), Conversation.of(request.query_params)
    if not here.call:
        return RedirectResponse(Conversation.new().at(), status_code=303)
    answered = await _answered(request, who, request.query_params.get("answered", ""))
    work = [] if here.error else await _work(desk(request).rail, who.actor, here)
    return page(
        request, "begin.html", status=422 if here.error else 200, signed_in=who, here=here, channels=_channels(here),
        groups=_groups(desk(request).rail, who.actor), about=about, answered=answered,
        work=work, known=await _known(request, who, work),
    )  # fmt: skip


async def tool_page(request: Request) -> Response:
    """The form of one tool. `like`: with what an earlier run was asked for."""
    who, card = await _may_begin(request)
    here = Conversation.of(request.query_params)
    if not here.call or here.error:
        return RedirectResponse(here.at() if here.error else Conversation.new().at(card.name), status_code=303)
    known = await _like(request, who, card)
    return Sheet(request, who, card, here).show(beginning(card, here, known=known))


async def begin(request: Request) -> Response:
    who, card = await _may_begin(request)
    form = await read_form(request)
    form.must_belong_to(who)
    sheet = Sheet(request, who, card, Conversation.of(form))
    offer = beginning(card, sheet.here, sent=form)
    if form.get("more"):
        return sheet.show(offer.filled(form, {}))
    said, errors = offer.body(form)
    number = said.get("callback_number", "")
    errors |= unreachable(number)
    if wrong := errors or ({"": sheet.here.error} if sheet.here.error else {}):
        return sheet.again(offer.filled(form, wrong))
    return await sheet.send(offer, form, said.get("arguments", {}), number)


@dataclass(frozen=True)
class Sheet:
    """The form of one tool in one conversation, before one person."""

    request: Request
    who: Session
    card: ToolCard
    here: Conversation

    async def send(self, offer: Offer, form: Form, arguments: dict[str, Any], callback_number: str) -> Response:
        call = ToolCall(
            tool=self.card.name, arguments=arguments, actor=self.who.actor,
            interaction=self.here.interaction(callback_number), request_id=offer.hidden["request_id"],
        )  # fmt: skip
        try:
            answer = await desk(self.request).rail.call(call, wait_s=PATIENCE_S)
        except Problem as problem:
            offer = anew(offer) if isinstance(problem, OtherArguments) else offer
            return self.again(offer.filled(form, _beside(problem)), problem)
        if answer.status is Status.NEEDS_INPUT and answer.terminal:
            return self.again(lacking(offer, form, answer))
        return RedirectResponse(_onward(self.here, answer), status_code=303)

    def again(self, offer: Offer, problem: Exception | None = None) -> Response:
        """Nothing was begun: the form as it was sent."""
        banner = Banner("bad", "Nothing was begun.", "See what is said beside the fields.")
        if isinstance(problem, Unavailable):
            text = f"{problem} Send it again in a moment: it is the same request, and nothing is lost."
            banner = Banner("bad", "Not reachable just now.", text)
        return self.show(offer, banner=banner, status=getattr(problem, "status", 422))

    def show(self, offer: Offer, *, banner: Banner | None = None, status: int = 200) -> Response:
        return page(
            self.request, "begin_tool.html", status=status, signed_in=self.who, here=self.here, card=self.card,
            offer=offer, banner=banner, about=about(self.card), lists=has_lists(self.card),
            form_key=self.who.form_key, channels=_channels(self.here),
        )  # fmt: skip


async def _may_begin(request: Request) -> tuple[Session, ToolCard]:
    """Raises UnknownTool, ScopeMissing."""
    who, name = await session(request), request.path_params["tool"]
    card = next((card for card in desk(request).rail.tools() if card.name == name), None)
    if card is None:
        raise UnknownTool(f"There is no tool {name!r:.80}; go back and choose one of the list.")
    demand(who.actor, card.scope, f"Beginning {card.name}")
    return who, card


def _onward(here: Conversation, answer: Answer) -> str:
    """What goes on is followed on its own page; what is over at once is told in the conversation."""
    if answer.terminal and answer.effect is None:
        return here.at(answered=answer.reference)
    return f"/work/{answer.reference}?done=begun"


def _beside(problem: Exception) -> dict[str, str]:
    match problem:
        case BadArguments() if problem.errors:
            return {f"arguments.{e['field']}": e["reason"] for e in problem.errors}
        case OtherArguments():
            return {"": f"{problem} This form has begun that one already; send it again to begin another."}
        case _:
            return {"": str(problem)}


def _channels(here: Conversation) -> dict[str, str]:
    return {here.channel: words.channel(here.channel), **dict(CHANNELS)}


def _groups(rail: Rail, actor: Actor) -> dict[str, list[ToolCard]]:
    """What this person may call, in the order in which it is needed."""
    mine = [card for card in rail.tools() if holds(actor.scopes, card.scope)]
    return {
        "Who is calling": [card for name in _AT_FIRST for card in mine if card.name == name],
        "Look something up": [card for card in mine if card.reads_only],
        "Begin": [card for card in mine if not card.reads_only and card.name not in _AT_FIRST],
    }


async def _work(rail: Rail, actor: Actor, here: Conversation) -> list[WorkItem]:
    """What was begun in this conversation, the newest first."""
    items = await rail.inbox(actor, InboxQuery(call_id=here.call, open_only=False, limit=50))
    mine = [item for item in items if holds(actor.scopes, READ.format(process=item.process))]
    return sorted(mine, key=lambda item: item.opened_at, reverse=True)


async def _known(request: Request, who: Session, work: list[WorkItem]) -> Packet | None:
    """Who the caller is, as the newest work in which he was known tells it."""
    of_him = next((item.reference for item in work if item.customer_id), "")
    return await _packet(request, who, of_him) if of_him else None


async def _answered(request: Request, who: Session, reference: str) -> tuple[Packet, Answer] | None:
    """The answer of what was over at once."""
    if not reference:
        return None
    packet = await _packet(request, who, reference)
    return packet, await desk(request).rail.answer(who.actor, reference)


async def _like(request: Request, who: Session, card: ToolCard) -> dict[str, Any] | None:
    reference = request.query_params.get("like", "")
    if not reference:
        return None
    packet = await _packet(request, who, reference)
    return arguments(packet) if packet.process == card.process else None


async def _packet(request: Request, who: Session, reference: str) -> Packet:
    """Raises UnknownWork, ScopeMissing."""
    packet = Packet.model_validate(await desk(request).rail.packet(who.actor, reference))
    demand(who.actor, READ.format(process=packet.process), "Reading this work")
    return packet
