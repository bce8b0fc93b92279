"""How a run executes its steps: patience, undo beside the step, money last.

Three patiences say how long a step is tried by Temporal before the run itself takes over:
a read on the voice path once; a write a few times, then it becomes a repair item.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.house import Hold, HouseActivities, Lock
    from connectors.effects import Receipt, WriteRef
    from connectors.errors import DEFINITE, TAXONOMY
    from domain.packet import PacketStep, StepStatus
    from domain.switches import SWITCHED_OFF

from workflows._hands import is_held, stop_if_amended, wait_while_held

if TYPE_CHECKING:
    from workflows._process import Process

T = TypeVar("T")
P = TypeVar("P")
WriteStep = Callable[[Any, P, WriteRef], Awaitable[Receipt[T]]]

ONCE = RetryPolicy(maximum_attempts=1)
A_FEW_TIMES = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=3),
    maximum_attempts=6, non_retryable_error_types=DEFINITE,
)  # fmt: skip
UNTIL_ANSWERED = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=20),
    non_retryable_error_types=DEFINITE,
)  # fmt: skip
WHILE_HE_WAITS = timedelta(seconds=5)
"""How long a system is asked again for what is of no use once the caller has hung up."""
UNTIL_DONE = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=30))

# A worker killed during a step is noticed within this time; longer than one beat of a busy worker's loop.
HEARTBEAT = timedelta(seconds=1)
STEP_TIMEOUT = timedelta(seconds=30)
VOICE_READ = timedelta(seconds=1)
TELLS = "Not undone: it tells what happened."
UNKNOWN = ("outcome_unknown", "read_back_failed", "key_in_flight")


class StepRefused(Exception):
    """A step cannot happen, and the run must undo what came before it. Carries words for people."""

    def __init__(self, rule: str, text: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.rule = rule
        self.text = text
        self.retry_after_s = retry_after_s


def cause_of(failure: BaseException) -> ApplicationError | None:
    """The connector's own error in a chain of Temporal's: `str()` of an ActivityError says nothing."""
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, ApplicationError):
            return seen
        seen = getattr(seen, "cause", None) or seen.__cause__
    return None


def words(failure: BaseException) -> str:
    """What may be told of a failure: a system's own words; of anything else no internals."""
    cause = cause_of(failure)
    if cause is None:
        return "No answer within the time limit."
    known = (cause.type or "") in (*TAXONOMY, "read_back_failed", SWITCHED_OFF)
    return cause.message if known else "An internal step failed."


_WHY = {
    "auth_failed": "a system does not let us in",
    "forbidden": "a system does not let us do it",
    "not_found": "a system no longer knows it",
    "conflict": "it was changed meanwhile",
    "duplicate": "it exists already",
}


def told(label: str, failure: BaseException) -> str:
    """What a caller may hear: what did not work and why, without a system's name, address or request."""
    cause = cause_of(failure)
    kind = cause.type or "" if cause else ""
    details = cause.details[0] if cause and cause.details else {}
    code = str(details.get("vendor_code") or "").replace("_", " ")
    if kind == "rejected":
        return f"{label} was refused{f' ({code})' if code else ''}."
    return f"{label} could not be done: {_WHY.get(kind, 'a system did not accept it')}."


def is_definite(failure: BaseException) -> bool:
    cause = cause_of(failure)
    return cause is not None and (cause.type or "") in DEFINITE


def is_unknown(failure: BaseException) -> bool:
    """May the write have been applied? A time-out of the step itself counts."""
    cause = cause_of(failure)
    return cause is None or cause.type in UNKNOWN


def is_switched_off(failure: BaseException) -> bool:
    """Not sent, because a kill switch stops this kind of actor."""
    cause = cause_of(failure)
    details = cause.details[0] if cause and cause.details else None
    return isinstance(details, dict) and SWITCHED_OFF in details


