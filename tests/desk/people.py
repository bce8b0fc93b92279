"""Those who speak at the desk: an agent with a caller on the line, and people who decide and repair."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.answers import Answer
from tests.desk.doors import Asked, Door
from tests.desk.goods import Sold
from tests.desk.schemas import valid_packet

if TYPE_CHECKING:
    from tests.desk.desk import Desk


@dataclass
class Conversation:
    """One agent (AI or human) with one caller on the line."""

    desk: "Desk"
    door: Door
    token: str
    call_id: str
    order: Sold | None = None
    asked: Asked | None = None
    """The last refund that was asked for."""
    references: list[str] = field(default_factory=list)

    async def call(self, tool: str, arguments: dict[str, Any] | None = None, **more: Any) -> Answer:
        return await self._put(Asked(tool, arguments or {}, call_id=self.call_id, **more))

    async def verify(self, sold: Sold) -> Answer:
        return await self.call("verify_caller", {"email": sold.email})

    async def refund(
        self, amount: int | None = None, *, lines: list[str] | None = None, order: str = "", reason: str = "damaged",
        currency: str = "EUR", confirm: str = "", request_id: str = "", wait_s: float = 4, **more: Any,
    ) -> Answer:  # fmt: skip
        """Asks for a refund of the caller's order: `amount` in minor units, or lines, or all that is left."""
        arguments: dict[str, Any] = {"order_id": order or self._order.id, "reason": reason, **more}
        if amount is not None:
            arguments["amount"] = {"minor": amount, "currency": currency}
        if lines is not None:
            arguments["lines"] = lines
        self.asked = Asked("refund_order", arguments, self.call_id, confirm, request_id, wait_s)
        return await self._put(self.asked)

    async def again(self, **changes: Any) -> Answer:
        """The very same refund once more, as a model does that got no answer."""
        assert self.asked
        return await self._put(Asked(**(vars(self.asked) | changes)))

    async def confirm(self, answer: Answer, **changes: Any) -> Answer:
        """The caller said yes to the effect of `answer`."""
        return await self.again(confirm=answer.digest, **changes)

    async def refund_confirmed(self, amount: int | None = None, **more: Any) -> Answer:
        """Asks, and says yes when that is asked for: the answer is done, or needs a person."""
        answer = await self.refund(amount, **more)
        return await self.confirm(answer) if answer.status == "needs_confirmation" else answer

    async def say(self, answer: Answer, command: str, **body: Any) -> Answer:
        return await self.door.say(self.token, answer.reference, command, body)

    async def end(self, answer: Answer) -> Answer:
        return await self.desk.end(answer)

    @property
    def _order(self) -> Sold:
        assert self.order, "this conversation is about no order"
        return self.order

    async def _put(self, asked: Asked) -> Answer:
        answer = await self.door.call(self.token, asked)
        self.desk.started(answer)
        return answer


@dataclass(frozen=True)
class Person:
    """Somebody at the console, by the rail's own HTTP face."""

    desk: "Desk"
    token: str

    async def decide(self, answer: Answer, outcome: str = "approve", *, digest: str = "", **more: Any) -> Answer:
        """Decides the gate as it stands now, or the one with this digest."""
        digest = digest or (await self.gate(answer))["digest"]
        return await self.say(answer, "decide", outcome=outcome, digest=digest, **more)

    async def say(self, answer: Answer, command: str, **body: Any) -> Answer:
        return await self.desk.http.say(self.token, answer.reference, command, body)

    async def packet(self, answer: Answer) -> dict[str, Any]:
        return valid_packet(await self.desk.http.send("GET", f"/v1/work/{answer.reference}/packet", self.token))

    async def gate(self, answer: Answer) -> dict[str, Any]:
        gate: dict[str, Any] | None = (await self.packet(answer))["gate"]
        assert gate, f"{answer.reference} waits at no gate"
        return gate

    async def history(self, answer: Answer) -> dict[str, Any]:
        found: dict[str, Any] = await self.desk.http.send("GET", f"/v1/work/{answer.reference}/history", self.token)
        return found

    async def inbox(self, **query: str) -> list[dict[str, Any]]:
        asked = "&".join(f"{name}={text}" for name, text in query.items())
        items: list[dict[str, Any]] = (await self.desk.http.send("GET", f"/v1/work?{asked}", self.token))["items"]
        return items
