"""One work item as a person reads it: packet, answer and history, with the forms that are his."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from domain.answers import Answer
from domain.calls import Actor
from domain.delegations import Delegation
from domain.packet import Packet
from domain.values import digest
from handrail.console import times
from handrail.console.offer import Asked, Offer
from handrail.console.offers import offers
from handrail.console.permits import Permit, by_own_right, held_by_other, permits, reaching
from handrail.console.waterfall import Waterfall, waterfall
from handrail.gateway.scopes import ATTEST, EVIDENCE, READ, demand, holds
from handrail.rail import Rail, RailError


@dataclass(frozen=True)
class Item:
    packet: Packet
    answer: Answer
    history: Waterfall | None
    history_trouble: str
    may: dict[str, Permit] = field(default_factory=dict)
    offers: dict[str, list[Offer]] = field(default_factory=dict)
    """The forms of each command, whether it is legal now or not."""

    tool: str = ""
    """By which one of its kind is begun."""

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
    asked = _asked(rail, actor, known, answer, mandates)
    may = permits(actor, known, mandates)
    tool = asked.card.name if asked.card and holds(actor.scopes, asked.card.scope) else ""
    read = None if isinstance(history, str) else history
    return Item(known, answer, read, trouble, may, offers(asked), tool)


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
