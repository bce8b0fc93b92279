"""Look things up for the verified caller: his record, an order, and the work of this conversation."""

from datetime import timedelta

from pydantic import Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.sights import OrderSight, Question
    from activities.work import CallWork, WorkActivities
    from domain.answers import Missing, Status
    from domain.calls import ToolCall
    from domain.known import everything
    from domain.standing import needs_caller
    from domain.values import Value
    from domain.work import WorkView, told

from workflows._catalog import Tool, reading
from workflows._known import said_before
from workflows._phase import Phase
from workflows._process import Closed, Process
from workflows._seeing import quick, see_customer, see_order, value
from workflows._steps import Saga


class OrderLookup(Value):
    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")


class Nothing(Value):
    """No arguments: the verified caller, or this conversation, is meant."""


class _Lookup(Process[Value]):
    """A read: answered at once, recorded like everything else."""

    reads_only = while_he_waits = True

    def question(self, order_id: str = "", *, instruments: bool = False) -> Question:
        actor, call_id = self.call.actor, self.call.interaction.call_id
        return Question(
            tenant=actor.tenant, call_id=call_id, policy="refund", order_id=order_id, instruments=instruments,
            at=workflow.now(),
        )  # fmt: skip

    def unverified(self) -> bool:
        ask = needs_caller(self.standing(), workflow.now())
        if ask:
            say = f"{ask.text} Please verify the caller first."
            self.tell(Status.NEEDS_VERIFICATION, say, phase=Phase.CLOSED, methods=ask.methods)
        return ask is not None


@workflow.defn(name="get_order")
class GetOrder(_Lookup):
    request_model = OrderLookup

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.look_up)

    async def look_up(self, saga: Saga) -> None:
        assert isinstance(self.request, OrderLookup)
        sight = await see_order(self, self.question(self.request.order_id))
        if self.unverified():
            return
        order = value(sight.order)
        if order is None or order.customer_id != self.record.customer_id:
            text = f"No order {self.request.order_id} was found for this caller; ask for the number again."
            missing = Missing(field="order_id", reason=text)
            return self.tell(Status.NEEDS_INPUT, text, phase=Phase.CLOSED, missing=[missing])
        self.done(f"Order {order.id} is {order.status}.", _order_result(sight))


@workflow.defn(name="get_customer")
class GetCustomer(_Lookup):
    request_model = Nothing

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.look_up)

    async def look_up(self, saga: Saga) -> None:
        sight = await see_customer(self, self.question())
        if self.unverified():
            return
        customer = value(sight.customer)
        if customer is None:
            text = f"Customer {self.record.customer_id} is no longer in the CRM."
            return self.denied("customer.gone", text)
        result = {
            "customer": customer.model_dump(mode="json"),
            "instruments": [i.model_dump(mode="json") for i in value(sight.instruments) or []],
            "open_cases": [c.model_dump(mode="json") for c in value(sight.open_cases) or []],
        }
        self.done(f"This is {customer.first_name} {customer.last_name}.", result)


@workflow.defn(name="list_work_for_call")
class ListWorkForCall(_Lookup):
    request_model = Nothing
    personal_results = frozenset({"known"})

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.look_up)

    async def look_up(self, saga: Saga) -> None:
        call_id = self.call.interaction.call_id
        if not call_id:
            text = "Give the call id of the conversation (header X-Call-Id or interaction.call_id)."
            missing = Missing(field="interaction.call_id", reason=text)
            return self.tell(Status.NEEDS_INPUT, text, phase=Phase.CLOSED, missing=[missing])
        ask = CallWork(tenant=self.call.actor.tenant, call_id=call_id, besides=self.reference, reads=reading())
        found: list[WorkView] = await quick(
            self, WorkActivities.list_for_call, ask, step="list_for_call", limit=timedelta(seconds=2)
        )
        work = [item for item in found if self.call.actor.may_read(item.process)]
        known = everything(await said_before(self))
        result = {
            "work": [item.model_dump(mode="json") for item in work],
            "known": [item.model_dump(mode="json") for item in known],
        }
        say = f"In this conversation: {told(work)}" if work else "Nothing was started in this conversation yet."
        self.done(say, result)


def _order_result(sight: OrderSight) -> dict[str, object]:
    order, payments = value(sight.order), value(sight.payments) or []
    assert order is not None
    left = [{"payment_id": p.id, "refundable": p.refundable.model_dump(mode="json")} for p in payments]
    return {
        "order": order.model_dump(mode="json", exclude={"marks"}),
        "payments": [p.model_dump(mode="json") for p in payments],
        "refundable": left,
    }


get_order = Tool(
    process=GetOrder,
    name="get_order",
    description="Status, lines and payments of one order of the verified caller.",
    repeatable=True,
    reads_only=True,
)
get_customer = Tool(
    process=GetCustomer,
    name="get_customer",
    description="The verified caller's record: name, address, payment instruments, open cases.",
    repeatable=True,
    reads_only=True,
)
list_work_for_call = Tool(
    process=ListWorkForCall,
    name="list_work_for_call",
    description="What was done, is pending, was promised and is known in this conversation. Call it when you are not "
    "sure.",
    repeatable=True,
    reads_only=True,
)
