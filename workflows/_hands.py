"""One run, many hands: a person takes it over, works on it, and hands it back; a caller changes his mind.

Exactly one owner holds a run at any instant. While a person holds it, no step of the agent's is taken: the run stops
before its next write, and goes on when its holder says so (`retry`) or hands it back.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.answers import Denial, Status
    from domain.calls import Actor, ActorKind
    from domain.commands import Amend, HandBack, HandOff, TakeOver
    from domain.packet import PacketNote, ReturnPacket, SlotSource
    from domain.patience import FOR_THE_CALLER, Repeated
    from domain.reasons import ReasonCode
    from domain.values import digest

from workflows._phase import Phase

if TYPE_CHECKING:
    from workflows._process import Process
    from workflows._steps import Saga


TAKEN_WITHIN = timedelta(minutes=5)
"""By when somebody should take a run that an agent handed off: its due time in the inbox."""


@dataclass
class Handed:
    """The agent gets no further: whoever takes it next is a person."""

    code: ReasonCode
    text: str
    by: Actor
    due: datetime
    repeated: list[Repeated] = field(default_factory=list)


class Amended(Exception):
    """The request was changed after steps were begun: they are undone, and the run begins anew."""


def take_over(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    ask = TakeOver.model_validate(body)
    if actor.kind is not ActorKind.HUMAN:
        return Denial(rule="owner.human_only", text="Only a person may take over.")
    now = workflow.now()
    if process.held and process.owner and process.owner.id != actor.id and process.lease_runs(now):
        text = f"{process.owner.label} has taken this over already, until {process.owner_until:%H:%M} UTC."
        return Denial(rule="owner.held", text=text)
    lend(process, actor, timedelta(seconds=ask.lease_s))
    if not process.held:
        process.taken_over_with = process.call.arguments
    stop(process)
    process.held_because = ask.reason
    tell_whose(process)
    process.nudge()
    return None


def lend(process: "Process[Any]", actor: Actor, lease: timedelta) -> None:
    """He holds it for so long. When that is over the run wakes, so that whoever looks sees that it can be had again."""
    _end_lease(process)
    process.owner, process.owner_until = actor, workflow.now() + lease
    process.show_owner()
    lease_goes_on(process)


def lease_goes_on(process: "Process[Any]") -> None:
    """Until its end, if anybody holds it: also in the run that goes on in place of another."""
    if process.owner_until:
        process.lease = asyncio.create_task(_run_out(process, process.owner_until - workflow.now()))


def give_up(process: "Process[Any]") -> None:
    """Nobody holds it any more."""
    _end_lease(process)
    process.owner = process.owner_until = None
    process.show_owner()


def _end_lease(process: "Process[Any]") -> None:
    if process.lease:
        process.lease.cancel()
        process.lease = None


async def _run_out(process: "Process[Any]", lease: timedelta) -> None:
    await workflow.sleep(max(lease, timedelta(0)))
    if not process.answer.terminal:
        process.show_owner()
        if process.handed:
            process.nudge()  # it is due again
        process.refresh()


def hand_off(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    """Out of the agent's hands and into the queue `handoffs`: while the caller is waited for, nothing else is lost."""
    ask = HandOff.model_validate(body)
    if process.held:
        return Denial(rule="owner.person", text="People have this already.")
    if process.answer.status not in FOR_THE_CALLER or (process.saga and process.saga.committed):
        text = f"The caller is not waited for here: this is {process.answer.status}. Hand off the conversation instead."
        return Denial(rule="hand_off.not_waiting", text=text)
    due = workflow.now() + TAKEN_WITHIN
    repeated = ask.repeated if actor.kind is ActorKind.SYSTEM else []
    process.handed = Handed(ask.reason, ask.text, actor, due, repeated)
    stop(process)
    tell_held(process)
    process.nudge()
    return None


