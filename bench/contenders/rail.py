"""(0') Handrail's Rail called in this process: the HTTP door left out."""

from bench.contenders.agents import Agents
from bench.contenders.handrail_http import NotDone
from bench.loop import Stopwatch
from bench.shop import Call
from domain.answers import Answer
from domain.calls import Interaction, ToolCall
from handrail.rail import Rail, connect
from handrail.settings import Settings


class Contender:
    def __init__(self, settings: dict[str, str]) -> None:
        self._agents = Agents(settings["home"])
        self._rail: Rail | None = None

    async def prepare(self, calls: list[Call]) -> None:
        self._rail = self._rail or await connect(Settings())
        for call in calls:
            answer = await self._call(call, "verify_caller", {"email": call.email}, "finished")
            if answer.status != "done":
                raise NotDone(str(answer))

    async def refund(self, call: Call, order: str, watch: Stopwatch) -> None:
        assert self._rail
        answer = await self._call(call, "refund_order", {"order_id": order, "reason": "damaged"}, "decided")
        watch.answered()
        while not answer.terminal and answer.status in ("accepted", "reconciling"):
            answer = await self._rail.answer(self._agents.actor(call), answer.reference, wait_s=10)
        if answer.status != "done":
            raise NotDone(f"{answer.status}: {answer.say}")

    async def _call(self, call: Call, tool: str, arguments: dict[str, str], until: str) -> Answer:
        assert self._rail
        interaction = Interaction(call_id=call.id)
        asked = ToolCall(tool=tool, arguments=arguments, actor=self._agents.actor(call), interaction=interaction)
        return await self._rail.call(asked, wait_s=5, until=until)
