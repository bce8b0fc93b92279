"""The work of a conversation, found through search attributes: never a second list."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError

from domain.answers import Answer, Status
from domain.values import Value
from domain.work import WorkView, waits_for

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


class WorkActivities:
    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def list_for_call(self, ask: CallWork) -> list[WorkView]:
        """Oldest first. Reads are left out."""
        found = [run for run in await self._runs(ask) if run.workflow_type not in ask.reads]
        return list(await asyncio.gather(*(self._item(run) for run in found)))

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
        """What the run says of itself; None when it cannot be asked now."""
        handle = self._client.get_workflow_handle(run.id)
        try:
            if run.status is WorkflowExecutionStatus.COMPLETED:
                closed: dict[str, Any] = await handle.result(rpc_timeout=_A_SECOND)
                return closed
            known: dict[str, Any] = await handle.query("answer", rpc_timeout=_A_SECOND)
            return known
        except (RPCError, WorkflowFailureError, WorkflowQueryFailedError):
            return None


def _reference(run: WorkflowExecution) -> str:
    return run.id.partition(":")[2]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
