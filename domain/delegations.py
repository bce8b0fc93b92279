"""Delegation: a person lends another one his right to decide gates, for a time; out-of-office, when he is away."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from domain.answers import Denial
from domain.calls import Actor, ActorKind, Mandate
from domain.money import Money
from domain.values import Value, digest

LONGEST = timedelta(days=92)
"""A right that is lent for longer is a role of its own, and the identity provider's to give."""

Person = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Delegate(Value):
    """What a person asks for: `to` decides for him from `since` (default: now) until `until`, both with time zone."""

    to: Person
    """The id of the other person: `sub` of his token."""
    until: AwareDatetime
    since: AwareDatetime | None = None
    up_to: Money | None = None
    """At most this amount each, in this currency. None: as far as the person's own roles reach."""
    roles: list[Person] = Field(default=[], max_length=50)
    """Only these of the person's roles. Empty: all of them."""
    away: bool = False
    """Out of office: what waits for him is offered to the other meanwhile."""
    reason: str = Field(default="", max_length=200)


class Delegation(Value):
    """What holds. Roles and scopes are those that the person had when he lent them: never more than his own, and never
    what he was lent himself."""

    id: str
    tenant: str
    principal: str
    """Whose right it is."""
    principal_name: str = ""
    delegate: str
    roles: list[str]
    scopes: list[str]
    """`gate:refund:decide`, ..."""
    up_to: Money | None = None
    away: bool = False
    since: datetime
    until: datetime
    """Exclusive."""
    reason: str = ""
    ended_at: datetime | None = None
    """When it was taken back before its time was over."""
    ended_by: str = ""
    ended_because: str = ""
    """Empty: somebody took it back."""

    def in_force(self, at: datetime) -> bool:
        return self.since <= at < self.until and not (self.ended_at and self.ended_at <= at)

    @property
    def mandate(self) -> Mandate:
        return Mandate(
            delegation=self.id, principal=self.principal, name=self.principal_name, up_to=self.up_to, until=self.until
        )  # fmt: skip


def delegated(actor: Actor, ask: Delegate, now: datetime) -> Delegation | Denial:
    """The delegation that this person may give. The same asked again is the same one."""
    since = ask.since or now
    scopes = sorted(scope for scope in actor.scopes if _is_gate(scope))
    roles = sorted(actor.roles)
    if actor.kind is not ActorKind.HUMAN:
        return _no("human_only", "Only a person has a right to decide, and may lend it.")
    if ask.to == actor.id:
        return _no("self", "Name another person: this one is yourself.")
    if not scopes or not roles:
        return _no("nothing", "You have no right to decide gates of your own; what you were lent cannot be lent on.")
    if foreign := sorted(set(ask.roles) - actor.roles):
        return _no("roles", f"You are not {' or '.join(foreign)} yourself.")
    if not since < ask.until or ask.until <= now:
        return _no("period", "It must end after it begins, and in the future.")
    if ask.until - since > LONGEST:
        return _no("period", f"At most {LONGEST.days} days; renew it then.")
    if ask.up_to is not None and ask.up_to.minor <= 0:
        return _no("up_to", "The amount must be above 0.")
    asked = ask.model_dump(mode="json") | {"since": since.isoformat() if ask.since else ""}
    return Delegation(
        id=digest([actor.tenant, actor.id, asked]).removeprefix("sha256:")[:16], tenant=actor.tenant,
        principal=actor.id, principal_name=actor.name, delegate=ask.to, roles=ask.roles or roles, scopes=scopes,
        up_to=ask.up_to, away=ask.away, since=since, until=ask.until, reason=ask.reason,
    )  # fmt: skip


def lost(delegation: Delegation, principal: Actor) -> list[str]:
    """The roles that were lent and that their owner has no more: nobody lends what he has not."""
    return sorted(set(delegation.roles) - principal.roles)


def acting_for(actor: Actor, delegation: Delegation) -> Actor:
    """The same person in the other's name: at gates with the other's right only, elsewhere as himself."""
    own = {scope for scope in actor.scopes if not _is_gate(scope)}
    update = {
        "scopes": frozenset(own | set(delegation.scopes)), "roles": frozenset(delegation.roles),
        "mandate": delegation.mandate,
    }  # fmt: skip
    return actor.model_copy(update=update)


def _is_gate(scope: str) -> bool:
    return scope.startswith("gate:")


def _no(rule: str, text: str) -> Denial:
    return Denial(rule=f"delegation.{rule}", text=text)
