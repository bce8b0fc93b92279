"""Where a run is left by its agent and picked up by a colleague: what he may see and do, what the caller is asked."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.answers import Answer
from handrail.assurance import AssuranceBook
from tests.claim.covered import Files
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation, Person
from tests.desk.shop import Shop
from tests.policies.test_kill_switch import Lever
from tests.resume.colleague import Packet, Schema
from tests.step_up.outbox import codes

ME = "colleague"


@dataclass
class Stage:
    """The agent's side: `caller` is set by whoever plays the agent."""

    desk: Desk
    shop: Shop
    files: Files
    lever: Lever
    caller: Conversation | None = None

    async def sells(self, *lines: int, **how: Any) -> Sold:
        """An order, and its buyer on the agent's line."""
        order = await self.shop.sell(*lines, **how)
        self.caller = await self.desk.caller(order)
        return order

    async def expire(self) -> None:
        """The caller was verified too long ago."""
        assert self.caller
        assert self.caller.order
        book, long_ago = AssuranceBook(self.desk.house.settings.database), datetime.now(UTC) - timedelta(hours=1)
        await book.record(
            "default", self.caller.call_id, customer_id=self.caller.order.customer, level=1, method="email",
            now=long_ago, valid_s=60,
        )  # fmt: skip


@dataclass
class Line:
    """The caller, who answers what he is asked."""

    shop: Shop
    customer: str
    console: "AtTheDesk"
    asked: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """What he had said already, as the packets before tell."""

    async def __call__(self, name: str, text: str, shape: Schema) -> Any:
        self.asked.append(name)
        known = {slot["name"] for seen in self.console.seen for slot in seen["slots"] if slot["value"]}
        self.again += {name} & known
        if name == "code":
            return (await codes(self.shop))[-1]
        if name == "customer_id":
            return self.customer
        return _example(shape)


@dataclass
class AtTheDesk:
    """The only things that a colleague has: packets, and commands in his name or a colleague's."""

    desk: Desk
    said: list[tuple[str, str]] = field(default_factory=list)
    """Command and who gave it."""
    seen: list[Packet] = field(default_factory=list)

    async def packet(self, reference: str) -> Packet:
        packet = await self._me.packet(_work(reference))
        self.seen.append(packet)
        return packet

    async def changed(self, packet: Packet) -> Packet:
        await self.desk.until(_work(packet["reference"]), lambda now: now.terminal or now.revision > packet["revision"])
        return await self.packet(packet["reference"])

    async def say(self, packet: Packet, action: str, body: dict[str, Any], roles: list[str], besides: set[str]) -> None:
        who = next(name for name in self._able(roles) if name not in besides)
        self.said.append((action, who))
        person = self.desk.person(roles[0] if roles else "agent", name=who)
        await person.say(_work(packet["reference"]), action, **body)

    @property
    def _me(self) -> Person:
        return self.desk.person("agent", name=ME)

    @staticmethod
    def _able(roles: list[str]) -> list[str]:
        return [f"{role}-{n}" for n in (1, 2) for role in roles] or [ME, "neighbour"]


def _work(reference: str) -> Answer:
    return Answer(status="accepted", reference=reference)


def _example(shape: Schema) -> Any:
    """What a caller might say to a question of this shape."""
    if "enum" in shape:
        return shape["enum"][0]
    if shape.get("type") == "object":
        return {name: _example(part) for name, part in shape["properties"].items()}
    return "d4" * 32 if re.match(r"\^\[0-9a-f\]", shape.get("pattern", "")) else "It fell off the table."
