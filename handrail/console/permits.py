"""Who may give which command, so that a page shows forms that work and a reason where there is none.

Scopes are demanded again when the command comes in; gate, roles and ownership are judged by the run itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.calls import Actor, ActorKind
from domain.commands import COMMANDS
from domain.delegations import Delegation
from domain.packet import GateView, Packet
from handrail.console import times, words
from handrail.gateway.scopes import COMMAND_SCOPES, DECIDE, holds

OFFERED = tuple(COMMANDS)
"""The commands that the console has a form for: all that there are."""
_SAID_BY_TWO = ("edit", "skip")
"""What a second person says to a step that somebody else holds."""


@dataclass(frozen=True)
class Permit:
    """`allowed`, or `why` not. Neither: the command is not legal now and is not shown at all."""

    allowed: bool = False
    why: str = ""


def permits(actor: Actor, packet: Packet, mandates: Sequence[Delegation] = ()) -> dict[str, Permit]:
    """For each command. `mandates`: in whose names the person may decide gates."""
    legal = set(packet.next)
    return {name: _permit(actor, packet, name, mandates) if name in legal else Permit() for name in OFFERED}


def reaching(actor: Actor, packet: Packet, mandates: Sequence[Delegation]) -> list[Delegation]:
    """Those by which this person may decide this gate."""
    gate = packet.gate
    if gate is None or actor.id in _requesters(gate):
        return []
    scope = DECIDE.format(process=packet.process)
    voted = {name for a in gate.approvals for name in (a.actor_id, a.on_behalf_of) if a.outcome == "approve"}
    return [
        one
        for one in mandates
        if set(one.roles) & set(gate.roles)
        and holds(one.scopes, scope)
        and one.principal not in _requesters(gate) | voted
        and actor.id not in voted
        and _covers(one, packet)
    ]


def held_by_other(actor: Actor, packet: Packet) -> bool:
    """Somebody else holds it, and his time is not over."""
    return is_held(packet) and packet.owner != actor.id


def is_held(packet: Packet) -> bool:
    """Somebody holds it, and his time is not over."""
    return bool(packet.owner) and (packet.owner_until is None or packet.owner_until > times.now())


def by_own_right(actor: Actor, packet: Packet) -> Permit:
    """Whether he may decide it in his own name."""
    scope = scope_of("decide", packet.process)
    if not holds(actor.scopes, scope):
        return Permit(why=f"You need the scope {scope} for this.")
    return _decide(actor, packet.gate) if packet.gate else Permit(allowed=True)


def scope_of(command: str, process: str) -> str:
    return COMMAND_SCOPES[command].format(process=process)


def _permit(actor: Actor, packet: Packet, name: str, mandates: Sequence[Delegation]) -> Permit:
    if actor.kind is not ActorKind.HUMAN:
        return Permit(why="Only a person may do this.")
    if name == "decide":
        own = by_own_right(actor, packet)
        return Permit(allowed=True) if reaching(actor, packet, mandates) else own
    scope = scope_of(name, packet.process)
    if not holds(actor.scopes, scope):
        return Permit(why=f"You need the scope {scope} for this.")
    return _held(actor, packet, name)


def _decide(actor: Actor, gate: GateView) -> Permit:
    if actor.id in _requesters(gate):
        return Permit(why="You asked for this yourself. Somebody else has to decide it.")
    if any(actor.id in (a.actor_id, a.on_behalf_of) and a.outcome == "approve" for a in gate.approvals):
        return Permit(why="You have approved this. It waits for another person.")
    if gate.roles and not actor.roles & set(gate.roles):
        roles = " or ".join(words.plain(role).lower() for role in gate.roles)
        return Permit(why=f"Only {roles} may decide this; you are {_roles(actor)}.")
    return Permit(allowed=True)


def _held(actor: Actor, packet: Packet, name: str) -> Permit:
    """What only its owner may do, once a run has one."""
    other = held_by_other(actor, packet)
    if name == "claim" and packet.owner == actor.id and is_held(packet):
        return Permit()
    if name in {"release", "hand_back"} and packet.owner != actor.id:
        return Permit()
    if name == "retry" and other and packet.repair and {*_SAID_BY_TWO} & set(packet.repair.actions):
        return Permit(allowed=True)
    if name in {"claim", "retry"} and other:
        return Permit(why=f"{packet.owner} holds this.")
    return Permit(allowed=True)


def _covers(one: Delegation, packet: Packet) -> bool:
    limit, value = one.up_to, packet.effect.amount if packet.effect else None
    return limit is None or value is None or (value.currency == limit.currency and value <= limit)


def _requesters(gate: GateView) -> set[str]:
    return {gate.requester, gate.asked_by} - {""}


def _roles(actor: Actor) -> str:
    return " and ".join(sorted(words.plain(role).lower() for role in actor.roles)) or "without a role"
