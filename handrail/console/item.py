"""One work item: what is asked, what would happen, what was read and done, and the commands that are legal now."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response

from domain.answers import Answer
from domain.calls import Actor
from domain.delegations import Delegation
from domain.packet import Packet, StepStatus
from domain.values import digest
from handrail.console import times, words
from handrail.console.desk import Desk, Session, desk, session
from handrail.console.live import Fragment, stream
from handrail.console.offer import Asked, Offer
from handrail.console.offers import offers
from handrail.console.pages import page, render
from handrail.console.permits import Permit, by_own_right, held_by_other, permits, reaching
from handrail.console.waterfall import Waterfall, waterfall
from handrail.gateway.scopes import ATTEST, EVIDENCE, READ, demand
from handrail.rail import Rail, RailError

LONG_POLL_S = 10.0
"""The longest that `Rail.answer` waits."""
GOES_ON = ("retry", "confirm", "verify", "provide", "resolve", "hand_back")
BESIDES = ("reassign", "amend", "withdraw", "take_over", "hand_off", "release")
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
    may: dict[str, Permit] = field(default_factory=dict)
    offers: dict[str, list[Offer]] = field(default_factory=dict)
    """The forms of each command, whether it is legal now or not."""

    def with_form(self, command: str, filled: Offer) -> "Item":
        """With this form as it was sent, in the place of the empty one."""
        forms = [filled if one.id == filled.id else one for one in self.offers.get(command, [])]
        return replace(self, offers={**self.offers, command: forms})

    @property
    def version(self) -> str:
        """Of everything that is shown, without the age of things."""
        history = [(b.event.seq, b.event.hash) for b in self.history.bars] if self.history else self.history_trouble
        packet = self.packet.model_dump(mode="json", exclude={"created_at", "revision"})
        return digest([packet, self.answer.model_dump(mode="json", exclude={"revision"}), history])


async def read_item(rail: Rail, actor: Actor, reference: str) -> Item:
    """Raises RailError when the run is not known or not this person's to see."""
    given, answer, history, mandates = await asyncio.gather(
        rail.packet(actor, reference),
        rail.answer(actor, reference),
        _history(rail, actor, reference),
        rail.mandates(actor),
    )
    packet = Packet.model_validate(given)
    demand(actor, READ.format(process=packet.process), "Reading this work")
    # What is legal is the run's to say, and its answer is the newest word.
    known = packet.model_copy(update={"next": answer.next, "status": str(answer.status)})
    trouble = history if isinstance(history, str) else ""
    forms = offers(_asked(rail, actor, known, answer, mandates))
    may = permits(actor, known, mandates)
    return Item(known, answer, None if isinstance(history, str) else history, trouble, may, forms)


def _asked(rail: Rail, actor: Actor, packet: Packet, answer: Answer, mandates: Sequence[Delegation]) -> Asked:
    return Asked(
        packet=packet,
        answer=answer,
        card=next((card for card in rail.tools() if card.process == packet.process), None),
        mandates=reaching(actor, packet, mandates),
        own_right=by_own_right(actor, packet).allowed,
        attests=ATTEST in actor.scopes,
        with_other=held_by_other(actor, packet),
    )


async def _history(rail: Rail, actor: Actor, reference: str) -> Waterfall | str:
    """The history, or why it cannot be read: deciding must not wait for it."""
    try:
        demand(actor, EVIDENCE, "Reading the history")
        return waterfall(await rail.history(actor, reference), times.now())
    except RailError as error:
        return str(error) or error.title


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
        gate_edits=_edited(packet),
        actor=who.actor,
        form_key=who.form_key,
        to_come=[s for s in packet.steps if s.status in {StepStatus.PLANNED, StepStatus.RUNNING}],
        past=[s for s in packet.steps if s.status not in {StepStatus.PLANNED, StepStatus.RUNNING}],
    )
    return Fragment(html=html, version=item.version)


def _advised(packet: Packet) -> list[str]:
    """The commands by which it goes on, the advised ones first."""
    advised = [one.action for one in packet.recommended if one.action in GOES_ON]
    return list(dict.fromkeys([*advised, *GOES_ON]))


def _edited(packet: Packet) -> str:
    """What was changed at the gate before this one."""
    gate = packet.gate.model_dump(mode="json") if packet.gate else {}
    if not gate.get("edited_by"):
        return ""
    changes = ", ".join(f"{words.plain(name).lower()} to {words.shown(now)}" for name, now in gate["edits"].items())
    return f"{gate['edited_by']} changed {changes}: {gate['edit_reason']}"


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


DONE = {
    "approve": Banner("good", "Approved.", "Your decision is recorded; the run goes on by itself."),
    "reject": Banner("good", "Rejected.", "Your decision is final for this effect."),
    "request_info": Banner("good", "Information requested.", "The item stays pending until it comes."),
    "claim": Banner("good", "Claimed.", "This item is yours until you release it or the lease ends."),
    "release": Banner("good", "Released.", "Anyone in the queue may take it now."),
    "note": Banner("good", "Note added."),
    "confirm": Banner("good", "The caller's yes is recorded."),
    "withdraw": Banner("good", "Withdrawn."),
    "verify": Banner("good", "Passed on.", "You see below what it changes."),
    "provide": Banner("good", "Passed on."),
    "amend": Banner("good", "The request is changed.", "The rules judge it anew."),
    "take_over": Banner("good", "It is yours.", "The agent's next step does not happen until you hand it back."),
    "hand_back": Banner("good", "Handed back.", "The agent is told what you said."),
    "hand_off": Banner("good", "Handed off.", "It waits for a colleague."),
    "resolve": Banner("good", "Resolved."),
    "reassign": Banner("good", "Reassigned."),
    "retry": Banner("good", "It goes on."),
    "edit": Banner("good", "Correction recorded."),
    "skip": Banner("good", "Skip recorded."),
    "undo_all": Banner("good", "Undoing everything that was done."),
}
"""What to say after a command went through, by the word in the address. An address cannot make us say anything else."""