async def finished(task: "asyncio.Task[T]", process: "Process[Any]", *, until: "asyncio.Task[None] | None" = None) -> T:
    """Wait for a step to its end even when the run is cancelled meanwhile: its effect must be known before any undo.
    Once `until` comes, it is not tried again."""
    while not task.done():
        try:
            await workflow.wait([task, until] if until else [task], return_when=asyncio.FIRST_COMPLETED)
            if until and until.done() and not task.done():
                task.cancel()
                until = None
        except asyncio.CancelledError:
            process.cancel_requested = True
            current = asyncio.current_task()
            if current:
                current.uncancel()
    return task.result()


async def write(
    process: "Process[Any]", do: Any, payload: Any, ref: WriteRef, label: str, give_up: Callable[[], bool] | None = None
) -> Any:
    """One write at a system of record, tried a few times under one key; not once more when a person takes it over, the
    request is amended or withdrawn, or `give_up` says so. Where it is unwanted already it is only to be known whether
    it was done: tried once."""
    unwanted = process.unwanted
    handle = workflow.start_activity_method(
        do, args=[payload, ref], activity_id=_activity_id(ref), start_to_close_timeout=STEP_TIMEOUT,
        heartbeat_timeout=HEARTBEAT, retry_policy=ONCE if unwanted else A_FEW_TIMES, summary=label,
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )  # fmt: skip
    in_vain = lambda: is_held(process) or (process.unwanted and not unwanted) or (give_up is not None and give_up())
    stopped = asyncio.create_task(workflow.wait_condition(in_vain))
    try:
        return await finished(handle, process, until=stopped)
    finally:
        stopped.cancel()


async def house(do: Any, arg: Any, *, step: str) -> Any:
    """A step in Handrail's own books: local, because it is a millisecond's work and safe to repeat."""
    return await workflow.execute_local_activity_method(
        do, arg, activity_id=step, start_to_close_timeout=timedelta(seconds=5), retry_policy=UNTIL_DONE
    )


async def settle_accounts(process: "Process[Any]", do: Any, arg: Any, *, step: str) -> Any:
    """A step in Handrail's own books after which a run may end.

    Not a local activity. Hazard (temporalio 1.35.0, server 1.32.0, November 2026: a few of 1,000 runs under load):
    its marker may be recorded in one workflow task and the run go on in the next; when that one ends the run and fails
    because a signal came meanwhile (UnhandledCommand), the repetition sends the completion of a caller's update without
    its message: BadUpdateWorkflowExecutionMessage, `references absent message`, again and again, and the run is stuck.
    """
    handle = workflow.start_activity_method(
        do, arg, activity_id=step, start_to_close_timeout=timedelta(seconds=10), retry_policy=UNTIL_DONE,
        summary=step.replace("_", " ").capitalize(),
    )  # fmt: skip
    return await finished(handle, process)


def _activity_id(ref: WriteRef) -> str:
    return f"{ref.step}/{ref.n}" + (f"/again-{ref.resent}" if ref.resent else "")


@dataclass
class Taken:
    """A step that was begun: how it is undone (None: never, for this reason), and how it shows to people."""

    view: PacketStep
    undo: Any
    payload: Any
    ref: WriteRef
    first_label: str = ""
    """As it was planned, before people corrected it."""


