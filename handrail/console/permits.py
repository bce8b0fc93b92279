"""Who may give which command, so that a page shows buttons that work and a reason where there is none.

Scopes are demanded again when the command comes in; gate, roles and ownership are judged by the run itself.
"""

from dataclasses import dataclass

from domain.calls import Actor, ActorKind
from domain.packet import GateView, Packet
from handrail.gateway.scopes import COMMAND_SCOPES, holds

OFFERED = ("decide", "retry", "confirm", "withdraw", "claim", "release", "note", "take_over", "hand_back")
"""The commands that the console has a form for."""


@dataclass(frozen=True)
class Permit:
    """`allowed`, or `why` not. Neither: the command is not legal now and is not shown at all."""

    allowed: bool = False
    why: str = ""


def permits(actor: Actor, packet: Packet) -> dict[str, Permit]:
    """For each command of the console."""
    legal = set(packet.next)
    return {name: _permit(actor, packet, name) if name in legal else Permit() for name in OFFERED}


def _permit(actor: Actor, packet: Packet, name: str) -> Permit:
    if actor.kind is not ActorKind.HUMAN:
        return Permit(why="Only a person may do this.")
    scope = scope_of(name, packet.process)
    if not holds(actor.scopes, scope):
        return Permit(why=f"You need the scope {scope} for this.")
    if name == "decide" and packet.gate:
        return _decide(actor, packet.gate)
    return _held(actor, packet, name)


def _decide(actor: Actor, gate: GateView) -> Permit:
    if gate.requester == actor.id:
        return Permit(why="You asked for this yourself. Somebody else has to decide it.")
    if any(a.actor_id == actor.id and a.outcome == "approve" for a in gate.approvals):
        return Permit(why="You have approved this. It waits for another person.")
    if gate.roles and not actor.roles & set(gate.roles):
        return Permit(why=f"Only {' or '.join(gate.roles)} may decide this; you are {_roles(actor)}.")
    return Permit(allowed=True)


def _held(actor: Actor, packet: Packet, name: str) -> Permit:
    """What only its owner may do, once a run has one."""
    other = packet.owner not in {"", actor.id}
    if name == "claim" and packet.owner == actor.id:
        return Permit()
    if name in {"release", "hand_back"} and packet.owner != actor.id:
        return Permit()
    if name in {"claim", "retry"} and other:
        return Permit(why=f"{packet.owner} holds this.")
    return Permit(allowed=True)


def scope_of(command: str, process: str) -> str:
    return COMMAND_SCOPES[command].format(process=process)


def _roles(actor: Actor) -> str:
    return " and ".join(sorted(actor.roles)) or "without a role"
