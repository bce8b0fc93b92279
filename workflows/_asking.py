"""Reading, judging, and asking whoever must be asked, until the rules allow it or end it.

After every wait the facts are read again: an approval or a confirmation counts only for the exact effect, facts and
policy that it was given for.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.answers import Effect, Missing, Status
    from domain.approvals import Gate, carried
    from domain.case_terms import Occasion
    from domain.edits import Editable
    from domain.evidence import PolicyTrace
    from domain.inquiries import still_open
    from domain.policies import DecidedPolicy, GateClock
    from domain.rejections import standing_no
    from domain.verdicts import Allow, AskApproval, AskConfirmation, AskInput, AskVerification, Deny, Ruled, Verdict

from workflows._declining import declined
from workflows._hands import is_held, wait_while_held
from workflows._known import fill_in, unheard
from workflows._phase import Phase

if TYPE_CHECKING:
    from workflows._process import Process

P = TypeVar("P")


@dataclass(frozen=True)
class Ruling(Generic[P]):
    """What the rules say of what was seen."""

    verdict: Verdict
    plan: P | None = None
    effect: Effect | None = None
    title: str = ""
    basis: str = ""
    """Digest of effect + facts + policy version: what an approval is bound to."""
    policy: PolicyTrace = field(default_factory=PolicyTrace)
    clock: GateClock = field(default_factory=GateClock)
    editable: list[Editable] = field(default_factory=list)
    """What whoever approves may change of it."""
    patience: timedelta = timedelta(minutes=30)
    """How long the caller is waited for."""
    remind_every: timedelta | None = None
    """How often, when he may bring what is missing. None: such a question ends the run."""


class HasEffect(Protocol):
    """A plan."""

    @property
    def effect(self) -> Effect: ...


E = TypeVar("E", bound=HasEffect)


def ruling(ruled: Ruled[E], policy: DecidedPolicy, trace: PolicyTrace, title: Callable[[E], str]) -> Ruling[E]:
    """With what the document says of waiting. `title`: what people see in their queue."""
    plan = ruled.plan
    return Ruling(
        verdict=ruled.verdict,
        plan=plan,
        effect=plan.effect if plan else None,
        title=title(plan) if plan else "",
        basis=ruled.basis,
        policy=trace,
        clock=policy.gate,
        patience=policy.confirmation_expires_after,
    )


async def decide(process: "Process[Any]", rule: Callable[[], Awaitable[Ruling[P]]]) -> P | None:
    """The plan that the rules allow; None when the run has ended with another answer."""
    while True:
        process.phase = Phase.DECIDING
        held = is_held(process)
        await wait_while_held(process)
        if held:
            await process.casefile.catch_up()
        process.phase = Phase.DECIDING
        looked = process.looked_again
        ruling = _heard(process, _after_a_no(process, await rule()))
        if process.looked_again != looked:
            continue  # the request, its owner or the caller's assurance changed while the facts were read
        _note(process, ruling)
        process.stop_if_withdrawn()
        match ruling.verdict:
            case Allow():
                process.decided = True
                return ruling.plan
            case Deny(rule=rule_id, text=text):
                process.denied(rule_id, text)
            case AskInput() as ask if await fill_in(process, ask):
                continue
            case AskInput(final=False) as ask if ruling.remind_every:
                await _ask_for_more(process, ask, ruling, looked)
            case AskInput(missing=missing):
                _needs_input(process, missing)
            case AskVerification() as ask:
                await _ask_verification(process, ask, ruling, looked)
            case AskConfirmation() as ask:
                await _ask_confirmation(process, ask, ruling, looked)
            case AskApproval() as ask:
                await _ask_people(process, ask, ruling, looked)
        if process.phase is Phase.CLOSED:
            return None


def _after_a_no(process: "Process[Any]", ruling: Ruling[P]) -> Ruling[P]:
    """What a person declined is not asked again, and does not happen without him either: whoever asks, under whichever
    request id, amended into it or approved elsewhere meanwhile."""
    if ruling.effect is None or not isinstance(ruling.verdict, (Allow, AskApproval, AskConfirmation)):
        return ruling
    no = standing_no(process.rejections, ruling.effect.digest, workflow.now())
    if no is None:
        return ruling
    process.record.add("seen", body={"rejection": no.model_dump(mode="json")})
    return replace(ruling, verdict=no.denial)


def _heard(process: "Process[Any]", ruling: Ruling[P]) -> Ruling[P]:
    effect = ruling.effect
    if effect is None or effect.amount is None or not isinstance(ruling.verdict, (Allow, AskApproval)):
        return ruling
    ask = unheard(process, effect.digest, effect.summary)
    return replace(ruling, verdict=ask) if ask else ruling


def _note(process: "Process[Any]", ruling: Ruling[Any]) -> None:
    verdict = ruling.verdict
    rules = verdict.rules if isinstance(verdict, Allow) else [verdict.rule]
    trace = ruling.policy.model_copy(update={"rules": rules, "decision": _DECISION[type(verdict)]})
    process.effect = ruling.effect
    process.title = ruling.title or process.title
    process.policy = process.record.policy = trace
    text = getattr(verdict, "text", "")
    effect = ruling.effect.digest if ruling.effect else ""
    process.record.add("decided", policy=trace, body={"text": text, "effect": effect, "basis": ruling.basis})


_DECISION = {
    Allow: "allow", Deny: "deny", AskInput: "ask", AskVerification: "verify", AskConfirmation: "confirm",
    AskApproval: "approve",
}  # fmt: skip


def _needs_input(process: "Process[Any]", missing: list[Missing]) -> None:
    say = " ".join(item.reason for item in missing)
    process.tell(Status.NEEDS_INPUT, say, phase=Phase.CLOSED, missing=missing)


async def _ask_for_more(process: "Process[Any]", ask: AskInput, ruling: Ruling[Any], looked: int) -> None:
    """What is missing may be brought until the time is over; the caller is reminded of it."""
    if process.looked_again != looked:
        return
    say = " ".join(item.reason for item in ask.missing)
    process.tell(Status.NEEDS_INPUT, say, phase=Phase.PARKED, missing=ask.missing)
    until = workflow.now() + ruling.patience
    answered = lambda: process.looked_again != looked or process.withdrawn_by is not None
    process.waits_in("", until)
    await process.casefile.turn(Occasion.INFORMATION, ask.rule, f"The caller was asked: {say}", give_up=answered)
    while (left := until - workflow.now()) > timedelta(0):
        if await process.park(answered, queue="", patience=min(left, ruling.remind_every or left), due=until):
            return
        if workflow.now() < until:
            process.record.add("waiting", body={"reminded": [item.field for item in ask.missing]})
            process.refresh()
    process.denied(f"{ask.rule}_late", f"It was not brought by {until:%Y-%m-%d %H:%M} UTC; nothing was done.")


async def _ask_verification(process: "Process[Any]", ask: AskVerification, ruling: Ruling[Any], looked: int) -> None:
    if process.looked_again != looked:
        return
    say = f"{ask.text} Please verify the caller first."
    process.level_needed = ask.level
    process.tell(Status.NEEDS_VERIFICATION, say, phase=Phase.PARKED, methods=ask.methods)
    if not await _wait(process, lambda: process.looked_again != looked, ruling.patience):
        process.denied("caller.not_verified", "The caller was not verified in time; nothing was done.")


async def _ask_confirmation(process: "Process[Any]", ask: AskConfirmation, ruling: Ruling[Any], looked: int) -> None:
    assert ruling.effect is not None
    wanted = ruling.effect.digest
    if process.looked_again != looked:
        return
    process.tell(Status.NEEDS_CONFIRMATION, ask.text, phase=Phase.PARKED)
    answered = lambda: wanted in process.confirmed or process.looked_again != looked
    if not await _wait(process, answered, ruling.patience):
        process.denied("caller.not_confirmed", "Nobody confirmed it in time; nothing was done.")


async def _wait(process: "Process[Any]", until: Callable[[], bool], patience: timedelta) -> bool:
    """For the caller. Withdrawing ends the wait too (and is seen at the next look)."""
    return await process.park(lambda: until() or process.withdrawn_by is not None, queue="", patience=patience)


async def _ask_people(process: "Process[Any]", ask: AskApproval, ruling: Ruling[Any], looked: int) -> None:
    if process.looked_again != looked:
        return
    gate = _open_gate(process, ask, ruling)
    if not gate.settled:
        _tell_asked(process, ask, gate)
        process.waits_in("approvals", gate.due_at)
        await process.casefile.turn(Occasion.APPROVAL, ask.rule, ask.text, give_up=lambda: _over(process, looked))
    while not _over(process, looked):
        now = workflow.now()
        gate = _gate(process)
        if now >= gate.expires_at:
            return process.denied("gate.expired", f"Nobody decided by {gate.expires_at:%Y-%m-%d %H:%M} UTC.")
        wake = _next_wake(gate, ruling.clock)
        if not await process.park(
            lambda: _over(process, looked), queue="approvals", patience=wake - now, due=gate.due_at
        ):
            _tick(process, ruling.clock)
    gate = _gate(process)
    if gate.rejection:
        return await declined(process, gate, ruling.clock)
    process.gate, process.edited = None, gate.edit or gate.edited_by
    if gate.approved:
        process.approved.append(gate.digest)
        process.leave_queue()
        await process.casefile.note(f"Approved by {', '.join(vote.actor.label for vote in gate.votes)}.")


def _tell_asked(process: "Process[Any]", ask: AskApproval, gate: Gate) -> None:
    moved = gate.number > 1 and not (gate.edited_by and gate.edited_by.instead == gate.digest)
    again = "The facts changed since the last approval, so it must be approved anew. " if moved else ""
    process.tell(
        Status.NEEDS_APPROVAL, f"{again}{ask.text} I have asked for it.", phase=Phase.PARKED, retry_after_s=30,
        missing=[inquiry.missing for inquiry in still_open(process.inquiries)],
    )  # fmt: skip


def _over(process: "Process[Any]", looked: int) -> bool:
    """Decided, withdrawn, or void because the request or its owner changed."""
    return process.withdrawn_by is not None or process.looked_again != looked or _gate(process).settled


def _gate(process: "Process[Any]") -> Gate:
    assert process.gate is not None
    return process.gate


def _open_gate(process: "Process[Any]", ask: AskApproval, ruling: Ruling[Any]) -> Gate:
    process.gates_opened += 1
    if process.assurance:  # people may take days; the caller cannot be asked to stay verified so long
        process.held_assurance = process.assurance.model_copy(update={"expires_at": None})
    now = workflow.now()
    gate = Gate(
        number=process.gates_opened, digest=ruling.basis, rule=ask.rule, text=ask.text, roles=ask.roles,
        roles_late=ruling.clock.escalate_to,
        approvers=ask.approvers, requester=process.acting, asked_by=process.call.actor.id,
        amount=ruling.effect.amount if ruling.effect else None, bulk_up_to=ruling.clock.bulk_up_to, opened_at=now,
        due_at=now + ruling.clock.escalate_after, expires_at=now + ruling.clock.expires_after,
        editable=ruling.editable, edited_by=process.edited,
    )  # fmt: skip
    process.gate = gate.model_copy(update={"votes": carried(gate, process.edited, now)})
    process.record.add("waiting", body={"gate": process.gate.number, "digest": ruling.basis, "roles": ask.roles})
    return process.gate


def _next_wake(gate: Gate, clock: GateClock) -> Any:
    """The next moment on the gate's clock: reminder, escalation or expiry."""
    now = workflow.now()
    reminder = gate.opened_at + clock.remind_every * ((now - gate.opened_at) // clock.remind_every + 1)
    moments = [reminder, gate.expires_at] + ([] if gate.escalated else [gate.due_at])
    return min(moment for moment in moments if moment > now)


def _tick(process: "Process[Any]", clock: GateClock) -> None:
    gate = _gate(process)
    if not gate.escalated and workflow.now() >= gate.due_at:
        roles = [*gate.roles, *(role for role in clock.escalate_to if role not in gate.roles)]
        process.gate = gate.model_copy(update={"escalated": True, "roles": roles})
        process.record.add("waiting", body={"gate": gate.number, "escalated_to": clock.escalate_to})
    elif workflow.now() < gate.expires_at:
        process.record.add("waiting", body={"gate": gate.number, "reminded": gate.roles})
    process.refresh()
