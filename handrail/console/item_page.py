"""The page of a work item: what is asked, what would happen, what was read and done, and the forms of the commands."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response

from domain.answers import Answer
from domain.calls import Actor
from domain.packet import Packet, StepStatus
from handrail.console.banners import DONE, Banner
from handrail.console.begin_form import Conversation
from handrail.console.desk import Desk, Session, desk, session
from handrail.console.item import Item, read_item
from handrail.console.live import Fragment, stream
from handrail.console.pages import page, render
from handrail.console.permits import is_held
from handrail.gateway.scopes import START, holds_for_some_process

LONG_POLL_S = 10.0
"""The longest that `Rail.answer` waits."""
GOES_ON = ("retry", "confirm", "verify", "provide", "resolve", "hand_back")
BESIDES = ("reassign", "amend", "withdraw", "take_over", "hand_off", "release")
READ_AGAIN = 2
"""How often packet and history are read again after a change: the last events may be written after the answer."""


def fragment(item: Item, who: Session) -> Fragment:
    packet = item.packet
    forms = {name: made if item.may[name].allowed else [] for name, made in item.offers.items()}
    html = render(
        "_item.html",
        p=packet,
        answer=item.answer,
        history=item.history,
        history_trouble=item.history_trouble,
        may=item.may,
        forms=forms,
        goes_on=[offer for name in _advised(packet) for offer in forms[name]],
        besides=[offer for name in BESIDES for offer in forms[name]],
        actor=who.actor,
        held=is_held(packet),
        begins=_begins(item, who),
        again=_begins(item, who, item.tool) if item.tool and item.answer.terminal else "",
        form_key=who.form_key,
        to_come=[s for s in packet.steps if s.status in {StepStatus.PLANNED, StepStatus.RUNNING}],
        past=[s for s in packet.steps if s.status not in {StepStatus.PLANNED, StepStatus.RUNNING}],
    )
    return Fragment(html=html, version=item.version)


def _begins(item: Item, who: Session, tool: str = "") -> str:
    """Where something else is begun for the same caller; with `tool`: the same, otherwise. Empty: not by him."""
    here = Conversation(item.packet.channel.call_id, item.packet.channel.type or "desk")
    if not here.call or not holds_for_some_process(who.actor, START):
        return ""
    return here.at(tool, like=item.packet.reference) if tool else here.at()


def _advised(packet: Packet) -> list[str]:
    """The commands by which it goes on, the advised ones first."""
    advised = [one.action for one in packet.recommended if one.action in GOES_ON]
    return list(dict.fromkeys([*advised, *GOES_ON]))


def show(request: Request, who: Session, item: Item, *, banner: Banner | None, status: int = 200) -> Response:
    reference = item.packet.reference
    return page(
        request,
        "item.html",
        status=status,
        signed_in=who,
        reference=reference,
        title=item.packet.title,
        fragment=fragment(item, who),
        live=request.app.url_path_for("item_live", reference=reference),
        banner=banner,
    )


async def item_page(request: Request) -> Response:
    who, reference = await session(request), request.path_params["reference"]
    item = await read_item(desk(request).rail, who.actor, reference)
    return show(request, who, item, banner=DONE.get(request.query_params.get("done", "")))


async def item_live(request: Request) -> Response:
    who, reference = await session(request), request.path_params["reference"]
    changes = _changes(desk(request), who, reference)
    return stream(changes, seen=request.query_params.get("seen", ""))


async def _changes(here: Desk, who: Session, reference: str) -> AsyncIterator[Fragment]:
    """Waits for the run's next answer and reads packet and history only when there is one: each reading is recorded."""
    same = 0
    shown: Fragment | None = None
    item: Item | None = None
    while True:
        actor = await here.person(who.token)
        if item is None or shown is None or same <= READ_AGAIN:
            item = await read_item(here.rail, actor, reference)
            shown = fragment(item, who)
        yield Fragment(shown.html, shown.version, last=item.answer.terminal and same > READ_AGAIN)
        newer = await _next_answer(here, actor, item.answer, reference)
        same = same + 1 if newer == item.answer else 0


async def _next_answer(here: Desk, actor: Actor, answer: Answer, reference: str) -> Answer:
    if answer.terminal:
        await asyncio.sleep(here.inbox_every_s)
        return await here.rail.answer(actor, reference)
    return await here.rail.answer(actor, reference, wait_s=LONG_POLL_S, after_revision=answer.revision)
