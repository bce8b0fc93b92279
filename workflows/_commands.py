"""What may be said to an open run, and what each command changes. A command that is not legal now is answered with
the reason, and recorded like every other."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.answers import Denial, Status
    from domain.approvals import Gate, Vote, may_decide
    from domain.calls import Actor, ActorKind
    from domain.commands import (
        ATTEST,
        AddNote,
        Claim,
        Command,
        Confirm,
        Decide,
        Outcome,
        Provide,
        Release,
        RepairAction,
        Retry,
        Verify,
        Withdraw,
    )
    from domain.edits import changes_of
    from domain.inquiries import answer, inquire, still_open
    from domain.packet import PacketNote, Slot, SlotSource
    from domain.patience import FOR_THE_CALLER
    from domain.rejections import role_of

from workflows import _hands
from workflows._phase import Phase

if TYPE_CHECKING:
    from workflows._process import Process


def legal(process: "Process[Any]") -> list[str]:
    """The commands that are legal in this state; who may give them is judged when they come."""
    if process.answer.terminal:
        return ["retry"] if process.repairs else []
    status, now = process.answer.status, workflow.now()
    led = process.held and process.owner is not None
    waits = process.gate is not None or bool(process.repairs) or bool(process.own_commands())
    commands = [
        ("confirm", status is Status.NEEDS_CONFIRMATION),
        ("verify", status is Status.NEEDS_VERIFICATION or process.waits_for_code),
        ("decide", process.gate is not None and not process.gate.settled),
        ("provide", bool(process.answer.missing)),
        ("retry", bool(process.repairs) or led),
        ("take_over", not process.held or not process.lease_runs(now)),
        ("hand_back", led),
        ("hand_off", status in FOR_THE_CALLER and not process.held and not (process.saga and process.saga.committed)),
        ("amend", not process.saga or process.saga.may_begin_anew),
        ("claim", waits or (process.held and not led)),
        ("release", process.owner is not None),
        ("withdraw", not (process.saga and process.saga.committed) and process.withdrawn_by is None),
        ("note", True),
    ]
    listed = dict.fromkeys([*(name for name, is_legal in commands if is_legal), *process.own_commands()])
    return [name for name in listed if name not in process.barred()]


def obey(process: "Process[Any]", command: Command) -> Denial | None:
    own = process.own_commands().get(command.name)
    handler = (lambda p, actor, body: own(actor, body)) if own else _HANDLERS.get(command.name)
    if handler is None:
        return Denial(rule="command.unknown", text=f"{command.name} is no command of this process.")
    if process.answer.terminal and command.name not in legal(process):
        return Denial(rule="run.closed", text=_ended(process, command.name))
    if command.name in _FOR_THE_CALLER and (refused := _hands.refuse_agent(process, command.actor, command.name)):
        return refused
    return handler(process, command.actor, command.body)


def _ended(process: "Process[Any]", command: str) -> str:
    answer = process.answer
    return f"Nothing to {command}: {process.reference} is {answer.status}: {answer.say}"


def confirm(process: "Process[Any]", digest: str) -> Denial | None:
    """The caller says yes to the effect with this digest: only the one that stands now counts."""
    if digest in process.confirmed:
        return None  # said again
    if process.effect and digest == process.effect.digest:
        if process.answer.status is Status.NEEDS_CONFIRMATION:
            process.confirmed.append(digest)
            process.tell(Status.ACCEPTED, "Thank you, I am going ahead.", phase=Phase.DECIDING, retry_after_s=1)
        elif process.phase is Phase.DECIDING:
            process.confirmed.append(digest)
        else:
            text = f"No yes of the caller is waited for: this is {process.answer.status}."
            return Denial(rule="confirm.not_asked", text=text)
        return None
    if process.effect is None and process.answer.status is Status.ACCEPTED:
        process.confirmed.append(digest)  # still reading: judged against the effect once it is known
        return None
    text = "What was confirmed is not what would happen now; read the effect again and confirm its digest."
    return Denial(rule="confirm.other_effect", text=text)


def _confirm(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    return confirm(process, Confirm.model_validate(body).digest)


def _withdraw(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    Withdraw.model_validate(body)
    if process.saga and process.saga.committed:
        return _hands.too_late(process, process.saga, "withdraw")
    process.withdrawn_by = actor
    return None


def _verify(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    verify = Verify.model_validate(body)
    if verify.code:
        return process.take_code(actor, verify.code)
    if verify.level and not (actor.kind is ActorKind.HUMAN and ATTEST in actor.scopes):
        return Denial(rule="verify.attest", text="Only a person with the right to attest may vouch for a caller.")
    if process.answer.status is not Status.NEEDS_VERIFICATION:
        return Denial(rule="verify.not_asked", text=f"No verification is waited for: this is {process.answer.status}.")
    if verify.level:
        process.attested = (actor, verify)
    process.look_again()
    return None


def _decide(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    decision = Decide.model_validate(body)
    refused = may_decide(process.gate, actor, decision, workflow.now())
    if refused:
        return refused
    assert process.gate is not None
    vote = Vote(actor=actor, outcome=decision.outcome, at=workflow.now(), reason=decision.reason, note=decision.note)
    if decision.edits:
        edited = _edited(process, process.gate, vote, decision.edits)
        if isinstance(edited, Denial):
            return edited
        vote = edited
    process.gate = process.gate.model_copy(update={"votes": [*process.gate.votes, vote]})
    if decision.outcome is Outcome.REQUEST_INFO:
        _ask_the_caller(process, process.gate, vote)
    elif process.gate.edit:
        _add_note(process, actor, f"Changed before approval: {decision.reason}. {decision.note}".strip())
        process.tell(Status.ACCEPTED, "It was changed; I am checking it anew.", phase=Phase.DECIDING, retry_after_s=1)
    elif process.gate.approved:
        say = "It was approved; I am checking the facts again."
        process.tell(Status.ACCEPTED, say, phase=Phase.DECIDING, retry_after_s=1)
    else:
        process.refresh()
    return None


def _edited(process: "Process[Any]", gate: Gate, vote: Vote, edits: dict[str, Any]) -> Vote | Denial:
    """He approves something else than was asked, if the rules allow it."""
    changes = changes_of(edits, gate.editable)
    if isinstance(changes, Denial):
        return changes
    instead = process.edit(gate, vote.actor, changes)
    if isinstance(instead, Denial):
        return instead
    return vote.model_copy(update={"edits": changes, "instead": instead})


def _provide(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    provided = Provide.model_validate(body)
    if any(inquiry.open for inquiry in process.inquiries) and process.gate:
        return _answer_people(process, actor, provided)
    if not process.answer.missing:
        return Denial(rule="provide.not_asked", text="Nothing was asked for.")
    _keep(process, actor, provided)
    text = "; ".join(f"{name}: {value}" for name, value in provided.facts.items())
    _add_note(process, actor, f"{text} {provided.note}".strip())
    process.answer = process.answer.model_copy(update={"missing": []})
    process.refresh()
    return None


def _ask_the_caller(process: "Process[Any]", gate: Gate, vote: Vote) -> None:
    """The gate stays open and its clock goes on; whoever has the caller sees what is asked."""
    process.inquiries = inquire(process.inquiries, vote.actor, role_of(gate, vote), vote.note, vote.at)
    asked = process.inquiries[-1]
    _record_told(process, vote.actor, {"asked": asked.field}, {"question": asked.text})
    _tell_asked(process, asked.say)


def _answer_people(process: "Process[Any]", actor: Actor, provided: Provide) -> Denial | None:
    inquiries = answer(process.inquiries, provided.facts, provided.note, actor, workflow.now())
    if isinstance(inquiries, Denial):
        return inquiries
    process.inquiries = inquiries
    _keep(process, actor, provided)
    text = "; ".join(f"{name}: {value}" for name, value in provided.facts.items())
    text = f"{text} {provided.note}".strip()
    _add_note(process, actor, text)
    left = still_open(inquiries)
    _record_told(process, actor, {"answered": True, "still_asked": [item.field for item in left]}, {"answer": text})
    _tell_asked(process, left[0].say if left else "Thank you, I have passed it on; a colleague still has to decide it.")
    return None


def _keep(process: "Process[Any]", actor: Actor, provided: Provide) -> None:
    """As known things of the packet: nobody asks for them again."""
    source = SlotSource.MODEL if actor.kind is ActorKind.AI else SlotSource.PERSON
    process.brought += [Slot(name=name, value=value, source=source) for name, value in provided.facts.items()]


def _tell_asked(process: "Process[Any]", say: str) -> None:
    missing = [inquiry.missing for inquiry in still_open(process.inquiries)]
    process.answer = process.answer.model_copy(update={"missing": missing, "say": say})
    process.refresh()


def _record_told(process: "Process[Any]", actor: Actor, body: dict[str, Any], words: dict[str, str]) -> None:
    """What people write may name somebody: it is kept beside the chain, under the customer's key."""
    personal = words if process.record.customer_id else {}
    process.record.add("note", by=actor, body=body, personal=personal)


