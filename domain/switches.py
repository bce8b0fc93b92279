"""Kill switches: a kind of actor does nothing more in a process, from now until it is switched on again."""

from collections.abc import Iterable
from datetime import datetime

from domain.calls import ActorKind
from domain.values import Value

ALL = "all"
"""The name that means every process."""
SWITCHED_OFF = "switched_off"
"""The type of the failure that a write meets."""


class Switch(Value):
    """Off. There is none for what is on."""

    tenant: str = "default"
    process: str
    """A process, a policy document (its processes), or `all`."""
    kind: ActorKind = ActorKind.AI
    reason: str = ""
    by: str = ""
    at: datetime


def off_for(switches: Iterable[Switch], tenant: str, names: Iterable[str], kind: str) -> Switch | None:
    """The switch that stops this kind of actor in a process with these names (its own and its policy's)."""
    wanted = {ALL, *names}
    return next((s for s in switches if s.tenant == tenant and s.process in wanted and s.kind == kind), None)
