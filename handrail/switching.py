"""Throwing a kill switch: the board first, its evidence with it, and the runs that were stopped told to go on."""

from collections.abc import Sequence
from datetime import datetime

from temporalio.client import Client

from domain.evidence import SWITCH_RUN, Event, EventType, Who
from domain.switches import ALL, Switch
from handrail.evidence import EvidenceBook
from handrail.switches import SwitchBoard


async def throw(board: SwitchBoard, evidence: EvidenceBook, switch: Switch, *, off: bool, by: Who) -> bool:
    """Whether anything changed. Off holds even when its evidence cannot be written; on needs its evidence first."""
    before = [s for s in await board.all() if (s.tenant, s.process, s.kind) == _place(switch)]
    event = _event(switch, off, by)
    if off:
        await board.switch_off(switch)
        await evidence.append([event])
        return not before
    await evidence.append([event])
    return await board.switch_on(switch)


async def tell_stopped(client: Client, tenant: str, processes: Sequence[str]) -> int:
    """Tell the runs that wait for a repair that something was switched: they try again now, not at their next look."""
    types = " OR ".join(f"WorkflowType = '{process}'" for process in processes)
    query = f"ExecutionStatus = 'Running' AND HandrailQueue = 'repairs' AND ({types})"
    told = 0
    async for run in client.list_workflows(query):
        if run.id.startswith(f"{tenant}:"):
            await client.get_workflow_handle(run.id).signal("switched")
            told += 1
    return told


def processes_of(name: str, policies: dict[str, str]) -> list[str]:
    """The processes that this name stands for. `policies`: process -> its policy document.

    Raises KeyError naming what there is.
    """
    found = [process for process, policy in policies.items() if name in (ALL, process, policy)]
    if not found:
        known = sorted({ALL, *policies, *(policy for policy in policies.values() if policy)})
        raise KeyError(f"{name} is no process; there are: {', '.join(known)}.")
    return sorted(found)


def _place(switch: Switch) -> tuple[str, str, str]:
    return switch.tenant, switch.process, switch.kind


def _event(switch: Switch, off: bool, by: Who) -> Event:
    at: datetime = switch.at
    state = "off" if off else "act"
    return Event(
        tenant=switch.tenant,
        run=SWITCH_RUN,
        key=f"{switch.process}/{switch.kind}/{state}/{at.isoformat()}",
        type=EventType.SWITCHED,
        at=at,
        actor=by,
        body={"process": switch.process, "kind": str(switch.kind), "switched": state, "reason": switch.reason},
    )
