"""A person said no at a gate: it is kept for every later request of this customer, then told."""

from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.rejections import RejectionActivities
    from domain.approvals import Gate
    from domain.policies import GateClock
    from domain.rejections import Rejection, a_person, plain, role_of

from workflows._steps import settle_accounts

if TYPE_CHECKING:
    from workflows._process import Process


async def declined(process: "Process[Any]", gate: Gate, clock: GateClock) -> None:
    """Ends the run. The no is on record before anybody hears it, so that asking again at once cannot outrun it."""
    vote = gate.rejection
    assert vote is not None
    role = role_of(gate, vote)
    if process.effect:
        now = workflow.now()
        rejection = Rejection(
            tenant=process.call.actor.tenant, customer_id=process.record.customer_id, effect=process.effect.digest,
            rule=gate.rule, role=role, reason=vote.reason, by=vote.actor.id,
            on_behalf_of=vote.actor.mandate.principal if vote.actor.mandate else "", reference=process.reference,
            at=now, until=now + clock.rejection_stands_for,
        )  # fmt: skip
        await settle_accounts(process, RejectionActivities.record_rejection, rejection, step="record_rejection")
    process.gate = None
    process.casefile.heard(f"Declined by {vote.actor.label}.")
    why = f": {plain(vote.reason)}" if vote.reason else ""
    process.denied("gate.rejected", f"{a_person(role)} declined it{why}.")
