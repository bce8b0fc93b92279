"""An open case: its team works on it, its clock reminds and escalates, until somebody closes it.

Any process that opened a case and has to wait for its end can watch it this way. What is written on the way only tells:
a comment that the case system refuses is shown to people, it takes nothing back.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.cases import CaseActivities as cases
    from activities.casework import CaseworkActivities as casework
    from connectors.effects import Receipt
    from domain.answers import Denial, Status
    from domain.business_time import Calendar
    from domain.calls import Actor, ActorKind
    from domain.case_clock import Goal, Stroke, Tick, put_off, still_to_come, struck, timetable
    from domain.case_policy import CasePolicy, Priority
    from domain.cases import Case, CaseChange, CaseComment, CaseLink, CaseMerge, CaseResolution, CaseState
    from domain.commands import AddNote, Amend, Reassign, Resolve
    from domain.packet import PacketNote
    from domain.values import Value

from workflows._hands import Amended, let_go_on, wait_while_held
from workflows._moving_on import is_due
from workflows._phase import Phase
from workflows._steps import A_FEW_TIMES, STEP_TIMEOUT, Saga, StepRefused, words

if TYPE_CHECKING:
    from workflows._process import Process

FIRST_LOOK = timedelta(minutes=1)
_ENDS_THE_RUN = ("caller.withdrew", "run.cancelled", "repair.undo_all")
Handler = Callable[[Actor, dict[str, Any]], Denial | None]


async def only_tell(
    process: "Process[Any]", saga: Saga, do: Any, payload: Any, label: str, n: int = 1
) -> Receipt[Any] | None:
    """A write that takes nothing back when it is refused for good: people see that it was, and the run goes on."""
    try:
        receipt: Receipt[Any] | None = await saga.must(do, payload, label=label, n=n)
        return receipt
    except StepRefused as refusal:
        if refusal.rule in _ENDS_THE_RUN:
            raise
        process.notes.append(PacketNote(at=workflow.now(), author="handrail", text=refusal.text))
        process.refresh()
        return None


class Amends(Protocol):
    """A process whose open case is changed in place when its caller changes his mind."""

    def accept_amendment(self, actor: Actor, arguments: dict[str, Any]) -> Denial | None:
        """Takes the new request over, or says why not."""
        ...

    def amendment(self, case: Case, actor: Actor) -> Awaitable[CaseChange]:
        """What is new on the case; with an empty comment, nothing is. Raises Amended where it is another case now."""
        ...

    def amended(self, case: Case) -> None:
        """The case is as the caller wants it now."""
        ...


class WatchState(Value):
    """Of an open case's clock: what goes along when its run goes on as a new one. Names as in `CaseWatch`."""

    case: Case
    opened_at: datetime
    stood_still: list[tuple[datetime, datetime]]
    dues: dict[Goal, datetime]
    missed: set[Goal]
    ticks: list[Tick]
    calendar: Calendar
    counts: dict[str, int]
    pause: timedelta
    pending_since: datetime | None


