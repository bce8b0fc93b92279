"""Starting a run or joining the one that is there: one RPC, update-with-start (docs/decisions/0002)."""

from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
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

from domain.answers import Answer, Status
from domain.calls import ToolCall
from domain.commands import Reply
from domain.values import digest
from handrail.rail.face import OtherArguments, Unavailable
from handrail.rail.runs import PATIENT, Runs, as_unavailable, logged
from workflows._catalog import Tool, workflow_id
from workflows._process import Ask, Closed

TENANT = SearchAttributeKey.for_keyword("HandrailTenant")
CALL = SearchAttributeKey.for_keyword("HandrailCall")
STATUS = SearchAttributeKey.for_keyword("HandrailStatus")
_SLOW = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_TO_ASK = 0.4
"""Seconds kept back from a caller who wants the first answer only: what it takes, under load, to learn that the call is
durable. Who waits for the end gets all of his time."""


class Calls:
    def __init__(self, client: Client, task_queue: str, runs: Runs) -> None:
        self._client = client
        self._task_queue = task_queue
        self._runs = runs

    async def make(self, tool: Tool, call: ToolCall, reference: str, until: str, nonce: str, wait_s: float) -> Answer:
        """Raises OtherArguments, Unavailable."""
        try:
            return await self._start_or_join(tool, call, reference, Ask(call=call, until=until, nonce=nonce), wait_s)
        except (WorkflowAlreadyStartedError, WorkflowUpdateFailedError):
            return await self._already_closed(call, reference)
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            return await self._runs.what_is_known(call.actor, reference, ask=until == "finished")
        except RPCError as error:
            return await self._rpc_failed(error, call, reference)

    async def log_only(self, tool: Tool, call: ToolCall, reference: str) -> Answer:
        """Too many callers wait already: the request is made durable, and its answer fetched later."""
        try:
            start = self._start(call, reference)
            await self._client.start_workflow(tool.process_name, call, rpc_timeout=PATIENT, **start)
        except WorkflowAlreadyStartedError:
            return await self._already_closed(call, reference)
        except RPCError as error:
            raise Unavailable(f"{tool.name} cannot be logged now: {error.message}") from error
        return logged(reference)

    async def _start_or_join(self, tool: Tool, call: ToolCall, reference: str, ask: Ask, wait_s: float) -> Answer:
        kept = min(_TO_ASK, wait_s / 2) if ask.until == "decided" else 0.0
        wait = timedelta(seconds=wait_s - kept)
        start: WithStartWorkflowOperation[Any, Closed] = WithStartWorkflowOperation(
            tool.process_name, call, **self._start(call, reference)
        )
        try:
            reply: Reply = await self._client.execute_update_with_start_workflow(
                "call", ask, start_workflow_operation=start, id=_update_id(call), result_type=Reply, rpc_timeout=wait
            )
        except BaseException:
            _forget(start)
            raise
        if reply.nonce != ask.nonce and not reply.answer.terminal:
            # A recorded reply to an earlier, equal call: true then, maybe not now. Ask anew.
            again = self._runs.handle(call.actor, reference)
            update_id = f"again:{ask.nonce}"
            reply = await again.execute_update("call", ask, id=update_id, result_type=Reply, rpc_timeout=wait)
        if reply.refused:
            raise OtherArguments(reply.refused.text)
        return reply.answer

    def _start(self, call: ToolCall, reference: str) -> dict[str, Any]:
        """How every run starts: joined while it is open, never started twice."""
        attributes = [SearchAttributePair(TENANT, call.actor.tenant), SearchAttributePair(STATUS, str(Status.ACCEPTED))]
        if call.interaction.call_id:
            attributes.append(SearchAttributePair(CALL, call.interaction.call_id))
        return {
            "id": workflow_id(call.actor.tenant, reference),
            "task_queue": self._task_queue,
            "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
            "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
            "search_attributes": TypedSearchAttributes(attributes),
        }

    async def _already_closed(self, call: ToolCall, reference: str) -> Answer:
        try:
            with as_unavailable(reference):
                closed: Closed = await self._runs.handle(call.actor, reference).result(rpc_timeout=PATIENT)
        except WorkflowFailureError:
            return _broken_off(reference)
        if digest(call.arguments) not in (closed.arguments_digest, *closed.earlier_digests):
            text = f"{reference} was asked for with other arguments; use another request_id for another request."
            raise OtherArguments(text)
        return closed.answer

    async def _rpc_failed(self, error: RPCError, call: ToolCall, reference: str) -> Answer:
        if error.status is RPCStatusCode.NOT_FOUND:  # the run closed in the very task that took the update
            return await self._already_closed(call, reference)
        if error.status in _SLOW:
            return await self._runs.what_is_known(call.actor, reference, ask=True)
        raise Unavailable(f"{call.tool} cannot be logged now: {error.message}") from error


def _update_id(call: ToolCall) -> str:
    """Equal calls share one update; other arguments under the same request id are another message, so that a closed
    run's recorded answer is not given to them; and so is a confirmation."""
    return f"call:{digest(call.arguments)}:{call.confirm}"


def _broken_off(reference: str) -> Answer:
    """An operator ended the run in Temporal itself: what it had done, and had not, is for people to find out."""
    say = "This request was broken off by an operator before its end; a colleague has to look into it."
    return Answer(status=Status.HANDED_OFF, reference=reference, say=say, terminal=True)


def _forget(start: WithStartWorkflowOperation[Any, Any]) -> None:
    """The operation's future holds the same exception; unread it would be logged as never retrieved."""
    future = getattr(start, "_workflow_handle", None)
    if future is not None and future.done() and not future.cancelled():
        future.exception()
