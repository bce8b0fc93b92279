"""Settlement: accepted is not settled. An event tells, or asking does; whichever comes first."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.billing import BillingActivities
    from domain.answers import Status
    from domain.payments import Refunded, RefundState
    from domain.values import digest

from workflows._phase import Phase
from workflows._seeing import until_read

if TYPE_CHECKING:
    from workflows._process import Process

FIRST_LOOK = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)


async def settled(process: "Process[Any]", sent: dict[int, Refunded]) -> dict[int, Refunded]:
    """The refunds once billing says of each that it is settled or failed."""
    pause = FIRST_LOOK
    while pending := {n: refund for n, refund in sent.items() if refund.state is RefundState.PENDING}:
        heard = len(process.events)
        say = "The refund was accepted by the payment system and is being settled; it stays watched until it is."
        if process.phase is not Phase.PARKED:
            process.tell(Status.ACCEPTED, say, phase=Phase.PARKED, retry_after_s=60)
        await process.park(lambda heard=heard: len(process.events) > heard, queue="", patience=pause)  # type: ignore[misc]
        pause = min(pause * 2, LONGEST_PAUSE)
        process.looks += 1
        for n, refund in pending.items():
            seen = await _look(process, refund, n)
            body = {"fact": f"refund {seen.id}", "source": "billing", "state": str(seen.state), "digest": digest(seen)}
            process.record.add("seen", step=f"settlement/{n}", body=body)
            sent = sent | {n: seen}
    if process.phase is Phase.PARKED:
        process.working("The refund is settled; I am finishing up.")
    return sent


async def _look(process: "Process[Any]", refund: Refunded, n: int) -> Refunded:
    """However it fails, the money has moved: it is asked again, and the run goes on from there."""
    seen: Refunded = await until_read(
        process, BillingActivities.read_refund, refund.id, step=f"read_refund/{n}/{process.looks}",
        label="Finding out whether the refund is settled", may_undo=False,
    )  # fmt: skip
    return seen
