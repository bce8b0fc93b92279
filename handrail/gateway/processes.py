"""Which process a reference belongs to: scopes are per process, references are opaque.

It never changes, so it is asked once per reference and remembered.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from domain.calls import Actor
from handrail.rail import Rail

ProcessOf = Callable[[Actor, str], Awaitable[str]]
"""`(actor, reference) -> process`. Raises UnknownWork."""

REMEMBERED = 10_000


class Processes:
    """`ask` answers what is not known yet; without one the handoff packet is read, which names the process."""

    def __init__(self, rail: Rail, ask: ProcessOf | None = None) -> None:
        self._rail = rail
        self._ask = ask or self._from_packet
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def of(self, actor: Actor, reference: str) -> str:
        key = (actor.tenant, reference)
        if key not in self._known:
            self.learn(actor, reference, await self._ask(actor, reference))
        return self._known[key]

    def learn(self, actor: Actor, reference: str, process: str) -> None:
        self._known[actor.tenant, reference] = process
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _from_packet(self, actor: Actor, reference: str) -> str:
        packet = await self._rail.packet(actor, reference)
        return str(packet.get("process", ""))
