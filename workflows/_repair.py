"""Repair: a step that keeps failing is a work item with an owner and a clock, never a log line.

It is tried again by itself, ever more slowly, and at once when a person says so. Skipping needs a reason and two
people; correcting its input (`domain/repairs.py`) meets the rules again; undoing everything is offered only while
nothing irreversible has happened and no outcome is unknown.
"""

import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.answers import Denial, Status
    from domain.calls import Actor
    from domain.case_terms import Occasion
    from domain.commands import RepairAction, Retry
    from domain.repairs import CORRECTIONS, corrected

from workflows._hands import is_held
from workflows._phase import Phase
from workflows._steps import Taken, is_definite, is_switched_off, is_unknown, words

if TYPE_CHECKING:
    from workflows._process import Process

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_SWITCHED_OFF = timedelta(minutes=10)
"""A run that a switch stopped looks at least so often; it is told when it is switched on (`Process.switched`)."""
PROMISED_WITHIN = timedelta(hours=4)
_DOUBLINGS = 20
"""Of the first pause: more than any longest one needs."""


@dataclass
class Repair:
    step: str
    error: str
    unknown_outcome: bool
    may_undo: bool
    since: datetime
    attempts: int = 1
    ordered: str = ""
    skippers: list[str] = field(default_factory=list)
    may_skip: bool = True
    taken: Taken | None = None
    """The step itself, where its input may be corrected."""
    proposed: dict[str, Any] = field(default_factory=dict)
    proposers: list[str] = field(default_factory=list)
    final: str = ""
    """What has happened that is not taken back any more."""
    input: Any = None
    """Its corrected input, once enough people want it."""
    switched_off: bool = False
    """Nothing is wrong with it but that such requests are switched off."""

    @property
    def actions(self) -> list[str]:
        edit = ["edit"] * bool(self.editable())
        return ["retry", *edit] + ["skip"] * self.may_skip + ["undo_all"] * self.may_undo

    def editable(self) -> dict[str, Any]:
        """The fields of the step's input that a person may correct. None while its outcome is unknown: the step with
        its first input may have happened."""
        if self.taken is None or self.unknown_outcome or self.taken.view.name not in CORRECTIONS:
            return {}
        return {name: getattr(self.taken.payload, name) for name in CORRECTIONS[self.taken.view.name].fields}

    def order(self, actor: Actor, retry: Retry) -> Denial | None:
        """A person says what to do with the step."""
        if retry.action is RepairAction.UNDO_ALL and not self.may_undo:
            return Denial(rule="repair.no_way_back", text=f"Nothing is undone now: {self._final()}")
        if retry.action is RepairAction.EDIT:
            return self._edit(actor, retry)
        if retry.action is not RepairAction.SKIP:
            self.ordered = str(retry.action)
            return None
        if not self.may_skip:
            return Denial(rule="repair.needed", text=f"{self.step} cannot be skipped: what follows rests on it.")
        if not retry.reason:
            return Denial(rule="repair.skip_reason", text="Skipping a step needs a reason.")
        if actor.id not in self.skippers:
            self.skippers.append(actor.id)
        if len(self.skippers) < 2:
            return None
        self.ordered = "skip"
        return None

    def _final(self) -> str:
        """Why there is no way back, and what there is instead."""
        if self.unknown_outcome:
            return f"whether {self.step!r} happened is unknown. Try it again: it is looked up first."
        why = self.final or "it is being undone, or was not begun"
        return f"{why}. {self.step!r} can be tried again{', or skipped with a reason' if self.may_skip else ''}."

    def _edit(self, actor: Actor, retry: Retry) -> Denial | None:
        """Corrected once as many people as it takes have asked for the same; another wish begins anew."""
        if not self.editable() or self.taken is None:
            why = "its outcome is unknown; try it again first" if self.unknown_outcome else "its input stands"
            return Denial(rule="repair.not_editable", text=f"{self.step} cannot be corrected: {why}.")
        if not retry.reason:
            return Denial(rule="repair.edit_reason", text="Correcting a step needs a reason.")
        changed = corrected(self.taken.view.name, self.taken.payload, retry.changes)
        if isinstance(changed, Denial):
            return changed
        if self.proposed != retry.changes:
            self.proposed, self.proposers = retry.changes, []
        if actor.id not in self.proposers:
            self.proposers.append(actor.id)
        if len(self.proposers) >= CORRECTIONS[self.taken.view.name].people:
            self.ordered, self.input = "edit", changed
        return None