class CaseWatch:
    def __init__(
        self, process: "Process[Any]", saga: Saga, case: Case, policy: CasePolicy, calendar: Calendar,
        ticks: list[Tick], tell: Callable[["CaseWatch"], tuple[str, dict[str, Any]]], amends: Amends | None = None,
        move_on: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        """`tell`: what the caller hears while it is open, and the result so far. `amends`: who knows how it is changed
        in place. `move_on`: makes the run go on as a new one."""
        self.case = case
        self._amends, self._move_on, self._opened_at = amends, move_on, workflow.now()
        self._stood_still: list[tuple[datetime, datetime]] = []
        self.dues = {tick.goal: tick.due for tick in ticks}
        self._missed: set[Goal] = set()
        self._process, self._saga, self._policy, self._calendar = process, saga, policy, calendar
        self._ticks, self._words = ticks, tell
        self._orders: list[tuple[Actor, Value]] = []
        self._counts: dict[str, int] = {}
        self._heard = self._nudged = 0
        self._pause = FIRST_LOOK
        self._pending_since: datetime | None = None

    async def until_closed(self) -> Case:
        """Raises StepRefused when the caller withdraws it meanwhile, or an operator cancels the run."""
        process = self._process
        while not self.case.closed:
            self._tell()
            await self._move_on_when_long()
            due = self.dues.get(self.goal)
            await process.park(self._stirred, queue=self.case.queue, patience=self._patience(), due=due)
            self._heard, self._nudged = len(process.events), process.looked_again
            process.stop_if_withdrawn()
            await wait_while_held(process)
            await self._carry_out()
            await self._look()
            await self._strike()
        return self.case

    async def _move_on_when_long(self) -> None:
        """At rest, with nothing ordered and nothing unheard."""
        idle = not self._stirred() and not self._process.repairs
        if self._move_on and idle and is_due():
            await self._move_on()

    def kept(self) -> WatchState:
        return WatchState(
            case=self.case, opened_at=self._opened_at, stood_still=self._stood_still, dues=self.dues,
            missed=self._missed, ticks=self._ticks, calendar=self._calendar, counts=self._counts, pause=self._pause,
            pending_since=self._pending_since,
        )  # fmt: skip

    def go_on(self, kept: WatchState) -> None:
        self.case, self.dues, self._missed, self._ticks = kept.case, dict(kept.dues), set(kept.missed), kept.ticks
        self._opened_at, self._stood_still, self._calendar = kept.opened_at, list(kept.stood_still), kept.calendar
        self._counts, self._pause, self._pending_since = dict(kept.counts), kept.pause, kept.pending_since

    # What people say to it

    def commands(self) -> dict[str, Handler]:
        own: dict[str, Handler] = {"resolve": self._resolve, "reassign": self._reassign, "note": self._note}
        return own | {"amend": self._amend} if self._amends else own

    @property
    def unheard(self) -> bool:
        """It was closed before a change that the caller wanted reached it."""
        return any(isinstance(order, Amend) for _, order in self._orders)

    def _resolve(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        order = Resolve.model_validate(body)
        refused = self._not_his(actor)
        if not refused and order.into == self.case.id:
            refused = Denial(rule="case.itself", text=f"Case {self.case.id} cannot be merged into itself.")
        return refused or self._closed_by_now("case.closing") or self._accept(actor, order)

    def _reassign(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        order = Reassign.model_validate(body)
        known = self._policy.queues
        if order.queue and order.queue not in known:
            text = f"{order.queue} is no queue; there are: {', '.join(known)}."
            return Denial(rule="case.queue", text=text)
        if order.priority and order.priority not in set(Priority):
            text = f"{order.priority} is no priority; there are: {', '.join(Priority)}."
            return Denial(rule="case.priority", text=text)
        if not order.queue and not order.priority:
            return Denial(rule="case.nothing", text="Say which queue or which priority.")
        return self._not_his(actor) or self._closed_by_now("case.closing") or self._accept(actor, order)

    def _note(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        note = AddNote.model_validate(body)
        if note.related and (refused := self._not_related(actor, note.related)):
            return refused
        self._process.notes.append(PacketNote(at=workflow.now(), author=actor.label, text=note.text))
        return self._accept(actor, note)

    def _not_related(self, actor: Actor, other: str) -> Denial | None:
        if other == self.case.id:
            return Denial(rule="case.itself", text=f"Case {other} is not related to itself.")
        return self._not_his(actor)

    def _amend(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        assert self._amends
        order = Amend.model_validate(body)
        if closing := self._closed_by_now("amend.too_late"):
            return closing
        return self._amends.accept_amendment(actor, order.arguments) or self._accept(actor, order)

    @property
    def closing(self) -> Actor | None:
        """Who has closed it, until that is done in the case system."""
        return next((who for who, order in self._orders if isinstance(order, Resolve)), None)

    def _closed_by_now(self, rule: str) -> Denial | None:
        if self.closing is None:
            return None
        return Denial(rule=rule, text=f"{self.closing.label} is closing case {self.case.id} already.")

    def _not_his(self, actor: Actor) -> Denial | None:
        process = self._process
        if actor.kind is not ActorKind.HUMAN:
            return Denial(rule="case.human_only", text="Only a person closes, moves or links a case.")
        if process.owner and process.owner.id != actor.id and process.lease_runs(workflow.now()):
            return Denial(rule="case.held", text=f"{process.owner.label} holds case {self.case.id}; claim it first.")
        return None

    def _accept(self, actor: Actor, order: Value) -> Denial | None:
        process = self._process
        self._orders.append((actor, order))
        if process.held and process.owner and process.owner.id == actor.id:
            let_go_on(process, actor)
        process.nudge()
        process.refresh()
        return None

    # What it does

    async def _carry_out(self) -> None:
        """Orders leave the list when they are done, so that two people never close it twice."""
        while self._orders and not self.case.closed:
            actor, order = self._orders[0]
            match order:
                case AddNote():
                    await self._comment(f"{actor.label}: {order.text}", response=order.to_caller)
                    if order.related:
                        link = CaseLink(case_id=self.case.id, related_id=order.related)
                        await self._write(casework.link_case, link, f"Link case {self.case.id} to {order.related}")
                case Amend():
                    await self._change(actor)
                case Reassign():
                    await self._move(order.queue, order.priority, f"{actor.label}: {order.note or 'reassigned'}")
                case Resolve(into=""):
                    done = CaseResolution(
                        case_id=self.case.id, state=CaseState.RESOLVED, comment=f"{actor.label}: {order.comment}"
                    )
                    await self._write(cases.resolve_case, done, f"Resolve case {self.case.id}")
                case Resolve():
                    merge = CaseMerge(
                        case_id=self.case.id, into_id=order.into, comment=f"{actor.label}: {order.comment or 'merged'}"
                    )
                    await self._write(casework.merge_case, merge, f"Merge case {self.case.id} into {order.into}")
            self._orders.pop(0)

    async def _comment(self, text: str, *, response: bool = False) -> None:
        comment = CaseComment(case_id=self.case.id, text=text, response=response)
        await self._write(casework.comment_case, comment, f"Comment on case {self.case.id}")

    async def _move(self, queue: str, priority: str, why: str) -> None:
        change = CaseChange(case_id=self.case.id, queue=queue, priority=priority, comment=why)
        where = " ".join(filter(None, (queue, priority)))
        await self._write(casework.change_case, change, f"Move case {self.case.id} to {where}")

    async def _change(self, actor: Actor) -> None:
        """As the caller wants it now: a step with its undo, which goes back to what the case was before."""
        assert self._amends
        change = await self._amends.amendment(self.case, actor)
        if change.comment:
            change = self._retimed(change)
            label = f"Change case {self.case.id} as the customer wants it now"
            n = self._number(casework.change_case)
            try:
                changed = await self._saga.step(
                    casework.change_case, change, undo=casework.change_back, label=label, n=n
                )
            except StepRefused as refusal:
                return await self._or_anew(refusal)
            if changed is None:
                return
            self.case = changed.value
        self._amends.amended(self.case)

    async def _or_anew(self, refusal: StepRefused) -> None:
        """A case that does not change in place is taken back and opened anew, unless its team has closed it."""
        if refusal.rule in _ENDS_THE_RUN:
            raise refusal
        await self._look()
        if not self.case.closed:
            raise Amended from refusal

    def _retimed(self, change: CaseChange) -> CaseChange:
        """Another priority has other targets, counted from when it was opened; what was missed already stays missed."""
        if not change.priority:
            return change
        priority, tenant = Priority(change.priority), self._process.call.actor.tenant
        ticks = timetable(self._opened_at, priority, tenant, self._policy)
        self._calendar = self._policy.calendar(tenant, priority)
        for since, until in self._stood_still:
            ticks = put_off(ticks, since, until, self._calendar)
        self.dues = {tick.goal: tick.due for tick in ticks}
        now = workflow.now()
        self._ticks = [
            tick
            for tick in ticks
            if tick.at > now or (tick.stroke is Stroke.ESCALATE and tick.goal not in self._missed)
        ]
        dues = {f"{goal}_due": due for goal, due in self.dues.items()}
        if self.case.first_response_at:
            dues.pop("first_response_due")
        return change.model_copy(update=dues)

    async def _write(self, do: Any, payload: Any, label: str) -> None:
        receipt = await only_tell(self._process, self._saga, do, payload, label, self._number(do))
        if receipt:
            self.case = receipt.value

    def _number(self, do: Any) -> int:
        """Retries of the n-th write count in hundreds above it, amended runs in thousands: keep clear of both."""
        count = self._counts[do.__name__] = self._counts.get(do.__name__, 0) + 1
        return count + 1_000_000 * (count // 100)

    async def _look(self) -> None:
        """The case as it stands now. One that cannot be read is looked at again later."""
        if self.case.closed:
            return
        process = self._process
        process.looks += 1
        try:
            seen: Case = await workflow.execute_activity_method(
                casework.read_case, self.case.id, activity_id=f"read_case/{process.looks}",
                start_to_close_timeout=STEP_TIMEOUT, retry_policy=A_FEW_TIMES, summary="How does the case stand?",
            )  # fmt: skip
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            process.record.add("failed", step="read_case", body={"error": words(failure)})
            return
        if seen != self.case:
            body = {"fact": f"case {seen.id}", "source": "cases", "state": str(seen.state), "queue": seen.queue}
            process.record.add("seen", step="case", body=body)
        self.case = seen

    # Its clock

    async def _strike(self) -> None:
        """Of each goal the last tick that is due: after a long silence nobody is reminded of what is escalated."""
        if self.case.closed:
            return
        self._stand_still()
        now, live = workflow.now(), self._live()
        self._ticks = [tick for tick in self._ticks if tick.at > now or tick not in live]
        for tick in struck(live, now):
            body = {"case": self.case.id, "goal": tick.goal.value, "due": tick.due.isoformat()}
            if tick.stroke is Stroke.REMIND:
                self._process.record.add("waiting", body=body | {"reminded": self.case.queue})
                await self._comment(f"Reminder: the {tick.goal.words} is due at {tick.due:%Y-%m-%d %H:%M} UTC.")
            else:
                await self._escalate(tick, body)

    async def _escalate(self, tick: Tick, body: dict[str, Any]) -> None:
        policy = self._policy
        self._missed.add(tick.goal)
        first = tick.goal is Goal.FIRST_RESPONSE
        rule = policy.escalate_first_response if first else policy.escalate_resolution
        was = Priority(self.case.priority) if self.case.priority in set(Priority) else Priority.NORMAL
        queue, priority = rule.queue or self.case.queue, was.raised(rule.raise_by)
        self._process.record.add("waiting", body=body | {"escalated_to": queue, "priority": priority.value})
        await self._move(queue, priority.value, f"The {tick.goal.words} was due at {tick.due:%Y-%m-%d %H:%M} UTC.")

    def _stand_still(self) -> None:
        """While the customer is waited for, the clock of the resolution stands still."""
        now = workflow.now()
        if self.case.state is CaseState.PENDING:
            self._pending_since = self._pending_since or now
        elif self._pending_since:
            self._stood_still.append((self._pending_since, now))
            self._ticks = put_off(self._ticks, self._pending_since, now, self._calendar)
            self.dues |= {tick.goal: tick.due for tick in self._ticks}
            self._pending_since = None

    def _live(self) -> list[Tick]:
        return still_to_come(
            self._ticks, answered=self.case.first_response_at is not None, pending=self._pending_since is not None
        )

    @property
    def goal(self) -> Goal:
        """What is waited for next."""
        return Goal.RESOLUTION if self.case.first_response_at else Goal.FIRST_RESPONSE

    @property
    def overdue(self) -> bool:
        return self.goal in self._missed

    def _patience(self) -> timedelta:
        """Until the next tick, or the next look when nothing is heard: ever more rarely."""
        now, pause = workflow.now(), self._pause
        self._pause = min(pause * 2, self._policy.look_every)
        return min([pause, *(max(tick.at - now, timedelta(0)) for tick in self._live())])

    def _stirred(self) -> bool:
        """Something happened since the last look began: our own writes are heard of too."""
        process = self._process
        moved = process.looked_again != self._nudged or len(process.events) > self._heard
        return moved or bool(self._orders) or process.withdrawn_by is not None

    def _tell(self) -> None:
        """Again whenever it says something new, or a repair or a person has spoken since."""
        process = self._process
        say, result = self._words(self)
        told, now = process.answer, (say, result, process.effect)
        if process.phase is not Phase.PARKED or (told.say, told.result, told.effect) != now:
            process.tell(Status.ACCEPTED, say, phase=Phase.PARKED, retry_after_s=60, result=result)
