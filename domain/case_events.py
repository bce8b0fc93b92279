"""Cases that nobody asked for: something happened, and the policy says that it is a case and what is offered."""

from pydantic import Field

from domain.case_intake import CaseRequest
from domain.case_policy import CasePolicy, Remedy
from domain.orders import Order
from domain.values import Value
from domain.verdicts import Deny

DELAYED = "shipment.delayed"


class CaseEvent(Value):
    """What a system told us of an order. A hint to look: the order itself must show it."""

    kind: str = Field(min_length=1, max_length=80)
    order_id: str = Field(min_length=1, max_length=100)


def case_for(event: CaseEvent, order: Order | None, policy: CasePolicy) -> CaseRequest | Deny:
    """The case that this event opens, or why it opens none."""
    found = next((name for name, category in policy.categories.items() if event.kind in category.events), None)
    if found is None:
        return Deny(rule="case.event_unknown", text=f"No category of the policy is opened by {event.kind}.")
    if order is None:
        return Deny(rule="case.event_order", text=f"There is no order {event.order_id}.")
    late = [shipment for shipment in order.shipments if shipment.status == "delayed"]
    if event.kind == DELAYED and not late:
        return Deny(rule="case.event_untrue", text=f"Order {order.id} has no shipment that is delayed.")
    subject = f"{policy.categories[found].title} of order {order.id}"
    what = "; ".join(f"shipment {shipment.id} is {shipment.status}" for shipment in late)
    return CaseRequest(category=found, subject=subject, description=f"Told by an event: {what}.", order_id=order.id)


def offered(remedy: Remedy, case_id: str, order_id: str) -> str:
    """What the customer's record says, so that whoever speaks to him next offers it."""
    return f"Offer to the customer for order {order_id}: {remedy.offer} ({remedy.code}). Case {case_id}."
