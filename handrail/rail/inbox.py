"""The inbox: a query on search attributes, never a second queue. Sorted here, because SQL visibility cannot."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from domain.calls import Actor
from domain.delegations import Delegation
from handrail.rail import first_due
from handrail.rail.face import GateTag, InboxQuery, WorkItem
from handrail.rail.first_due import Moments

_FAR = "9999"
_GATES = "approvals"
"""The queue of all that a person decides."""
_WIDER = 5
"""How many times as many rows are looked through next."""


async def list_work(
    client: Client, tenant: str, query: InboxQuery, processes: Collection[str] = (), moments: Moments | None = None
) -> list[WorkItem]:
    """Due first, then by value; runs without a due time last. What a row says is decrypted for those alone.
    `processes`: only of these; empty: of all."""
    now = datetime.now(UTC)
    runs = await first_due.first(client, where(tenant, query, processes), query.limit, now, moments)
    return [await _item(run) for run in sorted(runs, key=_turn)[: query.limit]]


async def list_offered(
    client: Client, actor: Actor, held: list[Delegation], query: InboxQuery, processes: Collection[str] = (),
    moments: Moments | None = None,
) -> list[WorkItem]:  # fmt: skip
    """Only what the actor may decide for somebody who is away. No index knows that, so more and more rows are looked
    through until there are enough, at most 2,000."""
    if not held or query.queue not in ("", _GATES):
        return []
    looked = query.limit
    while True:
        wider = query.model_copy(update={"queue": _GATES, "limit": looked})
        rows = await list_work(client, actor.tenant, wider, processes, moments)
        found = [item for row in rows if (item := offered(row, actor, held)).offered_for]
        if len(found) >= query.limit or len(rows) < looked or looked >= first_due.MOST:
            return found[: query.limit]
        looked = min(first_due.MOST, _WIDER * looked)


def _turn(run: WorkflowExecution) -> tuple[str, int, float]:
    seen = _attributes(run)
    due = seen.get("HandrailDueAt")
    at = due.isoformat() if isinstance(due, datetime) else _FAR
    return at, -int(seen.get("HandrailValue", 0)), -run.start_time.timestamp()


def offered(item: WorkItem, actor: Actor, held: list[Delegation]) -> WorkItem:
    """With the absent people for whom this person may decide it."""
    gate = item.gate
    if gate is None or not item.open or actor.id in gate.requesters:
        return item
    late = item.due_at is not None and item.due_at <= datetime.now(UTC)
    roles = {*gate.roles, *(gate.roles_late if late else [])}
    reached = {d.principal for d in held if roles & set(d.roles) and _reaches(d, item)}
    return item.model_copy(update={"offered_for": sorted(reached - set(gate.requesters))})


def _reaches(delegation: Delegation, item: WorkItem) -> bool:
    if not {f"gate:{item.process}:decide", "gate:*:decide"} & set(delegation.scopes):
        return False
    limit = delegation.up_to
    return limit is None or not item.currency or (item.currency == limit.currency and item.value_minor <= limit.minor)


def where(tenant: str, query: InboxQuery, processes: Collection[str] = ()) -> str:
    """The query in Temporal's list-filter language."""
    fields = {
        "HandrailTenant": tenant, "HandrailQueue": query.queue, "HandrailStatus": query.status,
        "HandrailCustomer": query.customer_id, "HandrailCall": query.call_id, "HandrailOwner": query.owner,
    }  # fmt: skip
    terms = [f"{name} = {quoted(value)}" for name, value in fields.items() if value]
    if query.due_before:
        terms.append(f"HandrailDueAt <= '{query.due_before.isoformat()}'")
    if processes:
        terms.append(f"WorkflowType IN ({', '.join(quoted(name) for name in sorted(processes))})")
    went_on = "ExecutionStatus != 'ContinuedAsNew'"  # as a newer run, which is found by itself
    terms.append("ExecutionStatus = 'Running'" if query.open_only else went_on)
    return " AND ".join(terms)


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _attributes(run: WorkflowExecution) -> dict[str, Any]:
    return {pair.key.name: pair.value for pair in run.typed_search_attributes}


async def _item(run: WorkflowExecution) -> WorkItem:
    seen = _attributes(run)
    memo = await run.memo()
    due: Any = seen.get("HandrailDueAt")
    queue = "" if seen.get("HandrailQueue") in (None, "none") else str(seen["HandrailQueue"])
    return WorkItem(
        reference=run.id.partition(":")[2],
        process=run.workflow_type,
        status=str(seen.get("HandrailStatus", "accepted")),
        queue=queue,
        customer_id=str(seen.get("HandrailCustomer", "")),
        call_id=str(seen.get("HandrailCall", "")),
        owner=str(seen.get("HandrailOwner", "")),
        due_at=due if isinstance(due, datetime) else None,
        opened_at=run.start_time,
        value_minor=int(seen.get("HandrailValue", 0)),
        currency=str(seen.get("HandrailCurrency", "")),
        title=str(memo.get("title", "")) or run.workflow_type.replace("_", " "),
        open=run.status is WorkflowExecutionStatus.RUNNING,
        gate=GateTag.model_validate(memo["gate"]) if queue == _GATES and memo.get("gate") else None,
    )
