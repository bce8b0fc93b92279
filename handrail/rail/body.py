"""The rail on Temporal."""

import asyncio
import contextlib
import time
import uuid
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from connectors.catalogue import NoConnector, Systems, connect_all
from connectors.errors import AuthFailed
from connectors.events import InboundEvent
from domain.answers import Answer
from domain.calls import Actor, ActorKind, ToolCall
from domain.commands import COMMANDS, Command, Reply
from domain.delegations import Delegate, Delegation
from domain.evidence import Who
from domain.packet import Integrity, Packet
from handrail import temporal
from handrail.codes import OneTimeCodes
from handrail.delegations import DelegationBook
from handrail.evidence import EvidenceBook
from handrail.interactions import InteractionBook
from handrail.policies import Shelf
from handrail.rail.arguments import check_arguments
from handrail.rail.calls import Calls
from handrail.rail.delegating import Delegating
from handrail.rail.face import (
    InboxQuery,
    NotAllowed,
    Rail,
    Refused,
    ToolCard,
    UnknownCommand,
    UnknownTool,
    WorkItem,
)
from handrail.rail.first_due import Moments
from handrail.rail.inbox import list_offered, list_work, offered
from handrail.rail.knowing import Knowing
from handrail.rail.patience import Patience
from handrail.rail.runs import PATIENT, Runs, as_unavailable
from handrail.settings import Settings
from workflows._catalog import Tool, tools, workflow_id

LONGEST_WAIT_S = 10.0
HANDED_WITHIN_S = 2.0
"""How long a caller waits until it is known that a person will take his conversation."""


