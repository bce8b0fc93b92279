"""Lending a right to decide, and acting by one: the register behind the doors, each change with its evidence."""

from datetime import UTC, datetime

from domain.answers import Denial
from domain.calls import Actor, ActorKind
from domain.delegations import Delegate, Delegation, acting_for, delegated, lost
from domain.evidence import DELEGATION_RUN, Authority, Event, EventType, Who
from handrail.delegations import DelegationBook
from handrail.evidence import EvidenceBook
from handrail.rail.face import BadArguments, NotAllowed, UnknownDelegation

MANAGES = "delegation:all"
"""The scope of who sees and ends everybody's delegations: somebody left, or a token was stolen."""


class Delegating:
    def __init__(self, book: DelegationBook, evidence: EvidenceBook) -> None:
        self._book = book
        self._evidence = evidence

    async def give(self, actor: Actor, ask: Delegate) -> Delegation:
        """On record before it holds. Raises BadArguments, NotAllowed."""
        now = datetime.now(UTC)
        asked = delegated(actor, ask, now)
        if isinstance(asked, Denial):
            raise _refused(asked)
        known = await self._book.find(asked.tenant, asked.id)
        if known and not known.ended_at:
            return known
        if known:  # ended before: the same words again are another delegation
            asked = asked.model_copy(update={"id": f"{asked.id}-{now:%Y%m%d%H%M%S%f}"})
        await self._evidence.append([_event(asked, actor, now, "given")])
        return await self._book.add(asked)

    async def end(self, actor: Actor, id: str) -> Delegation:
        """It holds no longer, also when its evidence cannot be written. Raises UnknownDelegation, NotAllowed."""
        now = datetime.now(UTC)
        known = await self._book.find(actor.tenant, id)
        if known is None or not (actor.id in (known.principal, known.delegate) or MANAGES in actor.scopes):
            raise UnknownDelegation(f"There is no delegation {id} of yours.")
        if known.ended_at:
            return known
        ended = await self._book.end(actor.tenant, id, by=actor.id, at=now) or known
        await self._evidence.append([_event(ended, actor, now, "ended")])
        return ended

    async def seen(self, actor: Actor) -> None:
        """Somebody comes through a door: what he lent ends with the role that it rests on. His identity provider says
        what he is, in each token; a role that was taken from him is found missing as soon as he shows one."""
        if actor.kind is not ActorKind.HUMAN or actor.mandate:
            return
        now = datetime.now(UTC)
        for given in await self._book.given_by(actor.tenant, actor.id, now):
            if roles := lost(given, actor):
                because = f"{given.principal} is {' or '.join(roles)} no more."
                ended = await self._book.end(actor.tenant, given.id, by=actor.id, at=now, because=because) or given
                await self._evidence.append([_event(ended, actor, now, "ended")])

    async def of(self, actor: Actor, everybodys: bool) -> list[Delegation]:
        """Not over yet: one's own, given and received; or everybody's, for who manages them."""
        now = datetime.now(UTC)
        if everybodys and MANAGES in actor.scopes:
            return await self._book.all(actor.tenant, now)
        return await self._book.of_person(actor.tenant, actor.id, now)

    async def held(self, actor: Actor) -> list[Delegation]:
        """Those by which this person may act for another now."""
        if actor.kind is not ActorKind.HUMAN:
            return []
        return await self._book.given_to(actor.tenant, actor.id, datetime.now(UTC))

    async def represent(self, actor: Actor, principal: str) -> Actor:
        """The same person in `principal`'s name. Of several delegations the one that reaches furthest.

        Raises NotAllowed when none holds now.
        """
        held = [delegation for delegation in await self.held(actor) if delegation.principal == principal]
        if not held:
            raise NotAllowed(f"{principal} has not delegated to {actor.id}, or not for now; nothing was decided.")
        furthest = max(
            held, key=lambda d: (d.up_to is None, d.up_to.minor if d.up_to is not None else 0, len(d.roles), d.until)
        )
        return acting_for(actor, furthest)


def _refused(denial: Denial) -> BadArguments | NotAllowed:
    field = {"delegation.self": "to", "delegation.roles": "roles", "delegation.period": "until"}
    field |= {"delegation.up_to": "up_to"}
    if denial.rule not in field:
        return NotAllowed(denial.text)
    return BadArguments(denial.text, [{"field": field[denial.rule], "reason": denial.text}])


def _event(delegation: Delegation, actor: Actor, at: datetime, what: str) -> Event:
    return Event(
        tenant=delegation.tenant,
        run=DELEGATION_RUN,
        key=f"{delegation.id}/{what}",
        type=EventType.DELEGATED,
        at=at,
        actor=Who.of(actor),
        on_behalf_of=delegation.principal,
        authority=Authority.of(actor),
        body={"delegation": what} | delegation.model_dump(mode="json", exclude={"tenant", "principal_name"}),
    )