def hand_back(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    packet = HandBack.model_validate(body)
    if not process.held or process.owner is None or process.owner.id != actor.id:
        return Denial(rule="owner.not_holder", text="Only who has taken this over can hand it back.")
    process.returned = ReturnPacket(
        reference=process.reference, decision=packet.decision, edits=packet.edits | _edits(process),
        message_for_caller=packet.message_for_caller, may_say=packet.may_say, next_contact=packet.next_contact,
        by=actor.label, at=workflow.now(),
    )  # fmt: skip
    process.held = process.goes_on = False
    process.word_of = process.handed = None
    give_up(process)
    if packet.message_for_caller:
        process.notes.append(PacketNote(at=workflow.now(), author=actor.label, text=packet.message_for_caller))
    _tell_resumed(process)
    process.refresh()
    process.nudge()
    return None


def _edits(process: "Process[Any]") -> dict[str, Any]:
    """What is asked for differently since it was taken over; null: no longer."""
    before, now = process.taken_over_with, process.call.arguments
    return {name: now.get(name) for name in {**before, **now} if before.get(name) != now.get(name)}


def go_on(process: "Process[Any]", actor: Actor) -> Denial | None:
    """The holder lets the run take its next steps, in his name."""
    if process.owner is None or process.owner.id != actor.id:
        return Denial(rule="owner.not_holder", text="Somebody else holds this; take it over first.")
    let_go_on(process, actor)
    _tell_resumed(process)
    process.nudge()
    return None


def amend(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    """Other arguments for the same request: judged anew; what was begun is undone first."""
    if process.saga and not process.saga.may_begin_anew:
        return too_late(process, process.saga, "amend")
    if process.gate and process.gate.rejection:
        return Denial(rule="gate.rejected", text="A person has just declined it; nothing is left to change.")
    arguments = Amend.model_validate(body).arguments
    request = wanted(process, arguments)
    if isinstance(request, Denial):
        return request
    adopt(process, actor, request, arguments)
    process.begin_anew = process.decided
    process.nudge()
    return None


def wanted(process: "Process[Any]", arguments: dict[str, Any]) -> Any:
    """The request with these arguments in place of its own, or why it cannot be so."""
    merged = process.call.arguments | arguments
    cleared = {name: value for name, value in merged.items() if value is not None}
    try:
        return process.request_model.model_validate(cleared, extra="forbid")
    except ValidationError as wrong:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'request'}: {e['msg']}" for e in wrong.errors())
        return Denial(rule="amend.arguments", text=f"The request cannot be changed to this: {faults}")


def adopt(process: "Process[Any]", actor: Actor, request: Any, names: Iterable[str]) -> None:
    """This is what is asked for from now on; the calls of before still mean this run."""
    canonical = request.model_dump(mode="json", exclude_defaults=True)
    process.request = request
    process.call = process.call.model_copy(update={"arguments": canonical})
    process.earlier_digests.append(process.arguments_digest)
    process.arguments_digest = digest(canonical)
    came_from(process, actor, names)


def too_late(process: "Process[Any]", saga: "Saga", command: str) -> Denial:
    """Past the point of no return, or taken back already, with the fact that makes it so."""
    fact = f"it is being taken back ({saga.given_up.rstrip('.')})" if saga.given_up else saga.final
    text = f"Too late to {command} {process.reference}: {fact}. What should be otherwise is a request of its own."
    return Denial(rule=f"{command}.too_late", text=text)


def came_from(process: "Process[Any]", actor: Actor, names: Iterable[str]) -> None:
    """These arguments were brought by him."""
    source = SlotSource.MODEL if actor.kind is ActorKind.AI else SlotSource.PERSON
    process.brought_by |= dict.fromkeys(names, source)


def refuse_agent(process: "Process[Any]", actor: Actor, command: str) -> Denial | None:
    """While a person holds the run, an agent may only look; a note for whoever takes it is welcome until then."""
    welcome = command == "note" and process.owner is None
    if process.held and actor.kind is not ActorKind.HUMAN and not welcome:
        text = "A colleague has taken this over; nothing is done for an agent until it is handed back."
        return Denial(rule="owner.person", text=text)
    return None


def refuse_other(process: "Process[Any]", actor: Actor) -> Denial | None:
    """What somebody holds, by lease, is his to carry on."""
    owner = process.owner
    if owner is None or owner.id == actor.id or not process.lease_runs(workflow.now()):
        return None
    return Denial(rule="owner.held", text=f"{owner.label} holds this until {process.owner_until:%H:%M} UTC.")


def stop(process: "Process[Any]") -> None:
    """It is with people, and takes no step until one of them says so."""
    process.held, process.goes_on, process.word_of = True, False, None


def let_go_on(process: "Process[Any]", actor: Actor) -> None:
    """It takes its steps on his word and in his name, also when he has released it meanwhile."""
    process.goes_on, process.word_of = True, actor


def _tell_resumed(process: "Process[Any]") -> None:
    if process.answer.status is Status.HANDED_OFF and process.phase is Phase.PARKED and not process.repairs:
        process.tell(Status.ACCEPTED, "It goes on.", phase=Phase.DECIDING, retry_after_s=1)


def tell_whose(process: "Process[Any]") -> None:
    """Who holds it has changed."""
    if process.held and process.phase is Phase.PARKED and not process.repairs:
        tell_held(process)
    else:
        process.refresh()


def tell_held(process: "Process[Any]") -> None:
    say = "A colleague has taken this over and will go on with it."
    if process.owner is None:
        say = "A colleague will go on with this; all that was said so far is passed on."
    process.tell(Status.HANDED_OFF, say, phase=Phase.PARKED, retry_after_s=60)


def is_held(process: "Process[Any]") -> bool:
    """A person has taken it over and has not let it go on."""
    return process.held and not process.goes_on


async def wait_while_held(process: "Process[Any]") -> None:
    """Before each decision and each write: whose turn is it?"""
    stop_if_amended(process)
    was_held = is_held(process)
    while is_held(process):
        tell_held(process)
        await _nudged(process, process.looked_again)
        process.stop_if_withdrawn()
        stop_if_amended(process)
    if was_held:
        process.working("It goes on.")
        process.leave_queue()


async def _nudged(process: "Process[Any]", seen: int) -> None:
    changed = lambda: process.looked_again != seen or process.withdrawn_by is not None
    await process.park(changed, queue="handoffs", due=to_be_taken_by(process))


def to_be_taken_by(process: "Process[Any]") -> datetime | None:
    """When somebody should have it, as long as nobody does."""
    return process.handed.due if process.handed and not process.lease_runs(workflow.now()) else None


def stop_if_amended(process: "Process[Any]") -> None:
    """Raises Amended when the request was changed after steps were begun."""
    if process.begin_anew:
        raise Amended
