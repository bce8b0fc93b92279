"""(0) Handrail through its HTTP door, as a voice platform would call it."""

import asyncio
from typing import Any

import aiohttp

from bench.contenders.agents import Agents
from bench.loop import Stopwatch
from bench.shop import Call


class NotDone(Exception):
    """The refund ended otherwise, or not in time; carries the answer."""


class Contender:
    """Every caller is served by an AI agent of its own: the shipped policy's limits per agent stay in force."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._base = settings["gateway"] + "/v1"
        self._agents = Agents(settings["home"])
        self._session: aiohttp.ClientSession | None = None

    async def prepare(self, calls: list[Call]) -> None:
        """Verify each caller, once per call; not part of what is measured."""
        room = asyncio.Semaphore(8)

        async def verify(call: Call) -> None:
            async with room:
                answer = await self._post(call, "verify_caller", {"email": call.email}, {})
                while not answer["terminal"]:
                    answer = await self._wait(call, answer["reference"])
            if answer["status"] != "done":
                raise NotDone(str(answer))

        await asyncio.gather(*(verify(call) for call in calls))

    async def refund(self, call: Call, order: str, watch: Stopwatch) -> None:
        arguments = {"order_id": order, "reason": "damaged"}
        answer = await self._post(call, "refund_order", arguments, {"Prefer": "respond-async"})
        watch.answered()
        while not answer["terminal"] and answer["status"] in ("accepted", "reconciling"):
            answer = await self._wait(call, answer["reference"])
        if answer["status"] != "done":
            raise NotDone(f"{answer['status']}: {answer['say']}")

    async def _post(self, call: Call, tool: str, arguments: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        body = {"arguments": arguments, "interaction": {"call_id": call.id}}
        return await self._ask("POST", f"/tools/{tool}", call, json=body, headers=headers)

    async def _wait(self, call: Call, reference: str) -> dict[str, Any]:
        return await self._ask("GET", f"/work/{reference}?wait=10", call)

    async def _ask(self, method: str, path: str, call: Call, **more: Any) -> dict[str, Any]:
        self._session = self._session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))
        headers = {"Authorization": f"Bearer {self._agents.token(call)}"} | more.pop("headers", {})
        async with self._session.request(method, self._base + path, headers=headers, **more) as reply:
            body: dict[str, Any] = await reply.json()
            if reply.status >= 400:
                raise NotDone(f"HTTP {reply.status}: {body}")
            return body
