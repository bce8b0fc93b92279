"""Ways through a claim, for `tests/desk/scenarios.py`."""

from typing import Any

from domain.answers import Answer
from tests.claim.claimant import PHOTO, Claimant, claimant
from tests.claim.covered import Covered, Files
from tests.desk.desk import Desk

_DROPPED: dict[str, Any] = {
    "kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO],
}  # fmt: skip


async def paid_claim(desk: Desk) -> Answer:
    """Straight through."""
    caller, _ = await _caller(desk)
    return await desk.end(await caller.claims())


async def adjusted_claim(desk: Desk) -> Answer:
    """What is missing is brought, and an adjuster looks at it."""
    caller, _ = await _caller(desk)
    asked = await caller.report(**_DROPPED | {"facts": {}})
    await caller.provide(asked, what_happened="It fell.")
    asked = await desk.later(asked, "needs_confirmation")
    await caller.conversation.say(asked, "confirm", digest=asked.digest)
    waiting = await desk.later(asked, "needs_approval")
    await desk.person("adjuster").decide(waiting)
    return await desk.end(waiting)


async def undone_claim(desk: Desk) -> Answer:
    """Billing refuses the payment."""
    caller, _ = await _caller(desk)
    await desk.shop.fault("pay_out", "refuse", code="account_closed", message="The account is closed.")
    return await desk.end(await caller.claims())


async def claim_taken_over(desk: Desk) -> Answer:
    """A person takes it over while the claim is being opened, and goes on with it."""
    caller, _ = await _caller(desk)
    await desk.shop.fault("open_claim", "slow", delay_ms=700)
    asked = await caller.report()
    begun = await caller.again(confirm=asked.digest, wait_s=0.1)
    person = desk.person("agent", name="ana")
    await desk.until(begun, lambda now: "opening the claim" in now.say)
    await person.say(begun, "take_over")
    await desk.later(begun, "handed_off")
    await person.say(begun, "retry")
    return await desk.end(begun)


async def reopened_claim(desk: Desk) -> Answer:
    caller, covered = await _caller(desk)
    claim = await Files(desk.shop).claimed(covered, paid=10_000)
    asked = await caller.reopen(claim)
    waiting = await desk.until(await caller.confirmed(asked), lambda now: now.terminal or "decide" in now.next)
    if not waiting.terminal:
        await desk.person("adjuster").decide(waiting)
    return await desk.end(waiting)


async def _caller(desk: Desk) -> tuple[Claimant, Covered]:
    covered = await Files(desk.shop).cover(await desk.shop.sell(4_000))
    return await claimant(desk, covered), covered
