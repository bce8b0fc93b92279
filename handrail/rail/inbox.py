"""The inbox: a query on search attributes, never a second queue. Sorted here, because SQL visibility cannot."""

from datetime import datetime
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from handrail.rail.face import InboxQuery, WorkItem

_LISTED = 1_000
_FAR = "9999"


async def list_work(client: Client, tenant: str, query: InboxQuery) -> list[WorkItem]:
    """Due first, then by value; runs without a due time last, newest first."""
    found = client.list_workflows(where(tenant, query), limit=_LISTED)
    items = [await _item(run) async for run in found]
    items.sort(key=lambda item: item.opened_at, reverse=True)
    items.sort(key=lambda item: (item.due_at.isoformat() if item.due_at else _FAR, -item.value_minor))
    return items[: query.limit]


def where(tenant: str, query: InboxQuery) -> str:
    """The query in Temporal's list-filter language."""
    fields = {
        "HandrailTenant": tenant, "HandrailQueue": query.queue, "HandrailStatus": query.status,
        "HandrailCustomer": query.customer_id, "HandrailCall": query.call_id, "HandrailOwner": query.owner,
    }  # fmt: skip
    terms = [f"{name} = {quoted(value)}" for name, value in fields.items() if value]
    if query.due_before:
        terms.append(f"HandrailDueAt <= '{query.due_before.isoformat()}'")
    if query.open_only:
        terms.append("ExecutionStatus = 'Running'")
    return " AND ".join(terms)


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


async def _item(run: WorkflowExecution) -> WorkItem:
    seen = {pair.key.name: pair.value for pair in run.typed_search_attributes}
    memo = await run.memo()
    due: Any = seen.get("HandrailDueAt")
    return WorkItem(
        reference=run.id.partition(":")[2],
        process=run.workflow_type,
        status=str(seen.get("HandrailStatus", "accepted")),
        queue="" if seen.get("HandrailQueue") in (None, "none") else str(seen["HandrailQueue"]),
        customer_id=str(seen.get("HandrailCustomer", "")),
        call_id=str(seen.get("HandrailCall", "")),
        owner=str(seen.get("HandrailOwner", "")),
        due_at=due if isinstance(due, datetime) else None,
        opened_at=run.start_time,
        value_minor=int(seen.get("HandrailValue", 0)),
        currency=str(seen.get("HandrailCurrency", "")),
        title=str(memo.get("title", "")) or run.workflow_type.replace("_", " "),
        open=run.status is WorkflowExecutionStatus.RUNNING,
    )
