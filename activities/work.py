"""The work of a conversation, found through search attributes: never a second list."""

from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError

from domain.values import Value

_A_SECOND = timedelta(seconds=1)


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
    async def list_for_call(self, ask: CallWork) -> list[dict[str, Any]]:
        """`[{reference, process, status, say, terminal}]`, oldest first."""
        query = f"HandrailTenant = {_quoted(ask.tenant)} AND HandrailCall = {_quoted(ask.call_id)}"
        found = [run async for run in self._client.list_workflows(query, limit=50)]
        items = [await self._item(run) for run in sorted(found, key=lambda run: run.start_time) if _is_work(run, ask)]
        return [item for item in items if item]

    async def _item(self, run: WorkflowExecution) -> dict[str, Any] | None:
        handle = self._client.get_workflow_handle(run.id)
        try:
            if run.status is WorkflowExecutionStatus.COMPLETED:
                closed = await handle.result()
            else:
                closed = await handle.query("answer", rpc_timeout=_A_SECOND)
        except RPCError:
            return {"reference": run.id.partition(":")[2], "process": run.workflow_type, "status": "accepted",
                    "say": "It is logged and on its way.", "terminal": False}  # fmt: skip
        answer = closed["answer"]
        keys = ("reference", "status", "say", "terminal", "digest", "next")
        return {"process": run.workflow_type, **{key: answer.get(key) for key in keys}}


def _is_work(run: WorkflowExecution, ask: CallWork) -> bool:
    reference = run.id.partition(":")[2]
    return reference != ask.besides and run.workflow_type not in ask.reads


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