async def wait_for_repair(process: "Process[Any]", taken: Taken, failure: Exception, *, may_undo: bool) -> Repair:
    """`ordered` says what: `retry`, `edit`, `skip` or `undo_all` by a person; `retry` after a pause that grows."""
    name = f"{taken.view.name}/{taken.ref.n}"
    before = process.repairs.get(name)
    attempts = _times(process, name)
    repair = process.repairs[name] = Repair(
        step=taken.view.label, error=words(failure), unknown_outcome=is_unknown(failure), may_undo=may_undo,
        since=before.since if before else workflow.now(), attempts=attempts, taken=taken,
        final=process.saga.final if process.saga else "",
        switched_off=is_switched_off(failure),
    )  # fmt: skip
    process.record.add(
        "failed", step=taken.view.name, body={"ref": taken.ref.value, "error": repair.error, "times": attempts}
    )
    off = repair.switched_off
    _tell_off(process, repair) if off else _tell(process, repair, is_definite(failure))
    longest = LONGEST_SWITCHED_OFF if off else LONGEST_PAUSE
    pause = None if is_definite(failure) else growing_pause(attempts, longest)
    due = repair.since + PROMISED_WITHIN
    heard = process.switches_heard if off else sys.maxsize
    unwanted = process.unwanted

    def told() -> bool:
        over = bool(repair.ordered) or _given_up(process, repair)
        return over or process.switches_heard > heard or process.unwanted != unwanted

    process.waits_in("repairs", due)
    await process.casefile.turn(Occasion.REPAIR, "", f"{repair.step}: {repair.error}", give_up=told)
    await process.park(told, queue="repairs", patience=pause, due=due)
    while is_held(process) and not told():  # nothing is tried by itself while a person holds it
        await process.park(lambda: told() or not is_held(process), queue="repairs", due=due)
    process.repairs.pop(name, None)
    if not process.repairs and not process.answer.terminal:
        process.working("I am trying again.")
    repair.ordered = repair.ordered or ("undo_all" if _given_up(process, repair) else "retry")
    return repair


async def wait_for_reading(process: "Process[Any]", label: str, failure: Exception, *, may_undo: bool) -> str:
    """What a run needs to know cannot be read: `retry` after a pause that grows, or at once by a person; or `undo_all`,
    where nothing has happened yet. Whatever was answered, it says nothing about the facts: it is tried again."""
    attempts = _times(process, label)
    repair = process.repairs[label] = Repair(
        step=label, error=words(failure), unknown_outcome=False, may_undo=may_undo, since=workflow.now(),
        attempts=attempts, may_skip=False,
    )  # fmt: skip
    process.record.add("failed", step="read", body={"error": repair.error, "times": attempts})
    _tell(process, repair, definite=False)
    pause = growing_pause(attempts)
    await process.park(lambda: bool(repair.ordered) or _given_up(process, repair), queue="repairs", patience=pause)
    process.repairs.pop(label, None)
    return repair.ordered or ("undo_all" if _given_up(process, repair) else "retry")


async def wait_for_undo(process: "Process[Any]", failed: list[Taken]) -> None:
    """Undos that failed: tried again by themselves, or when a person says so."""
    names = ", ".join(taken.view.label for taken in failed)
    name = "undo"
    attempts = _times(process, name)
    error = "; ".join(taken.view.error for taken in failed)
    repair = process.repairs[name] = Repair(
        step=f"Undo of {names}", error=error, unknown_outcome=False, may_undo=False, since=workflow.now(),
        attempts=attempts,
    )  # fmt: skip
    process.record.add("failed", step="undo", body={"error": error, "times": attempts})
    _tell(process, repair, definite=True)
    pause = growing_pause(attempts)
    await process.park(lambda: bool(repair.ordered), queue="repairs", patience=pause)
    process.repairs.pop(name, None)
    if repair.ordered == "skip":
        for taken in failed:
            taken.undo = "Left as it is, by decision of two people."


def growing_pause(attempts: int, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """Before the next try, after so many. However often it failed, the doubling ends before a `timedelta` overflows."""
    doubled: int = 2 ** min(attempts - 1, _DOUBLINGS)
    return min(FIRST_PAUSE * doubled, longest)


def _times(process: "Process[Any]", name: str) -> int:
    process.repair_counts[name] = process.repair_counts.get(name, 0) + 1
    return process.repair_counts[name]


def _given_up(process: "Process[Any]", repair: Repair) -> bool:
    return repair.may_undo and (process.unwanted or process.cancel_requested)


def _tell(process: "Process[Any]", repair: Repair, definite: bool) -> None:
    if process.answer.terminal:  # the caller has heard the end; what is repaired is for people
        return process.refresh()
    if repair.unknown_outcome:
        say = (
            f"{repair.step}: it is not known yet whether it went through. I am finding out and repeat nothing blindly."
        )
        process.tell(Status.RECONCILING, say, phase=Phase.PARKED, retry_after_s=30)
    elif definite:
        say = f"{repair.step} was refused; a colleague will finish it."
        process.tell(Status.HANDED_OFF, say, phase=Phase.PARKED, retry_after_s=60)
    else:
        say = f"{repair.step} is delayed because a system does not answer; it stays logged and will be done."
        process.tell(Status.ACCEPTED, say, phase=Phase.PARKED, retry_after_s=30)


def _tell_off(process: "Process[Any]", repair: Repair) -> None:
    if process.answer.terminal:
        return process.refresh()
    say = f"{repair.step} is paused: such requests are switched off for this kind of agent now. It stays logged."
    status = Status.RECONCILING if repair.unknown_outcome else Status.HANDED_OFF
    process.tell(status, say, phase=Phase.PARKED, retry_after_s=60)
