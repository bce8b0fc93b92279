"""Ways through the order changes, for `tests/desk/scenarios.py`."""

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.order_change.store import ELSEWHERE, changed, dearer, sell


async def cancelled_order(desk: Desk) -> Answer:
    order = await sell(desk.shop)
    return await desk.end(await changed(await desk.caller(order), "cancel_order", order_id=order.id,
                                        reason="no_longer_needed"))  # fmt: skip


async def exchanged_item(desk: Desk) -> Answer:
    """For a dearer one: the difference is charged."""
    order = await sell(desk.shop, status="delivered")
    items = [{"line_id": order.lines[0], "variant_id": dearer(order.lines[0])}]
    caller = await desk.caller(order)
    return await desk.end(
        await changed(
            caller, "exchange_items", order_id=order.id, items=items, instrument_id=order.instruments[0]
        )
    )  # fmt: skip


async def undone_item_change(desk: Desk) -> Answer:
    """The difference is not paid."""
    order = await sell(desk.shop)
    await desk.shop.fault("charge", "refuse", code="card_declined", message="Declined.")
    items = [{"line_id": order.lines[0], "variant_id": dearer(order.lines[0])}]
    caller = await desk.caller(order)
    return await desk.end(
        await changed(caller, "change_items", order_id=order.id, items=items, instrument_id=order.instruments[0])
    )


async def address_taken_over(desk: Desk) -> Answer:
    """A person takes it over while the case is being opened, and goes on with it."""
    order = await sell(desk.shop)
    caller = await desk.caller(order)
    await desk.shop.fault("open_case", "slow", delay_ms=700)
    asked = {"order_id": order.id, "address": ELSEWHERE}
    first = await caller.call("change_delivery_address", asked)
    begun = await caller.call("change_delivery_address", asked, confirm=first.digest, wait_s=0.1)
    person = desk.person("agent", name="ana")
    await desk.until(begun, lambda now: "on its way" in now.say)
    await person.say(begun, "take_over")
    await desk.later(begun, "handed_off")
    await person.say(begun, "retry")
    return await desk.end(begun)
