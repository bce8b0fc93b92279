"""Ways through the processes, one per shape of history. Recorded in `tests/histories`, replayed by every test run."""

from collections.abc import Awaitable, Callable
from typing import Any

from domain.answers import Answer
from tests.brought import brought
from tests.case.ways import case_taken_over, late_case, resolved_case, withdrawn_case
from tests.claim.ways import adjusted_claim, claim_taken_over, paid_claim, reopened_claim, undone_claim
from tests.desk.desk import Desk
from tests.desk.refusals import refusal
from tests.order_change.ways import address_taken_over, cancelled_order, exchanged_item, undone_item_change

Scenario = Callable[[Desk], Awaitable[Answer]]

_REFUSED: dict[str, Any] = {"code": "charge_disputed", "message": "The charge is disputed."}


async def small_refund(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    return await (await desk.caller(order)).refund()


async def confirmed_refund(desk: Desk) -> Answer:
    order = await desk.shop.sell(4_000)
    return await (await desk.caller(order)).refund_confirmed()


async def approved_refund(desk: Desk) -> Answer:
    order = await desk.shop.sell(24_800)
    waiting = await (await desk.caller(order)).refund_confirmed()
    await desk.person("supervisor").decide(waiting)
    return await desk.end(waiting)


async def approved_anew(desk: Desk) -> Answer:
    """The facts change while people decide."""
    order = await desk.shop.sell(24_800)
    waiting = await (await desk.caller(order)).refund_confirmed(10_000)
    await desk.shop.refund_elsewhere(order, 1_000)
    await desk.person("supervisor").decide(waiting)
    await desk.until(waiting, lambda now: "changed" in now.say)
    await desk.person("supervisor").decide(waiting)
    return await desk.end(waiting)


async def expired_gate(desk: Desk) -> Answer:
    """Reminders, escalation and expiry."""
    order = await desk.shop.sell(24_800)
    waiting = await (await desk.caller(order)).refund_confirmed()
    await desk.skip(waiting, hours=49)
    return await desk.end(waiting)


async def two_tenders(desk: Desk) -> Answer:
    order = await desk.shop.sell(2_000, tenders=[("card", 1_000), ("stored_value", 1_000)])
    return await (await desk.caller(order)).refund()


async def attested_payee(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    asked = await (await desk.caller(order)).refund(to="stored_value")
    await desk.person("agent").say(asked, "verify", level=2)
    return await desk.end(asked)


async def refused_and_undone(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    await desk.shop.fault("refund", "refuse", **_REFUSED)
    return await (await desk.caller(order)).refund()


async def repaired_note(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    await desk.shop.fault("add_note", "refuse", None, **_REFUSED)
    answer = await desk.later(await (await desk.caller(order)).refund(), "handed_off")
    await desk.shop.mend()
    await desk.person("agent").say(answer, "retry")
    return await desk.end(answer)


async def withdrawn_refund(desk: Desk) -> Answer:
    order = await desk.shop.sell(4_000)
    caller = await desk.caller(order)
    asked = await caller.refund()
    await caller.say(asked, "withdraw")
    return await desk.end(asked)


async def settled_later(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    await desk.shop.settings(settle_after_s=0.3)
    first = await (await desk.caller(order)).refund(wait_s=0.5)
    await desk.until(first, lambda now: "being settled" in now.say)
    await desk.skip(first, seconds=3)
    return await desk.end(first)


async def lost_answer(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    await desk.shop.fault("refund", "lost_answer")
    return await desk.end(await (await desk.caller(order)).refund())


async def verified_caller(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    return await desk.agent().verify(order)


async def looked_up_order(desk: Desk) -> Answer:
    order = await desk.shop.sell(1_200)
    return await (await desk.caller(order)).call("get_order", {"order_id": order.id})


async def stepped_up(desk: Desk) -> Answer:
    """A wrong code, then the right one."""
    order = await desk.shop.sell(1_200)
    caller = await desk.caller(order)
    asked = await caller.call("step_up_caller", {"channel": "email"})
    code = (await desk.shop.admin("GET", "outbox"))["data"][0]["text"][:6]
    await refusal(caller.say(asked, "verify", code="000000" if code != "000000" else "111111"))
    await desk.until(asked, lambda now: "not the code" in now.say)
    await caller.say(asked, "verify", code=code)
    return await desk.end(asked)


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        small_refund, confirmed_refund, approved_refund, approved_anew, expired_gate, two_tenders, attested_payee,
        refused_and_undone, repaired_note, withdrawn_refund, settled_later, lost_answer, verified_caller,
        looked_up_order, stepped_up,
        cancelled_order, exchanged_item, undone_item_change, address_taken_over,
        paid_claim, adjusted_claim, undone_claim, claim_taken_over, reopened_claim,
        resolved_case, late_case, withdrawn_case, case_taken_over,
        *(way for ways in brought("RECORDED").values() for way in ways),
    )
}  # fmt: skip