def _claim(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    claim = Claim.model_validate(body)
    if actor.kind is not ActorKind.HUMAN:
        return Denial(rule="claim.human_only", text="Only a person may claim a work item.")
    if not process.held and "claim" not in legal(process):
        return Denial(rule="claim.nothing", text="Nothing here waits for a person; take it over if you want to act.")
    held = process.owner and process.owner_until and process.owner_until > workflow.now()
    if held and process.owner and process.owner.id != actor.id:
        until = f"{process.owner_until:%H:%M} UTC"
        return Denial(rule="claim.held", text=f"{process.owner.label} holds this until {until}.")
    _hands.lend(process, actor, timedelta(seconds=claim.lease_s))
    process.refresh()
    return None


def _release(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    release = Release.model_validate(body)
    if process.owner is None or process.owner.id != actor.id:
        return Denial(rule="release.not_owner", text="You do not hold this work item.")
    _hands.give_up(process)
    if release.note:
        _add_note(process, actor, release.note)
    _hands.tell_whose(process)
    return None


def _retry(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    retry = Retry.model_validate(body)
    if actor.kind is not ActorKind.HUMAN:
        return Denial(rule="repair.human_only", text="Only a person may repair a step.")
    if process.held and not process.repairs:
        return _hands.go_on(process, actor)
    if not process.repairs:
        return Denial(rule="repair.none", text="Nothing to repair here.")
    alone = retry.action not in (RepairAction.SKIP, RepairAction.EDIT)  # these may take two people
    if alone and (refused := _hands.refuse_other(process, actor)):
        return refused
    for repair in process.repairs.values():
        if refused := repair.order(actor, retry):
            return refused
    if process.held and any(repair.ordered for repair in process.repairs.values()):
        _hands.let_go_on(process, actor)
    if retry.action is RepairAction.SKIP:
        _add_note(process, actor, f"Skip: {retry.reason}")
    process.refresh()
    return None


def _note(process: "Process[Any]", actor: Actor, body: dict[str, Any]) -> Denial | None:
    note = AddNote.model_validate(body)
    if note.related:
        return Denial(rule="note.no_case", text=f"This is no case that {note.related} could be related to.")
    _add_note(process, actor, note.text)
    process.refresh()
    return None


def _add_note(process: "Process[Any]", actor: Actor, text: str) -> None:
    process.notes.append(PacketNote(at=workflow.now(), author=actor.label, text=text))


_HANDLERS: dict[str, Callable[["Process[Any]", Actor, dict[str, Any]], Denial | None]] = {
    "confirm": _confirm, "withdraw": _withdraw, "verify": _verify, "decide": _decide, "provide": _provide,
    "claim": _claim, "release": _release, "retry": _retry, "note": _note, "amend": _hands.amend,
    "take_over": _hands.take_over, "hand_back": _hands.hand_back, "hand_off": _hands.hand_off,
}  # fmt: skip
_FOR_THE_CALLER = frozenset({"confirm", "withdraw", "provide", "verify", "amend", "hand_off", "note"})
