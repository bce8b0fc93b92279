"""One work item: what is asked, what would happen, what was read and done, and the commands that are legal now."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from domain.answers import Answer
from domain.calls import Actor
from domain.packet import Packet, StepStatus
from domain.values import digest
from handrail.console import times
from handrail.console.desk import Desk, Session, desk, session
from handrail.console.live import Fragment, stream
from handrail.console.pages import page, render
from handrail.console.permits import permits
from handrail.console.waterfall import Waterfall, waterfall
from handrail.gateway.scopes import EVIDENCE, READ, demand
from handrail.rail import Rail, RailError

LONG_POLL_S = 10.0
"""The longest that `Rail.answer` waits."""
READ_AGAIN = 2
"""How often packet and history are read again after a change: the last events may be written after the answer."""


@dataclass(frozen=True)
class Banner:
    """The result of a command. `kind`: `good`, `bad` (nothing was done) or `ask` (somebody was faster, look again)."""

    kind: str
    title: str
    text: str = ""


@dataclass(frozen=True)
class Item:
    packet: Packet
    answer: Answer
    history: Waterfall | None
    history_trouble: str

    @property
    def version(self) -> str:
        """Of everything that is shown, without the age of things."""
        history = [(b.event.seq, b.event.hash) for b in self.history.bars] if self.history else self.history_trouble
        packet = self.packet.model_dump(mode="json", exclude={"created_at", "revision"})
        return digest([packet, self.answer.model_dump(mode="json", exclude={"revision"}), history])


async def read_item(rail: Rail, actor: Actor, reference: str) -> Item:
    """Raises RailError when the run is not known or not this person's to see."""
    given, answer, history = await asyncio.gather(
        rail.packet(actor, reference),
        rail.answer(actor, reference),
        _history(rail, actor, reference),
    )
    packet = Packet.model_validate(given)
    demand(actor, READ.format(process=packet.process), "Reading this work")
    # What is legal is the run's to say, and its answer is the newest word.
    known = packet.model_copy(update={"next": answer.next, "status": str(answer.status)})
    trouble = history if isinstance(history, str) else ""
    return Item(known, answer, None if isinstance(history, str) else history, trouble)


async def _history(rail: Rail, actor: Actor, reference: str) -> Waterfall | str:
    """The history, or why it cannot be read: deciding must not wait for it."""
    try:
        demand(actor, EVIDENCE, "Reading the history")
        return waterfall(await rail.history(actor, reference), times.now())
    except RailError as error:
        return str(error) or error.title


def fragment(item: Item, who: Session, typed: str = "") -> Fragment:
    """`typed`: the note of a form that was not accepted, so that it need not be written again."""
    packet = item.packet
    html = render(
        "_item.html",
        p=packet,
        answer=item.answer,
        history=item.history,
        history_trouble=item.history_trouble,
        may=permits(who.actor, packet),
        actor=who.actor,
        form_key=who.form_key,
        typed=typed,
        decision_id=f"console-{uuid4().hex}",
        to_come=[s for s in packet.steps if s.status in {StepStatus.PLANNED, StepStatus.RUNNING}],
        past=[s for s in packet.steps if s.status not in {StepStatus.PLANNED, StepStatus.RUNNING}],
    )
    return Fragment(html=html, version=item.version)


def show(
    request: Request, who: Session, item: Item, *, banner: Banner | None, status: int = 200, typed: str = ""
) -> Response:
    reference = item.packet.reference
    return page(
        request,
        "item.html",
        status=status,
        signed_in=who,
        reference=reference,
        title=item.packet.title,
        fragment=fragment(item, who, typed),
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


DONE = {
    "approve": Banner("good", "Approved.", "Your decision is recorded; the run goes on by itself."),
    "reject": Banner("good", "Rejected.", "Your decision is final for this effect."),
    "request_info": Banner("good", "Information requested.", "The item stays pending until it comes."),
    "claim": Banner("good", "Claimed.", "This item is yours until you release it or the lease ends."),
    "release": Banner("good", "Released.", "Anyone in the queue may take it now."),
    "note": Banner("good", "Note added."),
    "confirm": Banner("good", "The caller's yes is recorded."),
    "withdraw": Banner("good", "Withdrawn."),
    "retry": Banner("good", "Trying the step again."),
    "skip": Banner("good", "Skip recorded."),
    "undo_all": Banner("good", "Undoing everything that was done."),
}
"""What to say after a command went through, by the word in the address. An address cannot make us say anything else."""
