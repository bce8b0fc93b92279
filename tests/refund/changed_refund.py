"""A refund whose steps somebody has put into another order: paused runs of the shipped one cannot go on with it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.cases import CaseActivities as cases
    from activities.orders import OrderActivities as orders
    from domain.calls import ToolCall

from workflows._asking import decide
from workflows._process import Closed
from workflows._steps import Saga
from workflows.refund import Refund


@workflow.defn(name="refund")
class MarksFirst(Refund):
    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.refund_order)

    async def refund_order(self, saga: Saga) -> None:
        plan = await decide(self, self.rule)
        assert plan is not None
        await saga.reserve(self.hold(plan))
        await saga.step(orders.mark_order, self.mark(plan), undo=orders.clear_mark, label="Mark the order")
        await saga.step(cases.open_case, self.case(plan), undo=cases.withdraw_case, label="Open a case")
