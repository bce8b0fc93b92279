"""Another address: of an open order's delivery, or on the customer's own record."""

from datetime import datetime

from pydantic import Field

from domain.answers import Effect
from domain.cooling import Contact, contact_entry
from domain.customers import AddressDraft, NewAddress
from domain.money import Money
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import PROCESS, ChangeFacts, ChangePlan, Planned, judged, still_open
from domain.orders import ChangeDraft, Order
from domain.standing import Standing, needs_caller, switched_off
from domain.values import Value
from domain.verdicts import Deny, Ruled


class DeliveryAddressRequest(Value):
    """Deliver an open order elsewhere."""

    order_id: str = Field(min_length=1, max_length=100, description="The order's number, as the caller says it.")
    address: NewAddress = Field(description="The whole new address.")


class CustomerAddressRequest(Value):
    """Change the address on the caller's own record. Orders keep theirs."""

    address: NewAddress = Field(description="The whole new address.")


def plan_delivery_address(
    ask: DeliveryAddressRequest, order: Order, seen: ChangeFacts, policy: OrderChangePolicy, at: datetime
) -> Planned:
    if closed := still_open(order, policy):
        return closed
    address = ask.address.address()
    if address == order.address:
        text = f"Order {order.id} goes to this address already."
        return Deny(rule=f"{PROCESS}.same_address", text=text)
    effect = Effect(
        action="change_delivery_address",
        subject=f"order {order.id}",
        amount=Money(minor=0, currency=order.currency),
        details={"address": address.model_dump(mode="json")},
        summary=f"Deliver order {order.id} to {address}.",
    )
    change = ChangeDraft(order_id=order.id, kind="address", version=order.version, address=address)
    done = f"Order {order.id} is delivered to {address}."
    return ChangePlan(effect=effect, customer_id=order.customer_id, order_id=order.id, change=change, done=done)


def rule_customer_address(
    ask: CustomerAddressRequest, seen: ChangeFacts, policy: OrderChangePolicy, standing: Standing, at: datetime
) -> Ruled[ChangePlan]:
    """The verified caller's own record: there is no other that could be named."""
    if first := switched_off(policy, standing, PROCESS) or needs_caller(standing, at):
        return Ruled(verdict=first)
    return judged(_plan_customer_address(ask, seen, standing), seen, policy, standing, at)


def _plan_customer_address(ask: CustomerAddressRequest, seen: ChangeFacts, standing: Standing) -> Planned:
    customer, address = seen.customer, ask.address.address()
    if customer is None:
        text = f"Customer {standing.customer_id} is no longer in the CRM."
        return Deny(rule=f"{PROCESS}.customer_gone", text=text)
    if address == customer.address:
        return Deny(rule=f"{PROCESS}.same_address", text="This is the address on record already.")
    effect = Effect(
        action="update_customer_address",
        subject=f"customer {customer.id}",
        details={"address": address.model_dump(mode="json")},
        summary=f"Change the address on the customer's record to {address}.",
    )
    draft = AddressDraft(customer_id=customer.id, address=address, before=customer.address, version=customer.version)
    done = f"The address on the customer's record is {address} now."
    noted = contact_entry(customer.id, Contact.ADDRESS)
    return ChangePlan(effect=effect, customer_id=customer.id, address=draft, limits=[noted], done=done)
