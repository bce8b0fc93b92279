"""The work of a conversation, found through search attributes: never a second list."""

import asyncio
from datetime import timedelta
from typing import Any, Protocol

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError

from activities.looking import look
from domain.answers import Answer, Status
from domain.calls import ToolCall
from domain.known import Said
from domain.values import Value
from domain.work import WorkView, process_of, waits_for

_A_SECOND = timedelta(seconds=1)
_MOST = 50
"""Runs of one conversation that are told."""


class CallWork(Value):
    tenant: str
    call_id: str
    besides: str = ""
    """The run that asks."""
    reads: list[str] = []
    """Processes that change nothing: left out."""


class ConversationRuns(Protocol):
    async def runs(self, tenant: str, call_id: str) -> list[str]: ...


class WorkActivities:
    def __init__(self, client: Client, book: ConversationRuns) -> None:
        self._client = client
        self._book = book

    @activity.defn
    async def list_for_call(self, ask: CallWork) -> list[WorkView]:
        """Oldest first. Reads are left out."""
        found = [run for run in await self._runs(ask) if run.workflow_type not in ask.reads]
        return list(await asyncio.gather(*(self._item(run) for run in found)))

    @activity.defn
    async def said_in_call(self, ask: CallWork) -> list[Said]:
        """What was asked for in this conversation, oldest first, reads included. From the runs themselves: nothing of
        it is kept twice."""
        found = {run.id: run for run in await self._runs(ask)}
        told = [f"{ask.tenant}:{reference}" for reference in await self._book.runs(ask.tenant, ask.call_id)]
        ids = [*found, *(id for id in told if id not in found and id.partition(":")[2] != ask.besides)]
        said = await asyncio.gather(*(self._said(id, found.get(id)) for id in ids[-_MOST:]))
        return [run for run in said if run]

    async def _said(self, id: str, run: WorkflowExecution | None) -> Said | None:
        known = await self._told(id, run is not None and run.status is WorkflowExecutionStatus.COMPLETED)
        if known is None or not known.get("call"):
            return None
        answer, reference = Answer.model_validate(known["answer"]), id.partition(":")[2]
        return Said(
            reference=reference, process=process_of(reference), call=ToolCall.model_validate(known["call"]),
            customer_id=known.get("customer_id") or "",
            doubtful=[item.field for item in answer.missing], sources=known.get("sources") or {},
        )  # fmt: skip

    async def _runs(self, ask: CallWork) -> list[WorkflowExecution]:
        query = f"HandrailTenant = {_quoted(ask.tenant)} AND HandrailCall = {_quoted(ask.call_id)}"
        query += " AND ExecutionStatus != 'ContinuedAsNew'"  # it goes on as a newer one
        found = [run async for run in self._client.list_workflows(query, limit=_MOST)]
        return sorted((run for run in found if _reference(run) != ask.besides), key=lambda run: run.start_time)

    async def _item(self, run: WorkflowExecution) -> WorkView:
        reference, process = _reference(run), run.workflow_type
        known = await self._known(run)
        if known is None:
            say = "It is logged and on its way."
            return WorkView(reference=reference, process=process, status=Status.ACCEPTED, say=say, waits_for="a system")
        answer = Answer.model_validate(known["answer"])
        return WorkView(
            reference=reference, process=process, tool=(known.get("call") or {}).get("tool", ""),
            title=known.get("title") or process.replace("_", " "), status=answer.status, say=answer.say,
            terminal=answer.terminal, waits_for=waits_for(answer), next=answer.next, digest=answer.digest,
            missing=answer.missing, methods=answer.methods, promises=known.get("promises") or [],
        )  # fmt: skip

    async def _known(self, run: WorkflowExecution) -> dict[str, Any] | None:
        return await self._told(run.id, run.status is WorkflowExecutionStatus.COMPLETED)

    async def _told(self, id: str, completed: bool) -> dict[str, Any] | None:
        """What the run says of itself; None when it cannot be asked now."""
        handle = self._client.get_workflow_handle(id)
        try:
            if completed:
                closed: dict[str, Any] = await handle.result(rpc_timeout=_A_SECOND)
                return closed
            answer: dict[str, Any] = await look(handle, "answer", within=_A_SECOND)
            return answer
        except (RPCError, WorkflowFailureError, WorkflowQueryFailedError):
            return None


def _reference(run: WorkflowExecution) -> str:
    return run.id.partition(":")[2]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
