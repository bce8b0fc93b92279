"""(ii) bare Temporal in its best shape: one update-with-start, parallel reads, regular activities for the writes."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import RetryPolicy, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    from bench.loop import Stopwatch
    from bench.shop import Call
    from bench.systems import Refused, Systems, decide

QUEUE = "bench"
READ = timedelta(seconds=5)
RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), non_retryable_error_types=["Refused"])
BEAT = timedelta(seconds=1.5)


class Steps:
    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    @activity.defn
    async def read_all(self, order: str, customer: str) -> list[dict[str, Any]]:
        systems = self._systems
        return list(await asyncio.gather(systems.order(order), systems.payments(order), systems.customer(customer)))

    @activity.defn
    async def read_order(self, order: str) -> dict[str, Any]:
        return await self._systems.order(order)

    @activity.defn
    async def read_payments(self, order: str) -> dict[str, Any]:
        return await self._systems.payments(order)

    @activity.defn
    async def read_customer(self, customer: str) -> dict[str, Any]:
        return await self._systems.customer(customer)

    @activity.defn
    async def open_case(self, order: str, customer: str) -> str:
        return await self._systems.open_case(order, customer)

    @activity.defn
    async def mark_order(self, order: str) -> None:
        await self._systems.mark_order(order)

    @activity.defn
    async def send_refund(self, order: str, payment: str, instrument: str) -> str:
        return await self._systems.refund(order, payment, instrument)

    @activity.defn
    async def note(self, order: str, customer: str) -> None:
        await self._systems.note(order, customer)

    @activity.defn
    async def resolve(self, order: str, case: str) -> None:
        await self._systems.resolve(order, case)


@workflow.defn(failure_exception_types=[Refused])
class BareRefund:
    @workflow.init
    def __init__(self, order: str, customer: str, reads: str) -> None:
        self._decided = False

    @workflow.run
    async def run(self, order: str, customer: str, reads: str) -> str:
        payment, instrument = decide(*await self._look(order, customer, reads))
        self._decided = True
        case: str = await _step(Steps.open_case, order, customer)
        await _step(Steps.mark_order, order)
        refund: str = await _step(Steps.send_refund, order, payment, instrument)
        await asyncio.gather(_step(Steps.note, order, customer), _step(Steps.resolve, order, case))
        return refund

    @workflow.update
    async def first_answer(self) -> str:
        await workflow.wait_condition(lambda: self._decided)
        return "accepted"

    async def _look(self, order: str, customer: str, reads: str) -> list[Any]:
        if reads == "local":
            found: list[Any] = await workflow.execute_local_activity_method(
                Steps.read_all, args=[order, customer], start_to_close_timeout=READ
            )
            return found
        return list(
            await asyncio.gather(
                _step(Steps.read_order, order), _step(Steps.read_payments, order), _step(Steps.read_customer, customer)
            )
        )


async def _step(do: Any, *args: str) -> Any:
    return await workflow.execute_activity_method(
        do, args=list(args), start_to_close_timeout=timedelta(seconds=10), heartbeat_timeout=BEAT, retry_policy=RETRY
    )


class Contender:
    """The client. `reads`: `local` (one local activity) or `regular` (three in parallel)."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._address = settings["temporal"]
        self._reads = settings["reads"]
        self._client: Client | None = None

    async def prepare(self, calls: list[Call]) -> None:
        self._client = self._client or await Client.connect(self._address)

    async def refund(self, call: Call, order: str, watch: Stopwatch) -> None:
        assert self._client
        start: WithStartWorkflowOperation[Any, str] = WithStartWorkflowOperation(
            BareRefund.run, args=[order, call.customer_id, self._reads], id=f"bare:{order}", task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )  # fmt: skip
        await self._client.execute_update_with_start_workflow(
            BareRefund.first_answer, start_workflow_operation=start, id="first"
        )
        watch.answered()
        await (await start.workflow_handle()).result()


async def work(settings: dict[str, str]) -> None:
    """The worker process, until it is killed; no sandbox, slots and sticky time-out as Handrail has them."""
    client = await Client.connect(settings["temporal"])
    async with Systems(settings["simulators"]) as systems:
        steps = Steps(systems)
        worker = Worker(
            client, task_queue=QUEUE, workflows=[BareRefund], max_concurrent_activities=64,
            activities=[
                steps.read_all, steps.read_order, steps.read_payments, steps.read_customer, steps.open_case,
                steps.mark_order, steps.send_refund, steps.note, steps.resolve,
            ],
            workflow_runner=UnsandboxedWorkflowRunner(),
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )  # fmt: skip
        await worker.run()
