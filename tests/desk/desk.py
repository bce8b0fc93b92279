"""A desk: Handrail with its systems, and the sentences in which tests speak of it."""

import contextlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from domain.answers import Answer, Status
from domain.calls import Interaction, ToolCall
from handrail.credentials import ASK, DECIDE, DESK
from tests.desk.doors import CliDoor, Door, HttpDoor, Problem, RailDoor
from tests.desk.goods import Sold
from tests.desk.house import House
from tests.desk.people import Conversation, Person
from tests.desk.shop import Shop
from workflows._catalog import tools

DOORS = ("http", "rail", "cli")
_numbers = itertools.count(1)


class Desk:
    def __init__(self, house: House, shop: Shop, http: HttpDoor) -> None:
        self.house = house
        self.shop = shop
        self.http = http
        self._skipper = TimeSkipper(house.client)
        self._reader = house.credentials.issue("reader", "human", ("wf:*:read",))
        self._started: set[str] = set()

    # Who speaks

    async def caller(self, sold: Sold, *, kind: str = "ai", door: str = "http", agent: str = "") -> Conversation:
        """An agent with the buyer of this order on the line, verified by e-mail."""
        conversation = self.agent(kind=kind, door=door, agent=agent, order=sold)
        answer = await conversation.verify(sold)
        assert answer.status == "done", answer
        return conversation

    def agent(
        self, *, kind: str = "ai", door: str = "http", agent: str = "", order: Sold | None = None
    ) -> Conversation:
        """An agent with an unknown caller on the line; an agent of its own unless named."""
        number = next(_numbers)
        scopes = ASK if kind == "ai" else DESK
        token = self.house.credentials.issue(agent or f"{kind}-{number}", kind, scopes, ["agent"])
        return Conversation(self, self.door(door), token, f"call-{self.house.settings.task_queue}-{number}", order)

    def person(self, *roles: str, name: str = "", scopes: tuple[str, ...] = (*DESK, *DECIDE)) -> Person:
        """Somebody with these roles; `name` tells two apart."""
        name = name or f"{'-'.join(roles)}-1"
        return Person(self, self.house.credentials.issue(name, "human", scopes, roles, name=name.title()))

    def door(self, name: str) -> Door:
        if name == "http":
            return self.http
        return RailDoor(self.house) if name == "rail" else CliDoor(self.house)

    # Waiting

    async def end(self, answer: Answer) -> Answer:
        """The run's last answer."""
        return await self.until(answer, lambda now: now.terminal)

    async def until(self, answer: Answer, reached: Callable[[Answer], bool]) -> Answer:
        """The first answer of the run for which `reached` holds. The test's own time limit ends a vain wait."""
        now = await self.http.answer(self._reader, answer.reference)
        while not reached(now):
            if now.terminal:
                raise AssertionError(f"{answer.reference} ended otherwise: {now!r}")
            now = await self.http.answer(self._reader, answer.reference, wait_s=10, after=now.revision)
        return now

    async def later(self, answer: Answer, status: str) -> Answer:
        return await self.until(answer, lambda now: now.status == status)

    async def appears(self, tool: str, arguments: dict[str, Any], caller: Conversation) -> Answer:
        """The run of a call whose answer nobody heard, as soon as it is there."""
        actor = await self.house.tokens.verify(caller.token)
        call = ToolCall(
            tool=tool, arguments=arguments, actor=actor, interaction=Interaction(call_id=caller.call_id)
        )  # fmt: skip
        reference = tools()[tool].reference(call, "")
        self.started(Answer(status=Status.ACCEPTED, reference=reference))
        while True:
            with contextlib.suppress(Problem):
                return await self.http.answer(self._reader, reference)

    async def skip(self, answer: Answer, **time: float) -> None:
        """The run's clock goes on by this much at once; it meets every timer on the way."""
        await self._skipper.fast_forward(self.handle(answer), timedelta(**time))

    def handle(self, answer: Answer) -> WorkflowHandle[Any, Any]:
        return self.house.client.get_workflow_handle(f"{self.house.settings.tenant}:{answer.reference}")

    # What a test started

    @property
    def references(self) -> set[str]:
        """The runs that this test has started."""
        return set(self._started)

    def started(self, answer: Answer) -> None:
        if answer.reference:
            self._started.add(answer.reference)

    async def clear(self) -> None:
        """Ends the runs that a test left open, so that they cannot disturb the next one."""
        for reference in self._started:
            with contextlib.suppress(RPCError):  # it had ended
                await self.house.client.get_workflow_handle(f"default:{reference}").terminate("The test is over.")
        self._started.clear()
