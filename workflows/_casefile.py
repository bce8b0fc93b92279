"""The case of a run for people: opened when the policy says that somebody has to look after it (`case` in the policy).

While the run waits, the case system is told gently: what it does not take now is told at the next turn, and holds
nobody up. At the end it is told for sure, or becomes a repair item: what is left to people must not get lost.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.cases import CaseActivities as cases
    from activities.casework import CaseworkActivities as casework
    from domain.answers import Answer, Status
    from domain.case_terms import TO_DO, CaseTerms, Desk, Occasion, known_case
    from domain.cases import Case, CaseChange, CaseComment, CaseDraft, CaseReopening, CaseResolution, CaseState
    from domain.packet import StepStatus

from workflows._hands import is_held, wait_while_held
from workflows._phase import Phase
from workflows._seeing import until_read
from workflows._steps import A_FEW_TIMES, STEP_TIMEOUT, Saga, Taken

if TYPE_CHECKING:
    from workflows._process import Process

OWN = 2
"""The case that a runbook opens by itself is number one."""
_BY_CALLER = ("caller.", "run.")
GiveUp = Callable[[], bool]


@dataclass
class Begun:
    """A write at the case system that is not seen to be done yet: it is finished before another begins."""

    taken: Taken
    do: Any
    said: int
    """How many of the sentences it tells."""
    desk: Desk | None = None
    """Whose it is then."""
    sure: bool = False
    """It opens or resolves the case: people see to it that it is done. What only tells may be refused."""


class CaseFile:
    def __init__(self, process: "Process[Any]") -> None:
        self.terms: CaseTerms | None = None
        self.case: Case | None = None
        self.mine = False
        """Opened or reopened by this run: it resolves it, too. Another's is only commented on."""
        self.saga = Saga(process)
        """Of its own: the case outlives a request that is amended."""
        self._process = process
        self._desk: Desk | None = None
        self._at: Desk | None = None
        self._unsaid: list[str] = []
        self._waits = ""
        """What was told last of whom it waits for."""
        self._begun: Begun | None = None
        self._ending = False
        self._lock = asyncio.Lock()
        self._numbers: dict[str, int] = {}

    @property
    def open(self) -> bool:
        return self.mine and self.case is not None and not self.case.closed

    # Turns of the run

    async def turn(self, occasion: Occasion, rule: str, text: str, *, give_up: GiveUp | None = None) -> None:
        """The run waits for somebody. `give_up`: not tried again once this holds."""
        if self.terms is None or self._ending:
            return
        desk = self.terms.desk(occasion, rule)
        if desk and desk != self._desk:
            self._desk = desk
            self._record(occasion, rule, desk)
        before, self._waits = self._waits, f"{occasion}/{rule}/{text}"
        if before == self._waits:  # asked again, after somebody held it: known already
            return await self.catch_up(give_up)
        await self._hear(text, give_up)

    async def note(self, text: str, *, give_up: GiveUp | None = None) -> None:
        """Something that whoever looks after it should know; nothing where nobody does."""
        self._waits = ""
        await self._hear(text, give_up)

    async def _hear(self, text: str, give_up: GiveUp | None) -> None:
        if self._desk is None or self._ending:
            return
        self._unsaid.append(text)
        async with self._lock:
            if not self._ending:
                await self._tell(give_up=give_up)

    def heard(self, text: str) -> None:
        """Told with the next turn, or at the end."""
        if self._desk:
            self._unsaid.append(text)

    async def catch_up(self, give_up: GiveUp | None = None) -> None:
        """What was not told while a person held the run."""
        if self._unsaid and self._desk and not self._ending:
            async with self._lock:
                await self._tell(give_up=give_up)

    # Its end

    async def end(self) -> None:
        """Resolved where the run ended well, left open with what is to be done where it is for people, taken back where
        the run was taken back for good. A caller who waits has heard a denial by then."""
        process, final = self._process, self._process.answer
        desk = self._desk_at_end(final)
        nothing = desk is None and self.case is None and not self.saga.taken
        if nothing or _switched_off(final):
            return
        process.leave_queue()
        heard = final.status is Status.DENIED and process.callers_waiting > 0
        if not heard:
            process.working("I am finishing up.")
        self._ending = self.saga.committed = True
        if final.status is Status.UNDONE:  # as all else is taken back, whoever holds it
            process.goes_on = True
        async with self._lock:
            await self._close(final, desk)
        if not heard:
            process.phase = Phase.CLOSED
            process.answer = final.model_copy(update={"revision": process.answer.revision + 1})

    def _desk_at_end(self, final: Answer) -> Desk | None:
        rule = final.denied.rule if final.denied else ""
        occasion = _ENDS.get(final.status)
        if self.terms is None or occasion is None or _switched_off(final):
            return None
        if occasion is Occasion.UNDONE and rule.startswith(_BY_CALLER):
            return None
        desk = self.terms.desk(occasion, rule)
        if desk:
            self._record(occasion, rule, desk)
            return desk.model_copy(update={"to_do": desk.to_do or TO_DO[occasion]})
        return None

    async def _close(self, final: Answer, desk: Desk | None) -> None:
        said = f"{final.say} ({final.denied.rule})" if final.denied else final.say
        if desk:
            self._desk = desk
            self._unsaid.append(f"{said} To do: {desk.to_do}")
            return await self._tell(firmly=True)
        if final.status is Status.UNDONE:
            if self.case and not self.mine and not self.case.reference.startswith(f"{self._process.run_key}/"):
                self._unsaid.append(said)
                await self._tell()
            return await self._process.undo(self.saga)
        await self._finish_begun()
        self._unsaid.append(said)
        if self.open:
            await self._resolve()
        elif self.case:
            await self._tell()

    async def _resolve(self) -> None:
        assert self.case
        done = CaseResolution(case_id=self.case.id, state=CaseState.RESOLVED, comment=" ".join(self._unsaid))
        label = f"Resolve case {self.case.id}"
        taken = self.saga.plan(cases.resolve_case, done, undo=None, label=label, n=self._number(cases.resolve_case))
        await self._carry(Begun(taken, cases.resolve_case, len(self._unsaid), sure=True), firmly=True)

    # Telling the case system

    async def _tell(self, *, firmly: bool = False, give_up: GiveUp | None = None) -> None:
        """All that is not said yet, at the right desk. While a person holds the run, nothing."""
        while True:
            if firmly:
                await wait_while_held(self._process)
            begun = self._begun or await self._next(firmly)
            if begun is None or not await self._carry(begun, firmly=firmly, give_up=give_up):
                return

    async def _finish_begun(self) -> None:
        """What may have been opened is seen to its end; what was not is not opened any more. What could not be told is
        told with the end."""
        begun = self._begun
        if begun and begun.sure and begun.taken.view.status is StepStatus.UNKNOWN:
            await self._carry(begun, firmly=True)
        elif begun and not begun.sure:
            await self._carry(begun)
        self._begun = None

    async def _next(self, firmly: bool) -> Begun | None:
        case, desk = self.case, self._desk
        if is_held(self._process) or desk is None:
            return None
        if case is None:
            found = await self._look(firmly)
            return None if found is None else self._begin(found, desk)
        if self.mine and self._at != desk:
            return self._move(case, desk)
        return self._comment(case) if self._unsaid else None

    def _begin(self, found: list[Case], desk: Desk) -> Begun | None:
        """Opened, unless there is one about this already: then it is the one, and is opened again where need be."""
        process = self._process
        matter = process.matter()
        known = known_case(matter, self._category, found, process.run_key)
        if known and not known.closed:
            self.case = known
            return self._comment(known)
        self.mine = True
        if known:
            return self._reopen(known, desk)
        draft = CaseDraft(
            subject=matter.subject, customer_id=process.record.customer_id, order_id=matter.order_id, queue=desk.queue,
            priority=desk.priority, category=self._category, body=self._words, links=matter.links,
            records=matter.records,
        )  # fmt: skip
        label = f"Open a case for {desk.queue.replace('_', ' ')}"
        taken = self.saga.plan(cases.open_case, draft, undo=cases.withdraw_case, label=label, n=OWN)
        return Begun(taken, cases.open_case, len(self._unsaid), desk, sure=True)

    def _reopen(self, known: Case, desk: Desk) -> Begun:
        again = CaseReopening(case_id=known.id, comment=self._words)
        label = f"Reopen case {known.id}"
        taken = self.saga.plan(casework.reopen_case, again, undo=casework.close_again, label=label, n=OWN)
        there = desk if desk.queue == known.queue else None
        return Begun(taken, casework.reopen_case, len(self._unsaid), there, sure=True)

    def _move(self, case: Case, desk: Desk) -> Begun:
        records = [record for record in self._process.matter().records if record not in case.records]
        change = CaseChange(
            case_id=case.id, queue=desk.queue, priority=desk.priority, records=records, before=case,
            comment=self._words or f"For {desk.queue}.",
        )  # fmt: skip
        taken = self.saga.plan(
            casework.change_case, change, undo=casework.change_back, label=f"Move case {case.id} to {desk.queue}",
            n=self._number(casework.change_case),
        )  # fmt: skip
        return Begun(taken, casework.change_case, len(self._unsaid), desk)

    def _comment(self, case: Case) -> Begun:
        comment = CaseComment(case_id=case.id, text=self._words)
        taken = self.saga.plan(
            casework.comment_case, comment, undo=None, label=f"Comment on case {case.id}",
            n=self._number(casework.comment_case),
        )  # fmt: skip
        return Begun(taken, casework.comment_case, len(self._unsaid), self._at)

    async def _carry(self, begun: Begun, *, firmly: bool = False, give_up: GiveUp | None = None) -> bool:
        """False: not done now. `firmly`: until it is, or two people let it go; what only tells may be refused."""
        self._begun, taken = begun, begun.taken
        if firmly:
            await wait_while_held(self._process)
        receipt = None
        if not (firmly and begun.sure) and not is_held(self._process):
            receipt = await self.saga.attempt(taken, begun.do, give_up=give_up)
        if receipt is None and not firmly:
            return False
        if receipt is None and (begun.sure or taken.view.retryable):
            taken.undo = None  # nothing is taken back any more
            receipt = await self.saga.finish(taken, begun.do)
        self._begun, self._unsaid = None, self._unsaid[begun.said :]
        if receipt:
            self.case = receipt.value
        self._at = begun.desk
        return self.case is not None

    async def _look(self, firmly: bool) -> list[Case] | None:
        """The customer's cases; None: they cannot be read now."""
        process = self._process
        customer = process.record.customer_id
        if not customer:
            return []
        process.looks += 1
        step = f"find_cases/{process.looks}"
        if firmly:
            label = "Looking for a case about this"
            seen: list[Case] = await until_read(
                process, casework.find_cases_of, customer, step=step, label=label, may_undo=False
            )
            return seen
        try:
            found: list[Case] = await workflow.execute_activity_method(
                casework.find_cases_of, customer, activity_id=step, start_to_close_timeout=STEP_TIMEOUT,
                retry_policy=A_FEW_TIMES, summary="Is there a case about this already?",
            )  # fmt: skip
            return found
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            return None

    @property
    def _words(self) -> str:
        return " ".join([*self._unsaid, f"Reference {self._process.reference}."])

    @property
    def _category(self) -> str:
        policy = self._process.policy_model
        return policy.name if policy else ""

    def _number(self, do: Any) -> int:
        """Beside what the runbook does at the case system itself; retries count in hundreds."""
        count = self._numbers[do.__name__] = self._numbers.get(do.__name__, OWN - 1) + 1
        return count + 1_000_000 * (count // 100)

    def _record(self, occasion: Occasion, rule: str, desk: Desk) -> None:
        who = {"on": occasion.value, "rule": rule, "queue": desk.queue, "priority": desk.priority.value}
        self._process.record.add("waiting", body={"case_for": who}, policy=self._process.record.policy)


def _switched_off(final: Answer) -> bool:
    """Nothing is done for this kind of actor: at the case system neither."""
    return final.denied is not None and final.denied.rule.endswith(".switched_off")


_ENDS = {Status.DENIED: Occasion.DENIED, Status.UNDONE: Occasion.UNDONE}