class TemporalRail(Rail):
    def __init__(self, client: Client, settings: Settings, evidence: EvidenceBook, systems: Systems) -> None:
        self._client = client
        self._evidence = evidence
        self._systems = systems
        found = tools()
        self._tools = {name: tool for name, tool in found.items() if not tool.starts_on}
        self._by_event = {tool.starts_on: tool for tool in found.values() if tool.starts_on}
        self._processes = {tool.process_name for tool in found.values()}
        self._tenant = settings.tenant
        self._runs = Runs(client)
        self._codes = OneTimeCodes(settings)
        self._delegating = Delegating(DelegationBook(settings.database), evidence)
        self._calls = Calls(client, settings.task_queue, self._runs)
        book, shelf = InteractionBook(settings.database), Shelf(settings.policies)
        self._knowing = Knowing(client, book)
        self._patience = Patience(book, shelf, self._runs, self._open_handoff)
        self._moments = Moments()
        self._room = asyncio.Semaphore(settings.max_waiting_calls)

    def tools(self) -> list[ToolCard]:
        return [_card(tool) for _, tool in sorted(self._tools.items())]

    async def call(self, call: ToolCall, *, wait_s: float = 1.0, until: str = "finished") -> Answer:
        tool = self._tool(call.tool)
        await self._delegating.seen(call.actor)
        checked = check_arguments(tool.arguments, call.arguments, tool.name)
        nonce = uuid.uuid4().hex
        if isinstance(checked, Answer):
            call, checked = await self._knowing.complete(tool, call, checked)
        if isinstance(checked, Answer):
            return await self._patience.judge(tool, call, checked, nonce)
        call = call.model_copy(update={"arguments": checked})
        which = nonce
        if tool.per_conversation and call.interaction.call_id:
            which = await self._patience.number(call)
        reference = tool.reference(call, which)
        heard = await self._patience.hear(tool, call, reference, nonce)
        if heard and (turned := await self._patience.turned(tool, call, reference, heard)):
            return turned
        if self._room.locked():
            return await self._calls.log_only(tool, call, reference)
        async with self._room:
            answer = await self._calls.make(tool, call, reference, until, nonce, wait_s)
        return await self._patience.judge(tool, call, answer, nonce)

    async def _open_handoff(self, call: ToolCall, number: str) -> Answer:
        tool = self._tools["hand_off"]
        return await self._calls.make(
            tool, call, tool.reference(call, number), "finished", uuid.uuid4().hex, HANDED_WITHIN_S
        )  # fmt: skip

    async def command(self, actor: Actor, reference: str, name: str, body: dict[str, Any]) -> Reply:
        if name not in COMMANDS:
            raise UnknownCommand(f"{name} is no command; there are: {', '.join(COMMANDS)}.")
        await self._delegating.seen(actor)
        checked = check_arguments(COMMANDS[name], body, name)
        if isinstance(checked, Answer):
            return Reply(answer=checked.model_copy(update={"reference": reference}))
        if code := checked.get("code"):  # sealed here, so that Temporal never holds one
            checked["code"] = self._codes.seal(workflow_id(actor.tenant, reference), code)
        if principal := checked.get("on_behalf_of"):  # asked anew here: a delegation may end at any moment
            actor = await self.represent(actor, str(principal))
        message_id = str(checked.get("decision_id") or uuid.uuid4().hex)
        command = Command(name=name, actor=actor, body=checked, message_id=f"{actor.id}:{name}:{message_id}")
        call_id = await self._patience.may_say(actor, reference, name)
        reply = await self._runs.say(actor, reference, command)
        reply = await self._patience.judge_reply(actor, reference, call_id, command, reply)
        if reply.refused:
            raise Refused(reply.refused.text, reply.refused.rule, reply.answer)
        return reply

    async def answer(self, actor: Actor, reference: str, *, wait_s: float = 0, after_revision: int = -1) -> Answer:
        wait = timedelta(seconds=min(wait_s, LONGEST_WAIT_S))
        if wait_s > 0 and after_revision < 0:
            return await self._runs.end(actor, reference, wait)
        now = await self._runs.current(actor, reference)
        if wait_s <= 0 or now.terminal or now.revision > after_revision:
            return now
        try:
            async with asyncio.timeout(wait.total_seconds()):
                while not now.terminal and now.revision <= after_revision:
                    now = (await self._runs.next(actor, reference, now.revision, wait)).answer
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowUpdateFailedError, RPCError):
            return await self._runs.current(actor, reference)
        return now

    async def inbox(self, actor: Actor, query: InboxQuery) -> list[WorkItem]:
        await self._delegating.seen(actor)
        held = [delegation for delegation in await self.mandates(actor) if delegation.away]
        with as_unavailable():
            if query.offered:
                return await list_offered(self._client, actor, held, query, self._readable(actor), self._moments)
            items = await list_work(self._client, actor.tenant, query, self._readable(actor), self._moments)
        return [offered(item, actor, held) for item in items] if held else items

    def _readable(self, actor: Actor) -> set[str]:
        """The processes whose work he may read, so that the rows of a page are his; empty: not a part of them."""
        mine = {name for name in self._processes if actor.may_read(name)}
        return mine if mine < self._processes else set()

    async def delegate(self, actor: Actor, ask: Delegate) -> Delegation:
        return await self._delegating.give(actor, ask)

    async def delegations(self, actor: Actor, *, everybodys: bool = False) -> list[Delegation]:
        await self._delegating.seen(actor)
        return await self._delegating.of(actor, everybodys)

    async def end_delegation(self, actor: Actor, id: str) -> Delegation:
        return await self._delegating.end(actor, id)

    async def mandates(self, actor: Actor) -> list[Delegation]:
        return await self._delegating.held(actor)

    async def represent(self, actor: Actor, principal: str) -> Actor:
        return await self._delegating.represent(actor, principal)

    async def packet(self, actor: Actor, reference: str) -> dict[str, Any]:
        with as_unavailable(reference):
            packet = Packet.model_validate(await self._runs.look(actor, reference, "packet", within=PATIENT))
        packet = await self._knowing.with_callback(actor, packet)
        events = await self._evidence.for_run(actor.tenant, reference, reader=Who.of(actor))
        if events:
            head = Integrity(events=len(events), head_hash=events[-1].hash)
            packet = packet.model_copy(update={"integrity": head})
        return packet.model_dump(mode="json")

    async def history(self, actor: Actor, reference: str) -> dict[str, Any]:
        events = await self._evidence.for_run(actor.tenant, reference, reader=Who.of(actor))
        if not events:
            await self._runs.current(actor, reference)  # raises UnknownWork when there is no such run
        report = await self._evidence.verify_run(actor.tenant, reference)
        problems = [str(problem) for problem in report.problems]
        return {
            "reference": reference,
            "events": [event.model_dump(mode="json", exclude={"personal"}) for event in events],
            "verified": {"ok": report.ok, "problems": problems},
        }

    async def event(self, connector: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            vendor = self._systems.receiver(connector)
        except NoConnector as wrong:
            raise UnknownTool(str(wrong)) from wrong
        try:
            events = vendor.receive(body, headers, now_s=time.time())
        except AuthFailed as refused:
            raise NotAllowed(str(refused)) from refused
        told = 0
        for event in events:
            if tool := self._by_event.get(event.kind):
                await self._start_by_event(tool, event, connector)
                told += 1
                continue
            run = event.ref.rsplit("/", 2)[0]
            with contextlib.suppress(RPCError):  # a closed run needs no telling
                await self._client.get_workflow_handle(run).signal("event", event, rpc_timeout=PATIENT)
                told += 1
        return told

    async def _start_by_event(self, tool: Tool, event: InboundEvent, connector: str) -> None:
        """Durable before the sender hears that it was taken; the same event again is the same run."""
        actor = Actor(id=f"event:{connector}", kind=ActorKind.SYSTEM, tenant=self._tenant, name=connector)
        checked = tool.arguments.model_validate(tool.from_event(event)).model_dump(mode="json", exclude_defaults=True)
        call = ToolCall(tool=tool.name, arguments=checked, actor=actor, request_id=event.dedupe_id)
        await self._calls.log_only(tool, call, tool.reference(call, ""))

    def _tool(self, name: str) -> Tool:
        try:
            return self._tools[name]
        except KeyError:
            raise UnknownTool(f"{name} is no tool; there are: {', '.join(sorted(self._tools))}.") from None


async def connect(settings: Settings, *, part: str = "gateway") -> TemporalRail:
    """A rail on the Temporal server that the settings name."""
    client = await temporal.connect(settings, part=part)
    evidence = EvidenceBook(settings.database, settings.home / "evidence.key")
    systems = connect_all(settings.connectors, settings.connector_configs)
    return TemporalRail(client, settings, evidence, systems)


def _card(tool: Tool) -> ToolCard:
    return ToolCard(
        name=tool.name, process=tool.process_name, description=tool.description,
        arguments_schema=tool.arguments.model_json_schema(), scope=tool.scope, reads_only=tool.reads_only,
    )  # fmt: skip
