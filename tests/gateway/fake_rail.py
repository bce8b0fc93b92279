"""A rail in memory, at the documented interface: it remembers what it was asked, and behaves."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from domain.answers import Answer, Denial, Effect, Missing, Status
from domain.calls import Actor, ToolCall
from domain.commands import COMMANDS, Reply
from domain.delegations import Delegate, Delegation
from domain.money import Money
from domain.values import Value, digest
from handrail import rail as door
from handrail.rail import InboxQuery, Rail, ToolCard, WorkItem

OPENED = datetime(2026, 11, 21, tzinfo=UTC)


class RefundArguments(Value):
    model_config = ConfigDict(extra="forbid")

    order_id: str = Field(default="", max_length=80)
    amount: Money | None = None
    note: str = ""


class FakeRail(Rail):
    def __init__(self) -> None:
        self.calls: list[tuple[ToolCall, float, str]] = []
        self.commands: list[tuple[Actor, str, str, dict[str, Any]]] = []
        self.queries: list[tuple[Actor, InboxQuery]] = []
        self.events: list[tuple[str, bytes, dict[str, str]]] = []
        self.waits: list[tuple[str, float, int]] = []
        self.packets_read = 0
        self.work: dict[tuple[str, str], tuple[str, Answer]] = {}
        self.unavailable = False
        self.finished: list[str] = []
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self._by_request: dict[tuple[str, str], tuple[str, Answer]] = {}

    def tools(self) -> list[ToolCard]:
        schema = RefundArguments.model_json_schema()
        return [_card("refund_order", "refund", schema), _card("file_claim", "claim", schema)]

    async def call(self, call: ToolCall, *, wait_s: float = 1.0, until: str = "finished") -> Answer:
        self.calls.append((call, wait_s, until))
        if self.unavailable:
            raise door.Unavailable("Temporal cannot be reached; try again.")
        arguments = _arguments(call)
        match arguments.order_id:
            case "":
                missing = [Missing(field="order_id", reason="Which order? Ask for its number.")]
                return Answer(status=Status.NEEDS_INPUT, say="Which order is it?", missing=missing)
            case "bug":
                raise RuntimeError("secret inner detail")
            case "slow":
                self.started.set()
                await self.go_on.wait()
                self.finished.append(call.request_id)
            case "old":
                denied = Denial(rule="refund.window", text="The order is older than 30 days.")
                return Answer(status=Status.DENIED, terminal=True, denied=denied)
        return self._joined(call, arguments)

    def _joined(self, call: ToolCall, arguments: RefundArguments) -> Answer:
        key = (call.actor.tenant, call.request_id or arguments.order_id)
        mark = digest(arguments)
        if key in self._by_request and self._by_request[key][0] != mark:
            raise door.OtherArguments(f"Request {key[1]} came before with other arguments; use a new id.")
        if key not in self._by_request:
            effect = Effect(action="refund", subject=f"order {arguments.order_id}", amount=arguments.amount)
            answer = Answer(
                status=Status.DONE if call.confirm else Status.NEEDS_CONFIRMATION,
                reference=f"r-{len(self.work) + 1}",
                say="Shall I refund it?",
                effect=effect,
                digest=effect.digest,
                next=["confirm", "withdraw"],
            )
            self.work[call.actor.tenant, answer.reference] = ("claim" if "claim" in call.tool else "refund", answer)
            self._by_request[key] = (mark, answer)
        return self._by_request[key][1]

    async def command(self, actor: Actor, reference: str, name: str, body: dict[str, Any]) -> Reply:
        self.commands.append((actor, reference, name, body))
        if name not in COMMANDS:
            raise door.UnknownCommand(f"{name} is no command.")
        _, answer = self._found(actor, reference)
        if name == "retry":
            raise door.Refused("Nothing to repair: no step failed.", "repair.none", answer)
        return Reply(answer=answer)

    async def answer(self, actor: Actor, reference: str, *, wait_s: float = 0, after_revision: int = -1) -> Answer:
        self.waits.append((reference, wait_s, after_revision))
        return self._found(actor, reference)[1]

    async def inbox(self, actor: Actor, query: InboxQuery) -> list[WorkItem]:
        if self.unavailable:
            raise door.Unavailable("Temporal cannot be reached; try again.")
        self.queries.append((actor, query))
        return [
            WorkItem(reference=reference, process=process, status=answer.status, opened_at=OPENED)
            for (tenant, reference), (process, answer) in self.work.items()
            if tenant == actor.tenant
        ]

    async def packet(self, actor: Actor, reference: str) -> dict[str, Any]:
        self.packets_read += 1
        process, answer = self._found(actor, reference)
        known = {"reference": reference, "process": process, "status": answer.status.value}
        return {"packet_version": 1, "created_at": OPENED.isoformat()} | known

    async def history(self, actor: Actor, reference: str) -> dict[str, Any]:
        self._found(actor, reference)
        return {"reference": reference, "events": [], "verified": {"ok": True}}

    async def delegate(self, actor: Actor, ask: Delegate) -> Delegation:
        return _lent(actor, ask.to)

    async def end_delegation(self, actor: Actor, id: str) -> Delegation:
        return _lent(actor, "sofia")

    async def event(self, connector: str, body: bytes, headers: dict[str, str]) -> int:
        if headers.get("x-signature") != "good":
            raise door.NotAllowed(f"{connector}: the signature does not fit the body.")
        self.events.append((connector, body, headers))
        return 1

    def _found(self, actor: Actor, reference: str) -> tuple[str, Answer]:
        if (actor.tenant, reference) not in self.work:
            raise door.UnknownWork(f"There is no work {reference}.")
        return self.work[actor.tenant, reference]


def _lent(actor: Actor, to: str) -> Delegation:
    return Delegation(
        id="d-1", tenant=actor.tenant, principal=actor.id, delegate=to, roles=sorted(actor.roles), scopes=[],
        since=OPENED, until=OPENED,
    )  # fmt: skip


def _arguments(call: ToolCall) -> RefundArguments:
    try:
        return RefundArguments.model_validate(call.arguments)
    except ValidationError as failure:
        errors = [{"field": ".".join(map(str, e["loc"])), "reason": e["msg"]} for e in failure.errors()]
        raise door.BadArguments("The arguments of refund_order are wrong.", errors) from failure


def _card(name: str, process: str, schema: dict[str, Any]) -> ToolCard:
    return ToolCard(
        name=name, process=process, description=f"{name}.", arguments_schema=schema, scope=f"wf:{process}:start"
    )
