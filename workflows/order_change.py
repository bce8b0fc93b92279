"""Change an order: cancel it, return, exchange or change units, deliver it elsewhere, pay it otherwise.

Each tool is a process of its own with the same runbook (`_changing.Change.change`); its rules are in `domain.order_*`,
its limits in `policies/order_change.yaml`.
"""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.change_sights import ChangeSight
    from domain.calls import ToolCall
    from domain.evidence import PolicyTrace
    from domain.order_address import (
        CustomerAddressRequest,
        DeliveryAddressRequest,
        plan_delivery_address,
        rule_customer_address,
    )
    from domain.order_cancel import CancelRequest, plan_cancel
    from domain.order_change_policy import OrderChangePolicy
    from domain.order_changes import ChangePlan
    from domain.order_payment import ChangePaymentRequest, plan_payment
    from domain.order_return import ReturnRequest, plan_return
    from domain.order_swap import ChangeItemsRequest, ExchangeRequest, plan_exchange, plan_items
    from domain.verdicts import Ruled

from workflows._catalog import Tool
from workflows._changing import Change, facts_of
from workflows._process import Closed
from workflows._seeing import in_force, see_customer

_CONFIRM = (
    " Always answers needs_confirmation first: read the effect to the caller and call again with confirm=digest. "
    "Repeat the same call freely: it is one change."
)


@workflow.defn(name="cancel_order")
class CancelOrder(Change[CancelRequest]):
    request_model = CancelRequest
    planner = staticmethod(plan_cancel)

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)


@workflow.defn(name="return_items")
class ReturnItems(Change[ReturnRequest]):
    request_model = ReturnRequest
    planner = staticmethod(plan_return)
    needs_instruments = True

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)


@workflow.defn(name="exchange_items")
class ExchangeItems(Change[ExchangeRequest]):
    request_model = ExchangeRequest
    planner = staticmethod(plan_exchange)
    needs_instruments = True

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)


@workflow.defn(name="change_items")
class ChangeItems(Change[ChangeItemsRequest]):
    request_model = ChangeItemsRequest
    planner = staticmethod(plan_items)
    needs_instruments = True

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)


@workflow.defn(name="change_delivery_address")
class ChangeDeliveryAddress(Change[DeliveryAddressRequest]):
    request_model = DeliveryAddressRequest
    planner = staticmethod(plan_delivery_address)
    personal_arguments = frozenset({"address"})

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)


@workflow.defn(name="change_payment")
class ChangePayment(Change[ChangePaymentRequest]):
    request_model = ChangePaymentRequest
    planner = staticmethod(plan_payment)
    needs_instruments = True

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)


@workflow.defn(name="update_customer_address")
class UpdateCustomerAddress(Change[CustomerAddressRequest]):
    request_model = CustomerAddressRequest
    personal_arguments = frozenset({"address"})

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.change)

    async def judge(self) -> tuple[Ruled[ChangePlan], OrderChangePolicy, PolicyTrace]:
        sight = ChangeSight.model_validate(dict(await see_customer(self, self.question())))
        policy, trace = in_force(OrderChangePolicy, sight)
        ruled = rule_customer_address(self.request, facts_of(sight), policy, self.standing(), workflow.now())
        return ruled, policy, trace


def _tool(process: Any, what: str) -> Tool:
    name: str = getattr(process, "__temporal_workflow_definition").name
    return Tool(process=process, name=name, description=what + _CONFIRM)


cancel_order = _tool(
    CancelOrder,
    "Cancel a whole open order of the verified caller, for a reason of the policy; what was paid goes back.",
)
return_items = _tool(
    ReturnItems,
    "Return units (lines) of a delivered order: opens the return and refunds what paid, or stored value if asked for.",
)
exchange_items = _tool(
    ExchangeItems,
    "Exchange units of a delivered order for other available variants of the same product; all units in one call. "
    "A difference in price needs one instrument of the customer.",
)
change_items = _tool(
    ChangeItems,
    "Change units of an open order to other available variants of the same product; all in one call, since it is "
    "possible once. A difference in price needs one instrument of the customer.",
)
change_delivery_address = _tool(ChangeDeliveryAddress, "Deliver an open order of the verified caller elsewhere.")
change_payment = _tool(
    ChangePayment, "Pay an open order with another instrument of the customer, in place of the one that paid."
)
update_customer_address = _tool(
    UpdateCustomerAddress, "Change the address on the verified caller's own record. Orders keep theirs."
)
