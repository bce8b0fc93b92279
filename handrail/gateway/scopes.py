"""Which scope a door asks for. Gates, limits and ownership are judged behind it, by the run."""

from collections.abc import Iterable

from domain.calls import Actor, ActorKind
from domain.commands import COMMAND_SCOPES, DECIDE, OWN, READ, START
from handrail.rail import NotAllowed

EVIDENCE, ATTEST = "evidence:read", "assurance:attest"
DELEGATE, MANAGE_DELEGATIONS = "delegation:own", "delegation:all"
__all__ = [
    "ATTEST",
    "COMMAND_SCOPES",
    "DECIDE",
    "DELEGATE",
    "EVIDENCE",
    "MANAGE_DELEGATIONS",
    "OWN",
    "READ",
    "START",
]


class ScopeMissing(NotAllowed):
    """The token does not carry the scope; `scope` names it, for `WWW-Authenticate`."""

    title = "Scope missing"

    def __init__(self, actor: Actor, scope: str, what: str) -> None:
        super().__init__(f"{what} needs the scope {scope}; the token of {actor.id} does not carry it.")
        self.scope = scope


def holds(scopes: Iterable[str], needed: str) -> bool:
    """`wf:*:read` holds `wf:refund:read`. Only the middle part may be a star."""
    granted = scopes if isinstance(scopes, frozenset) else frozenset(scopes)
    if needed in granted:
        return True
    parts = needed.split(":")
    return len(parts) == 3 and f"{parts[0]}:*:{parts[2]}" in granted


def holds_for_some_process(actor: Actor, template: str) -> bool:
    """Whether looking up the process of a reference is worth it at all."""
    before, _, after = template.partition("{process}")
    if not after:
        return template in actor.scopes
    least = len(before) + len(after)
    return any(s.startswith(before) and s.endswith(after) and len(s) > least for s in actor.scopes)


def demand(actor: Actor, needed: str, what: str) -> None:
    """Raises ScopeMissing."""
    if not holds(actor.scopes, needed):
        raise ScopeMissing(actor, needed, what)


def refuse_machines(actor: Actor, what: str) -> None:
    """Some things only a person does, whatever the token says. Raises NotAllowed."""
    if actor.kind is not ActorKind.HUMAN:
        raise NotAllowed(f"{what} is for people; {actor.id} is {actor.kind.value}. No scope changes that.")