@dataclass
class Saga:
    """Undoes its steps, newest first, when a later one cannot happen.

    An undo takes its step's own input and reference, and is noted before the step runs: a step that timed out may
    still have happened. Once `money_moves` is said there is no way back, only forward or to a person.
    """

    process: "Process[Any]"
    taken: list[Taken] = field(default_factory=list)
    committed: bool = False
    final: str = ""
    """With `committed`: what has happened that is not taken back any more: `order 4823 is cancelled`."""
    given_up: str = ""
    """Why it is being taken back for good."""

    @property
    def may_begin_anew(self) -> bool:
        """With another request: once money moves, or all is taken back for good, it is too late for that."""
        return not self.committed and not self.given_up

    @property
    def holds(self) -> list[Hold]:
        """The limits that are reserved now."""
        held = [taken for taken in self.taken if taken.view.status is StepStatus.DONE]
        return [taken.payload for taken in held if type(taken.payload) is Hold]

    async def reserve(self, hold: Hold) -> None:
        """Reserve the limits, or take a lock. Raises StepRefused with the rule that does not fit."""
        name, label = "reserve_limits", "Reserve the limits"
        if isinstance(hold, Lock):
            name, label = "take_lock", "Keep others from changing it meanwhile"
        self.taken.append(Taken(self._view(name, label, "released"), None, hold, _NO_REF))
        outcome = await house(HouseActivities.reserve_limits, hold, step=name)
        if not outcome.granted:
            self.taken.pop()
            raise StepRefused(outcome.rule, outcome.text)
        self._set(self.taken[-1], StepStatus.DONE)

    async def unlock(self) -> None:
        """The locks are given back before the end: what was judged under them must be judged anew."""
        for taken in [taken for taken in self.taken if isinstance(taken.payload, Lock)]:
            await settle_accounts(self.process, HouseActivities.release_limits, taken.payload, step="release_lock")
            self.taken.remove(taken)

    async def keep(self) -> None:
        """The reservations become uses: they count within their windows from now on. Locks are given back."""
        for taken in self.taken:
            if isinstance(taken.payload, Lock):
                await settle_accounts(self.process, HouseActivities.release_limits, taken.payload, step="release_lock")
            elif isinstance(taken.payload, Hold):
                hold = taken.payload.model_copy(update={"at": workflow.now()})
                await settle_accounts(self.process, HouseActivities.commit_limits, hold, step="commit_limits")

    async def exchange(self, old: Hold, new: Hold) -> None:
        """Other amounts than were reserved at first. Raises StepRefused with the rule that does not fit."""
        taken = next(taken for taken in self.taken if taken.payload is old)
        await settle_accounts(self.process, HouseActivities.release_limits, old, step="release_limits")
        self._set(taken, StepStatus.UNDONE)
        self.taken.remove(taken)
        await self.reserve(new)

    async def came_back(self, do: Any, n: int, error: str) -> Taken | None:
        """An irreversible step was accepted and failed later: what to do anew, as a person wants it, or None."""
        taken = next(t for t in self.taken if t.view.name == do.__name__ and t.ref.n % 100 == n % 100)
        self._set(taken, StepStatus.FAILED, error=error)
        failure = ApplicationError(error, type="rejected", non_retryable=True)
        outcome = await self.process.repair(taken, failure, may_undo=False)
        return None if outcome == "skip" else taken

    async def step(self, do: Any, payload: Any, *, undo: Any, label: str, n: int = 1) -> Any:
        """A write with its undo: an activity that takes the same input, or the reason why there is none."""
        await wait_while_held(self.process)
        self.process.stop_if_withdrawn()
        ref = self.process.mint(do.__name__, n)
        how = undo if isinstance(undo, str) else f"Undone by {undo.__name__.replace('_', ' ')}."
        taken = Taken(self._view(do.__name__, label, how, never=isinstance(undo, str)), undo, payload, ref)
        self.taken.append(taken)
        return await self._carry_out(taken, do)

    def money_moves(self, final: str = "") -> None:
        """From here on nothing is taken back: refuses when the caller withdrew before. `final`: what those are told who
        come too late, with the thing and its id."""
        self.process.stop_if_withdrawn()
        stop_if_amended(self.process)
        self.committed = True
        self.final = self.final or final or "money is on its way"

    async def must(self, do: Any, payload: Any, *, label: str, n: int = 1) -> Any:
        """A write that has to finish, after the money: repaired until it does; never undone."""
        await wait_while_held(self.process)
        ref = self.process.mint(do.__name__, n)
        taken = Taken(self._view(do.__name__, label, TELLS), None, payload, ref)
        self.taken.append(taken)
        return await self._carry_out(taken, do)

    def plan(self, do: Any, payload: Any, *, undo: Any, label: str, n: int = 1) -> Taken:
        """A write that is begun by `attempt` or `finish`; `undo` None: it tells what happened."""
        how = f"Undone by {undo.__name__.replace('_', ' ')}." if undo else TELLS
        taken = Taken(self._view(do.__name__, label, how), undo, payload, self.process.mint(do.__name__, n))
        self.taken.append(taken)
        return taken

    async def attempt(self, taken: Taken, do: Any, give_up: Callable[[], bool] | None = None) -> Any:
        """The receipt, or None: not done now, and nobody is asked to repair it. The next attempt looks it up first."""
        self._set(taken, StepStatus.RUNNING, started_at=workflow.now())
        try:
            receipt = await write(self.process, do, taken.payload, taken.ref, taken.view.label, give_up)
        except ActivityError as failure:
            refused, state = is_definite(failure), StepStatus.UNKNOWN if is_unknown(failure) else StepStatus.FAILED
            self._set(taken, state, error=words(failure), retryable=not refused)
            taken.ref = self._anew(taken) if refused else self._resent(taken)
            return None
        self._done(taken, receipt)
        return receipt

    async def finish(self, taken: Taken, do: Any) -> Any:
        """Whatever it takes; None: two people let it go."""
        return await self._carry_out(taken, do)

    async def _carry_out(self, taken: Taken, do: Any) -> Any:
        self._set(taken, StepStatus.RUNNING, started_at=workflow.now())
        while True:
            try:
                receipt = await write(self.process, do, taken.payload, taken.ref, taken.view.label)
            except ActivityError as failure:
                if is_held(self.process) and not is_definite(failure):
                    await self._stopped(taken)
                    continue
                if is_cancelled_exception(failure):  # unwanted: whether an earlier try was applied is found out first
                    taken.ref = self._resent(taken)
                    continue
                again = await self._failed(taken, failure)
                if again is None:
                    return None
                taken.ref = again
                await wait_while_held(self.process)
                continue
            self._done(taken, receipt)
            self.process.leave_queue()
            return receipt

    def _done(self, taken: Taken, receipt: Any) -> None:
        external = str(getattr(receipt.value, "id", receipt.value or ""))
        self._set(taken, StepStatus.DONE, external_id=external, receipt_ref=receipt.key)

    async def _stopped(self, taken: Taken) -> None:
        """Taken over by a person before it was seen to be done: it is looked up and goes on when he says so."""
        self._set(taken, StepStatus.UNKNOWN, error="Stopped: a person has taken this over.", retryable=True)
        await wait_while_held(self.process)
        taken.ref = self._resent(taken)
        self._set(taken, StepStatus.RUNNING, error="")

    def _resent(self, taken: Taken) -> WriteRef:
        """The same write under the same key: looked up first."""
        return taken.ref.model_copy(update={"resent": taken.ref.resent + 1})

    async def _failed(self, taken: Taken, failure: ActivityError) -> WriteRef | None:
        """What to do about a step that did not work: undo all, try again (the reference to use), or skip (None)."""
        process = self.process
        if is_definite(failure) and not self._past_return(taken):
            self._set(taken, StepStatus.FAILED, error=words(failure), retryable=False)
            raise StepRefused(system_rule(failure), told(taken.view.label, failure)) from failure
        # Stopped by a switch says nothing about an earlier send whose outcome is unknown.
        unknown = is_unknown(failure) or (is_switched_off(failure) and taken.view.status is StepStatus.UNKNOWN)
        failed = StepStatus.UNKNOWN if unknown else StepStatus.FAILED
        self._set(taken, failed, error=words(failure), retryable=not is_definite(failure))
        if not unknown:
            stop_if_amended(process)
        outcome = await process.repair(taken, failure, may_undo=not self.committed and not unknown)
        if outcome == "skip":
            self._set(taken, StepStatus.SKIPPED)
            return None
        if outcome == "undo_all":
            raise StepRefused("repair.undo_all", told(taken.view.label, failure)) from failure
        return self._anew(taken) if outcome == "edit" or is_definite(failure) else self._resent(taken)

    def _anew(self, taken: Taken) -> WriteRef:
        """After a definite failure: under a new key."""
        return taken.ref.model_copy(update={"n": taken.ref.n + 100, "minted_at": workflow.now()})

    def _past_return(self, taken: Taken) -> bool:
        """Money has moved (or may have): another irreversible step was done, or its fate is unknown."""
        others = [t for t in self.taken if t is not taken and isinstance(t.undo, str)]
        moved = any(t.view.status in (StepStatus.DONE, StepStatus.UNKNOWN) for t in others)
        return moved or (self.committed and taken.undo is None)

    async def undo_all(self) -> list[Taken]:
        """Undo, newest first; one that fails does not stop the others. Answers those that could not be undone."""
        failed: list[Taken] = []
        for taken in reversed(self.taken):
            tells_only = taken.undo is None and not isinstance(taken.payload, Hold)
            if tells_only or isinstance(taken.undo, str) or taken.view.status is StepStatus.UNDONE:
                continue
            try:
                await self._undo(taken)
            except FailureError as failure:
                self._set(taken, StepStatus.FAILED, error=f"Undo failed: {words(failure)}")
                failed.append(taken)
        return failed

    async def _undo(self, taken: Taken) -> None:
        if isinstance(taken.payload, Hold):
            await settle_accounts(self.process, HouseActivities.release_limits, taken.payload, step="release_limits")
        elif taken.undo is not None:
            await self._call_undo(taken)
        self._set(taken, StepStatus.UNDONE)
        self.process.record.add("undone", step=taken.view.name, body={"ref": taken.ref.value})

    async def _call_undo(self, taken: Taken) -> None:
        taken.ref = taken.ref.model_copy(update={"resent": taken.ref.resent + 1})
        try:
            receipt = await finished(asyncio.ensure_future(self._write_undo(taken, taken.ref)), self.process)
        except ActivityError as failure:
            if is_definite(failure):  # kept under its key by the vendor: the same key would be refused for ever
                taken.ref = taken.ref.model_copy(update={"undo_n": taken.ref.undo_n + 1})
            raise
        if receipt.value is None and taken.view.receipt_ref:  # a stale sight: what we hold a receipt for is there
            text = f"{taken.view.label} was done, but cannot be found, so it is not undone yet."
            raise ApplicationError(text, type="read_back_failed")

    async def _write_undo(self, taken: Taken, ref: WriteRef) -> Any:
        return await workflow.execute_activity_method(
            taken.undo, args=[taken.payload, ref], activity_id=f"undo/{_activity_id(ref)}",
            start_to_close_timeout=STEP_TIMEOUT, heartbeat_timeout=HEARTBEAT, retry_policy=A_FEW_TIMES,
            summary=f"Undo: {taken.view.label}",
        )  # fmt: skip

    def _view(self, name: str, label: str, undo: str, *, never: bool = False) -> PacketStep:
        view = PacketStep(name=name, label=label, undo=undo, irreversible=never)
        self.process.steps.append(view)
        return view

    def _set(self, taken: Taken, status: StepStatus, **fields: Any) -> None:
        now = workflow.now()
        ended = None if status is StepStatus.RUNNING else now
        show(self.process, taken, status=status, at=now, ended_at=ended, **fields)


def show(process: "Process[Any]", taken: Taken, **fields: Any) -> None:
    """The step as people see it from now on."""
    changed = taken.view.model_copy(update=fields)
    process.steps[process.steps.index(taken.view)] = changed
    taken.view = changed


_NO_REF = WriteRef(run="handrail", step="reserve_limits")


def system_rule(failure: BaseException) -> str:
    """The rule that is named when a system's answer ended a run: `system.not_found`."""
    cause = cause_of(failure)
    return f"system.{cause.type}" if cause else "system.no_answer"
