"""The rail on Temporal: one RPC per tool call (update-with-start), the truth when it does not come back in time."""

import asyncio
import contextlib
import time
import uuid
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from connectors.catalogue import NoConnector, Systems, connect_all
from connectors.errors import AuthFailed
from domain.answers import Answer, Status
from domain.calls import Actor, ToolCall
from domain.commands import COMMANDS, Command, Reply
from domain.evidence import Who
from domain.packet import Integrity, Packet
from domain.values import digest
from handrail import temporal
from handrail.evidence import EvidenceBook
from handrail.rail.arguments import check_arguments
from handrail.rail.face import (
    InboxQuery,
    NotAllowed,
    OtherArguments,
    Rail,
    Refused,
    ToolCard,
    Unavailable,
    UnknownCommand,
    UnknownTool,
    UnknownWork,
    WorkItem,
)
from handrail.rail.inbox import list_work
from handrail.settings import Settings
from workflows._catalog import Tool, tools, workflow_id
from workflows._process import Ask, Closed

TENANT = SearchAttributeKey.for_keyword("HandrailTenant")
CALL = SearchAttributeKey.for_keyword("HandrailCall")
STATUS = SearchAttributeKey.for_keyword("HandrailStatus")

QUICK = timedelta(milliseconds=400)
PATIENT = timedelta(seconds=4)
LONGEST_WAIT_S = 10.0
_GONE = (RPCStatusCode.NOT_FOUND,)
_SLOW = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class TemporalRail(Rail):
    def __init__(self, client: Client, settings: Settings, evidence: EvidenceBook, systems: Systems) -> None:
        self._client = client
        self._settings = settings
        self._evidence = evidence
        self._systems = systems
        self._tools = tools()
        self._room = asyncio.Semaphore(settings.max_waiting_calls)

    def tools(self) -> list[ToolCard]:
        return [_card(tool) for _, tool in sorted(self._tools.items())]

    async def call(self, call: ToolCall, *, wait_s: float = 1.0, until: str = "finished") -> Answer:
        tool = self._tool(call.tool)
        checked = check_arguments(tool.arguments, call.arguments, tool.name)
        if isinstance(checked, Answer):
            return checked
        call = call.model_copy(update={"arguments": checked})
        nonce = uuid.uuid4().hex
        reference = tool.reference(call, nonce)
        if self._room.locked():
            return await self._log_only(tool, call, reference)
        async with self._room:
            try:
                return await self._start_or_join(tool, call, reference, until, nonce, wait_s)
            except WorkflowAlreadyStartedError:
                return await self._already_closed(call, reference)
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                return await self._what_is_known(call.actor, reference, say_known=until == "finished")
            except RPCError as error:
                return await self._rpc_failed(error, call, reference)

    async def command(self, actor: Actor, reference: str, name: str, body: dict[str, Any]) -> Reply:
        if name not in COMMANDS:
            raise UnknownCommand(f"{name} is no command; there are: {', '.join(COMMANDS)}.")
        checked = check_arguments(COMMANDS[name], body, name)
        if isinstance(checked, Answer):
            return Reply(answer=checked.model_copy(update={"reference": reference}))
        message_id = str(checked.get("decision_id") or uuid.uuid4().hex)
        command = Command(name=name, actor=actor, body=checked, message_id=f"{actor.id}:{name}:{message_id}")
        reply = await self._say(actor, reference, command)
        if reply.refused:
            raise Refused(reply.refused.text, reply.refused.rule, reply.answer)
        return reply

    async def answer(self, actor: Actor, reference: str, *, wait_s: float = 0, after_revision: int = -1) -> Answer:
        now = await self._current(actor, reference)
        if wait_s <= 0 or now.terminal or (after_revision >= 0 and now.revision > after_revision):
            return now
        wait = timedelta(seconds=min(wait_s, LONGEST_WAIT_S))
        seen = now.revision
        try:
            async with asyncio.timeout(wait.total_seconds()):
                while not now.terminal and now.revision <= max(seen, after_revision):
                    now = (await self._next(actor, reference, now.revision, wait)).answer
                    if after_revision < 0 and not now.terminal:
                        seen = now.revision  # no revision asked for: wait for the end
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError):
            return await self._current(actor, reference)
        return now

    async def inbox(self, actor: Actor, query: InboxQuery) -> list[WorkItem]:
        with _as_unavailable():
            return await list_work(self._client, actor.tenant, query)

    async def packet(self, actor: Actor, reference: str) -> dict[str, Any]:
        with _as_unavailable(reference):
            packet: Packet = await self._handle(actor, reference).query(
                "packet", result_type=Packet, rpc_timeout=PATIENT
            )
        events = await self._evidence.for_run(actor.tenant, reference, reader=Who.of(actor))
        if events:
            head = Integrity(events=len(events), head_hash=events[-1].hash)
            packet = packet.model_copy(update={"integrity": head})
        return packet.model_dump(mode="json")

    async def history(self, actor: Actor, reference: str) -> dict[str, Any]:
        events = await self._evidence.for_run(actor.tenant, reference, reader=Who.of(actor))
        if not events:
            await self._current(actor, reference)  # raises UnknownWork when there is no such run
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
            run = event.ref.rsplit("/", 2)[0]
            with contextlib.suppress(RPCError):  # a closed run needs no telling
                await self._client.get_workflow_handle(run).signal("event", event, rpc_timeout=PATIENT)
                told += 1
        return told

    # Machinery

    def _tool(self, name: str) -> Tool:
        try:
            return self._tools[name]
        except KeyError:
            raise UnknownTool(f"{name} is no tool; there are: {', '.join(sorted(self._tools))}.") from None

    def _handle(self, actor: Actor, reference: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(workflow_id(actor.tenant, reference), result_type=Closed)

    def _start(self, tool: Tool, call: ToolCall, reference: str) -> dict[str, Any]:
        """How every run starts: joined while it is open, never started twice."""
        attributes = [SearchAttributePair(TENANT, call.actor.tenant), SearchAttributePair(STATUS, str(Status.ACCEPTED))]
        if call.interaction.call_id:
            attributes.append(SearchAttributePair(CALL, call.interaction.call_id))
        return {
            "id": workflow_id(call.actor.tenant, reference),
            "task_queue": self._settings.task_queue,
            "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
            "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
            "search_attributes": TypedSearchAttributes(attributes),
        }

    async def _start_or_join(
        self, tool: Tool, call: ToolCall, reference: str, until: str, nonce: str, wait_s: float
    ) -> Answer:
        start: WithStartWorkflowOperation[Any, Closed] = WithStartWorkflowOperation(
            tool.process_name, call, **self._start(tool, call, reference)
        )
        ask = Ask(call=call, until=until, nonce=nonce)
        try:
            reply: Reply = await self._client.execute_update_with_start_workflow(
                "call", ask, start_workflow_operation=start, id=_update_id(call), result_type=Reply,
                rpc_timeout=timedelta(seconds=wait_s),
            )  # fmt: skip
        except BaseException:
            _forget(start)
            raise
        if reply.nonce != nonce and not reply.answer.terminal:
            # A recorded reply to an earlier, equal call: true then, maybe not now. Ask anew.
            again = self._handle(call.actor, reference)
            reply = await again.execute_update(
                "call", ask, id=f"again:{nonce}", result_type=Reply, rpc_timeout=timedelta(seconds=wait_s)
            )
        if reply.refused:
            raise OtherArguments(reply.refused.text)
        return reply.answer

    async def _log_only(self, tool: Tool, call: ToolCall, reference: str) -> Answer:
        """Too many callers wait already: the request is made durable, and its answer fetched later."""
        try:
            await self._client.start_workflow(
                tool.process_name, call, rpc_timeout=PATIENT, **self._start(tool, call, reference)
            )
        except WorkflowAlreadyStartedError:
            return await self._already_closed(call, reference)
        except RPCError as error:
            raise Unavailable(f"{tool.name} cannot be logged now: {error.message}") from error
        return _logged(reference)

    async def _already_closed(self, call: ToolCall, reference: str) -> Answer:
        with _as_unavailable(reference):
            closed: Closed = await self._handle(call.actor, reference).result(rpc_timeout=PATIENT)
        if closed.arguments_digest != digest(call.arguments):
            text = f"{reference} was asked for with other arguments; use another request_id for another request."
            raise OtherArguments(text)
        return closed.answer

    async def _what_is_known(self, actor: Actor, reference: str, *, say_known: bool) -> Answer:
        """The budget is used up. Only what is durable may be promised, so the server is asked whether it has it."""
        handle = self._handle(actor, reference)
        if say_known:
            with contextlib.suppress(RPCError, WorkflowQueryFailedError):
                known: Closed = await handle.query("answer", result_type=Closed, rpc_timeout=QUICK)
                return known.answer
        try:
            await handle.describe(rpc_timeout=PATIENT)
        except RPCError as error:
            text = "Temporal does not answer, so it is not known whether this was logged; send the same request again."
            raise Unavailable(text) from error
        return _logged(reference)

    async def _rpc_failed(self, error: RPCError, call: ToolCall, reference: str) -> Answer:
        if error.status is RPCStatusCode.NOT_FOUND:  # the run closed in the very task that took the update
            return await self._already_closed(call, reference)
        if error.status in _SLOW:
            return await self._what_is_known(call.actor, reference, say_known=True)
        raise Unavailable(f"{call.tool} cannot be logged now: {error.message}") from error

    async def _say(self, actor: Actor, reference: str, command: Command) -> Reply:
        handle = self._handle(actor, reference)
        try:
            reply: Reply = await handle.execute_update(
                "command", command, id=command.message_id, result_type=Reply, rpc_timeout=PATIENT
            )
            return reply
        except (WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowUpdateFailedError):
            return await self._leave(handle, actor, reference, command)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return await self._to_closed(actor, reference, command)
            raise Unavailable(f"{reference} cannot be reached now: {error.message}") from error

    async def _leave(self, handle: WorkflowHandle[Any, Any], actor: Actor, reference: str, command: Command) -> Reply:
        """No worker answers: the command is left as a signal, which outlives everything, under the same message id."""
        with _as_unavailable(reference):
            await handle.signal("command_later", command, rpc_timeout=PATIENT)
        say = f"Your {command.name} is logged and takes effect as soon as the work goes on."
        return Reply(answer=_logged(reference).model_copy(update={"say": say}))

    async def _to_closed(self, actor: Actor, reference: str, command: Command) -> Reply:
        answer = await self._current(actor, reference)
        raise Refused(f"Nothing to {command.name}: {reference} is {answer.status}.", "run.closed", answer)

    async def _next(self, actor: Actor, reference: str, revision: int, wait: timedelta) -> Reply:
        reply: Reply = await self._handle(actor, reference).execute_update(
            "next", revision, id=f"next:{revision}", result_type=Reply, rpc_timeout=wait
        )
        return reply

    async def _current(self, actor: Actor, reference: str) -> Answer:
        handle = self._handle(actor, reference)
        try:
            known: Closed = await handle.query("answer", result_type=Closed, rpc_timeout=PATIENT)
        except RPCError as error:
            if error.status in _GONE:
                raise UnknownWork(f"There is no work {reference} here.") from error
            return await self._what_is_known(actor, reference, say_known=False)
        return known.answer


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


def _update_id(call: ToolCall) -> str:
    """Equal calls share one update; a confirmation is another message."""
    return f"call:{call.confirm}" if call.confirm else "call"


def _logged(reference: str) -> Answer:
    say = "Your request is logged and on its way."
    return Answer(status=Status.ACCEPTED, reference=reference, say=say, retry_after_s=1)


def _forget(start: WithStartWorkflowOperation[Any, Any]) -> None:
    """The operation's future holds the same exception; unread it would be logged as never retrieved."""
    future = getattr(start, "_workflow_handle", None)
    if future is not None and future.done() and not future.cancelled():
        future.exception()


@contextlib.contextmanager
def _as_unavailable(reference: str = "") -> Any:
    try:
        yield
    except RPCError as error:
        if error.status in _GONE and reference:
            raise UnknownWork(f"There is no work {reference} here.") from error
        raise Unavailable(f"Temporal does not answer now ({error.message}); try again.") from error
