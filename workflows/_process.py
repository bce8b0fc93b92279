"""A process: one durable run with its answer, its commands, and the people it may have to ask.

A workflow file states facts to read, rules to judge by and steps to take; everything that all processes share is here
and in the modules beside: `_asking` (caller and people), `_steps` (undo), `_repair`, `_packet`, `_record` (evidence).
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.house import HouseActivities, Vouched
    from activities.looking import HELD, LOOK, seen
    from connectors.effects import WriteRef
    from connectors.events import InboundEvent
    from domain.answers import Answer, Denial, Effect, Missing, Status
    from domain.approvals import Gate, Vote
    from domain.assurance import Assurance
    from domain.calls import Actor, Known, ToolCall
    from domain.case_terms import Matter
    from domain.commands import Command, Reply, Verify
    from domain.evidence import PolicyTrace
    from domain.facts import Fact
    from domain.inquiries import Inquiry
    from domain.money import Money
    from domain.packet import Packet, PacketNote, PacketStep, ReturnPacket, Slot, SlotSource
    from domain.policies import PolicyBase
    from domain.rejections import Rejection
    from domain.standing import Standing
    from domain.values import Value, digest
    from domain.work import WorkView

from workflows import _advice, _commands, _correcting, _hands, _packet, _repair
from workflows._casefile import CaseFile
from workflows._phase import Phase
from workflows._record import Record
from workflows._related import cases_of
from workflows._steps import UNTIL_DONE, Saga, StepRefused, Taken, house

R = TypeVar("R", bound=Value)
_RECORDED = ("outcome", "digest", "reason", "action", "level", "in_bulk")
"""Words of a command that evidence keeps; free text it does not."""
_NO_RULES = ("system.", "repair.", "run.", "caller.")
"""Why a run was taken back, other than by a business rule."""
ATTESTED_FOR = timedelta(minutes=30)
STATUS = SearchAttributeKey.for_keyword("HandrailStatus")
QUEUE = SearchAttributeKey.for_keyword("HandrailQueue")
CUSTOMER = SearchAttributeKey.for_keyword("HandrailCustomer")
OWNER = SearchAttributeKey.for_keyword("HandrailOwner")
DUE_AT = SearchAttributeKey.for_datetime("HandrailDueAt")
VALUE = SearchAttributeKey.for_int("HandrailValue")
CURRENCY = SearchAttributeKey.for_keyword("HandrailCurrency")


class Ask(Value):
    """A tool call as a run receives it. `nonce` tells a fresh reply from a recorded one."""

    call: ToolCall
    until: str = "finished"
    nonce: str = ""


class Closed(Value):
    """How a run ended; what later calls with the same identity are answered."""

    answer: Answer
    arguments_digest: str
    earlier_digests: list[str] = []
    """Of what was asked before it was amended: those calls mean this run too."""
    call: ToolCall | None = None
    """What was asked, as it is now."""
    customer_id: str = ""
    """The verified caller then."""
    title: str = ""
    promises: list[str] = []
    """Sentences that were said to the caller."""
    sources: dict[str, str] = {}
    """Of arguments that came later than the call: who brought them."""


class Process(Generic[R]):
    """Base of all processes. A subclass names its request model and gives `run` its runbook."""

    request_model: ClassVar[type[Value]]
    policy_model: ClassVar[type[PolicyBase] | None] = None
    """The policy document that it reads."""
    reads_only: ClassVar[bool] = False
    """A lookup: it changes nothing."""
    while_he_waits: ClassVar[bool] = False
    """Of no use once the caller has hung up: when a system does not answer in time it ends, and nobody is asked to
    repair it."""
    takes_any_arguments: ClassVar[bool] = False
    """One run per conversation: whoever asks for it otherwise means this one."""
    personal_arguments: ClassVar[frozenset[str]] = frozenset()
    """Arguments that are a person's data: evidence keeps them beside the chain."""
    personal_results: ClassVar[frozenset[str]] = frozenset()
    """Parts of the result that evidence does not keep: what they tell is in the record of other runs."""

    @workflow.init
    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.request: R = self.request_model.model_validate(call.arguments)  # type: ignore[assignment]
        self.run_key = workflow.info().workflow_id
        self.reference = self.run_key.split(":", 1)[1]
        self.arguments_digest = digest(call.arguments)
        self.record = Record(call, self.reference, lambda: self.acting)
        self.record.tells_records = self.reads_only
        self.phase = Phase.DECIDING
        self.answer = Answer(
            status=Status.ACCEPTED, reference=self.reference, say="Your request is logged.", retry_after_s=1
        )
        self.title = ""
        self.assurance: Assurance | None = None
        self.contact_changed: dict[str, datetime] = {}
        """When what is on record to reach the caller was changed last, by the CRM and by us."""
        self.held_assurance: Assurance | None = None
        """Of the caller when people were asked: their decision rests on it, however late it comes."""
        self.facts: list[Fact[Any]] = []
        self.rejections: list[Rejection] = []
        """What people declined for this customer before, as it was read with the facts."""
        self.effect: Effect | None = None
        self.policy: PolicyTrace | None = None
        self.confirmed: list[str] = [call.confirm] if call.confirm else []
        self.approved: list[str] = []
        self.gate: Gate | None = None
        self.gates_opened = 0
        self.edited: Vote | None = None
        """What a person changed of what he approved, at the gate before this one."""
        self.inquiries: list[Inquiry] = []
        """What people asked before they decided: it outlives a gate that became void."""
        self.repairs: dict[str, _repair.Repair] = {}
        self.repair_counts: dict[str, int] = {}
        self.attested: tuple[Actor, Verify] | None = None
        self.steps: list[PacketStep] = []
        self.notes: list[PacketNote] = []
        self.promises: list[str] = []
        self.begun_here: list[WorkView] = []
        """Of a whole conversation that was handed off: what was begun in it."""
        self.owner: Actor | None = None
        self.owner_until: datetime | None = None
        self.lease: asyncio.Task[None] | None = None
        self.corrections: dict[str, str] = {}
        """What people made of a step in a repair, in a sentence that the caller is told."""
        self.withdrawn_by: Actor | None = None
        self.cancel_requested = False
        self.saga: Saga | None = None
        self.casefile = CaseFile(self)
        self.callers_waiting = 0
        self.looked_again = 0
        self.held = False
        """A person has taken the run over; no step of the agent's is taken."""
        self.goes_on = False
        """He lets it take its steps."""
        self.word_of: Actor | None = None
        """Who said so: what goes on after he has released it goes on in his name."""
        self.held_because = ""
        self.handed: _hands.Handed | None = None
        """Why the agent, or the house, gave it to people."""
        self.returned: ReturnPacket | None = None
        self.taken_over_with: dict[str, Any] = {}
        """The arguments when a person took it over: what differs when he hands it back are his edits."""
        self.level_needed = 0
        """Of assurance, for what is waited for."""
        self.known: dict[str, Known] = dict(call.known)
        """What was not said to this run, but in its conversation before, by field."""
        self.known_heard = False
        """The caller has said yes to an effect that rests on it."""
        self.brought: list[Slot] = []
        """Answers to questions that are no arguments."""
        self.brought_by: dict[str, SlotSource] = {}
        """Arguments that came later than the call, or from somebody else."""
        self.decided = False
        self.begin_anew = False
        self.generation = 0
        """Grows each time the request is amended after steps were begun: its writes have keys of their own."""
        self.earlier_digests: list[str] = []
        self.looks = 0
        self.events: list[InboundEvent] = []
        self.switches_heard = 0
        self.seen_messages: set[str] = set()
        self.moving_on = False
        """The run is about to go on as a new one: whoever waits for it asks that one."""
        self._flushes: set[asyncio.Task[Any]] = set()
        self._status_shown = self._queue_shown = ""

    # What doors say to a run

    @workflow.update(name="call")
    async def answer_call(self, ask: Ask) -> Reply:
        """A tool call that starts or joins this run."""
        self._reached_at(ask.call.interaction.callback_number)
        asked_before = digest(ask.call.arguments) in (self.arguments_digest, *self.earlier_digests)
        if not asked_before and not self.takes_any_arguments:
            text = f"{self.reference} was asked for with other arguments; use another request_id for another request."
            return self.reply(ask.nonce, Denial(rule="request.other_arguments", text=text))
        if self.held:
            return self.reply(ask.nonce)
        if ask.call.confirm and self.phase is not Phase.CLOSED:
            _commands.confirm(self, ask.call.confirm)  # another effect's digest changes nothing: he is asked anew
        elif self.answer.status is Status.NEEDS_VERIFICATION:
            self.look_again()
        self.callers_waiting += 1
        await workflow.wait_condition(lambda: self._answered(ask.until))
        self.callers_waiting -= 1
        return self.reply(ask.nonce)

    @workflow.update(name="command")
    async def answer_command(self, command: Command) -> Reply:
        """A command by a caller or a person. The state changes before anything is awaited: one winner."""
        return self.obey(command)

    @workflow.signal(name="command_later")
    async def command_later(self, command: Command) -> None:
        """The same command, left durably by a door that got no answer in time."""
        self.obey(command)

    @workflow.update(name="next")
    async def next_answer(self, revision: int) -> Reply:
        """The first answer that is newer than `revision`. One update serves all who wait for it."""
        await workflow.wait_condition(
            lambda: self.answer.revision > revision or self.phase is Phase.CLOSED or self.moving_on
        )
        return self.reply("")

    @workflow.signal(name="event")
    async def hear(self, event: InboundEvent) -> None:
        """A vendor told us something: a hint to look, not the truth."""
        self.events.append(event)

    @workflow.signal(name="switched")
    async def switched(self) -> None:
        """A kill switch was thrown: a step that it stopped is tried again now."""
        self.switches_heard += 1

    @workflow.update(name=LOOK)
    async def look_at(self, what: str) -> None:
        """`answer`, `packet` or `held` of now: its validator answers, by refusing with it (`activities.looking`)."""

    @look_at.validator
    def answer_look(self, what: str) -> None:
        raise seen({"packet": self.packet, HELD: self.is_held}.get(what, self.current)())

    # The same by a query: once the run has ended

    @workflow.query(name="answer")
    def current(self) -> Closed:
        return self._closed()

    @workflow.query(name=HELD)
    def is_held(self) -> bool:
        """A step asks, just before it writes what it had to read something for."""
        return _hands.is_held(self)

    @workflow.query(name="packet")
    def packet(self) -> Packet:
        return _packet.build(self)

    # What a runbook uses

    async def conduct(self, runbook: Callable[[Saga], Any]) -> Closed:
        """Run the book to its end; undo when a step cannot happen; close only when the evidence is written."""
        saga = self.saga = self.saga or Saga(self)
        try:
            saga = await self._run_and_amend(runbook, saga)
        except StepRefused as refusal:
            saga = self.saga
            await self._take_back(saga, refusal)
        except (FailureError, asyncio.CancelledError):
            # Other errors are bugs: they fail the workflow task, not the run, and a deployed fix resumes it.
            current = asyncio.current_task()
            if current:
                current.uncancel()
            saga = self.saga
            text = "It was stopped by an operator, or an internal step failed."
            await self._take_back(saga, StepRefused("run.cancelled", text))
        await self._close()
        return self._closed()

    async def _end_case(self, saga: Saga) -> None:
        """An operator cannot cancel it any more."""
        saga.committed, saga.final = True, saga.final or f"{self.reference} is being closed"
        self.begin_anew = False
        await self._run(self.casefile.end(), saga)

    async def _run_and_amend(self, runbook: Callable[[Saga], Any], saga: Saga) -> Saga:
        """Amended after steps were begun: they are undone, and the book is run anew with the request of now."""
        while True:
            try:
                await self._run(runbook(saga), saga)
                return saga
            except (_hands.Amended, StepRefused) as stopped:
                if isinstance(stopped, StepRefused) and not self._wanted_otherwise:
                    raise
                self.working("I am changing your request: what was begun is taken back first.")
                await self.undo(saga)
                self.begin_anew = self.decided = False
                self.generation += 1
                saga = self.saga = Saga(self)

    @property
    def unwanted(self) -> bool:
        """As it was asked for: amended after steps were begun, or withdrawn, and that is still to come."""
        asked_otherwise = self.begin_anew or self.withdrawn_by is not None
        return asked_otherwise and (self.saga is None or self.saga.may_begin_anew)

    @property
    def _wanted_otherwise(self) -> bool:
        """What a step was refused for is asked for no more: the request was amended meanwhile."""
        return self.begin_anew and self.withdrawn_by is None and not self.cancel_requested

    async def _run(self, runbook: Coroutine[Any, Any, None], saga: Saga) -> None:
        """Cancelled by an operator it stops, until money moves; from then on it goes on to its end."""
        task = asyncio.create_task(runbook)
        while not task.done():
            try:
                await workflow.wait([task])
            except asyncio.CancelledError:
                self.cancel_requested = True
                current = asyncio.current_task()
                if current:
                    current.uncancel()
                if not saga.committed:
                    task.cancel()
        task.result()

    def standing(self) -> Standing:
        return Standing(
            actor=self.acting, assurance=self.assurance, confirmed=self.confirmed, approved=self.approved,
            contact_changed=self.contact_changed,
        )  # fmt: skip

    @property
    def acting(self) -> Actor:
        """Whose authority counts now: the requester's, or that of the person who has taken over."""
        person = self.owner or self.word_of
        return person if self.held and person else self.call.actor

    def lease_runs(self, now: datetime) -> bool:
        return self.owner_until is not None and self.owner_until > now

    def mint(self, step: str, n: int = 1) -> WriteRef:
        """From business identity: every attempt, replay and restart carries the same key."""
        return WriteRef(run=self.run_key, step=step, n=n + 1000 * self.generation, minted_at=workflow.now())

    def stop_if_withdrawn(self) -> None:
        """Raises StepRefused when the caller took the request back, or an operator cancelled the run. Never once money
        moves: between two tenders the first is gone already, and the run goes on to its end."""
        if self.saga and self.saga.committed:
            return
        if self.withdrawn_by:
            raise StepRefused("caller.withdrew", f"Withdrawn by {self.withdrawn_by.label}.")
        if self.cancel_requested:
            raise StepRefused("run.cancelled", "Cancelled by an operator.")

    def tell(self, status: Status, say: str, *, phase: Phase, **fields: Any) -> None:
        """The run's answer from now on."""
        effect = fields.pop("effect", self.effect)
        if self.returned:
            fields["result"] = (fields.get("result") or {}) | {"returned": self.returned.model_dump(mode="json")}
        self.phase = phase
        self.answer = Answer(
            status=status, reference=self.reference, say=say, terminal=phase is Phase.CLOSED, effect=effect,
            digest=effect.digest if effect else "", revision=self.answer.revision + 1, **fields,
        )  # fmt: skip
        self.answer = self.answer.model_copy(update={"next": _commands.legal(self)})

    @property
    def told(self) -> Answer:
        """The answer with the commands that are legal at this moment: leases end and money moves without a new one."""
        return self.answer.model_copy(update={"next": _commands.legal(self)})

    def refresh(self) -> None:
        """The legal commands changed without a new answer: somebody claimed, noted or voted."""
        changes = {"next": _commands.legal(self), "revision": self.answer.revision + 1}
        self.answer = self.answer.model_copy(update=changes)

    def working(self, say: str) -> None:
        self.tell(Status.ACCEPTED, say, phase=Phase.WORKING, retry_after_s=1)

    def done(self, say: str, result: dict[str, Any]) -> None:
        say = " ".join([say, *self.corrections.values()])
        self.tell(Status.DONE, say, phase=Phase.CLOSED, result=result)

    def denied(self, rule: str, text: str, **fields: Any) -> None:
        self.tell(Status.DENIED, text, phase=Phase.CLOSED, denied=Denial(rule=rule, text=text), **fields)

    async def park(
        self, until: Callable[[], bool], *, queue: str, patience: timedelta | None = None, due: datetime | None = None
    ) -> bool:
        """Wait for somebody. What happened so far becomes durable evidence meanwhile. False: the time is over."""
        self.waits_in(queue, due or (workflow.now() + patience if patience else None))
        try:
            await workflow.wait_condition(until, timeout=patience)
        except TimeoutError:
            return until()
        return True

    def waits_in(self, queue: str, due: datetime | None) -> None:
        """Whoever looks after this queue finds it from now on."""
        self._show(queue, due)
        self.flush_if_idle()

    async def repair(self, taken: Taken, failure: Exception, *, may_undo: bool) -> str:
        """`retry`, `edit` (the step has another input now), `skip` or `undo_all`."""
        while True:
            repair = await _repair.wait_for_repair(self, taken, failure, may_undo=may_undo)
            if repair.ordered != "edit":
                return repair.ordered
            refused = await _correcting.correct(self, taken, repair.input, repair.proposers)
            if refused is None:
                return "edit"
            failure = ApplicationError(refused.text, type="rejected", non_retryable=True)

    def own_commands(self) -> dict[str, Callable[[Actor, dict[str, Any]], Denial | None]]:
        """Commands that only this process has, while they are legal. With any, a person may claim the run."""
        return {}

    def barred(self) -> frozenset[str]:
        """Commands that would be refused at this moment, whoever gives them: they are not listed."""
        return frozenset()

    def edit(self, gate: Gate, actor: Actor, edits: dict[str, Any]) -> str | Denial:
        """What a person changes of what he approves: judged by the facts that the gate rests on. Answers the digest of
        effect + facts + policy version that it comes to. A process that names nothing `editable` is never asked."""
        raise NotImplementedError

    @property
    def waits_for_code(self) -> bool:
        """A one-time code was sent and may be given, by whoever has the caller."""
        return False

    def take_code(self, actor: Actor, code: str) -> Denial | None:
        """A one-time code, sealed by the door: for the process that waits for one."""
        return Denial(rule="verify.no_code", text="No code is waited for here.")

    def shape_of(self, missing: Missing) -> dict[str, Any]:
        """Of the answer to a question, as a JSON Schema."""
        return _advice.text_or_choice(missing)

    def matter(self) -> Matter:
        """What its case is about, where the policy wants one."""
        order_id = getattr(self.request, "order_id", "")
        what = workflow.info().workflow_type.replace("_", " ").capitalize()
        links = [case.id for case in cases_of(self, order_id)] if order_id else []
        return Matter(subject=f"{what} of order {order_id}" if order_id else what, order_id=order_id, links=links)

    def planned_steps(self) -> list[PacketStep]:
        """What would be done if the rules allowed it now: shown to whoever decides."""
        return []

    def look_again(self) -> None:
        """Something outside may have changed: the caller was verified, say."""
        self.nudge()
        self.phase = Phase.DECIDING

    def nudge(self) -> None:
        """Whoever waits for the caller or a person looks again: the request or its owner changed."""
        self.looked_again += 1

    async def take_attestation(self) -> None:
        """A person vouched for the caller: recorded for the whole interaction, before the facts are read again."""
        if self.attested is None:
            return
        actor, verify = self.attested
        self.attested = None
        customer = verify.customer_id or (self.assurance.customer_id if self.assurance else "")
        if not customer or not self.call.interaction.call_id:
            return
        vouched = Vouched(
            tenant=self.call.actor.tenant, call_id=self.call.interaction.call_id, customer_id=customer,
            level=verify.level, method=f"attested:{verify.method or actor.id}", at=workflow.now(),
            valid_for=ATTESTED_FOR,
        )  # fmt: skip
        await house(HouseActivities.record_assurance, vouched, step=f"record_assurance/{self.looked_again}")
        self.record.add("verified", body={"level": verify.level, "by": actor.id}, by=actor)

    # Machinery

    def obey(self, command: Command) -> Reply:
        if command.message_id and command.message_id in self.seen_messages:
            return self.reply(command.message_id)
        self.seen_messages.add(command.message_id)
        refused = _commands.obey(self, command)
        body = {"command": command.name, "refused": refused.model_dump(mode="json") if refused else None}
        for_record = {k: v for k, v in command.body.items() if k in _RECORDED}
        actor, more = command.actor, {}
        if actor.mandate:
            more = {"on_behalf_of": actor.mandate.principal}
            for_record |= {"delegation": actor.mandate.delegation} | more
        self.record.add("commanded", by=actor, body=body | for_record, **more)
        return self.reply(command.message_id, refused)

    def reply(self, nonce: str, refused: Denial | None = None) -> Reply:
        if refused is None and self.answer.say and self.answer.say not in self.promises[-1:]:
            self.promises.append(self.answer.say)
        return Reply(answer=self.told, refused=refused, nonce=nonce)

    def _reached_at(self, number: str) -> None:
        """The caller's number, when he gives it later than at first."""
        if number:
            interaction = self.call.interaction.model_copy(update={"callback_number": number})
            self.call = self.call.model_copy(update={"interaction": interaction})

    def split_arguments(self, arguments: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        """Personal and plain ones."""
        personal = {k: str(v) for k, v in arguments.items() if k in self.personal_arguments}
        return personal, {k: v for k, v in arguments.items() if k not in personal}

    def flush_if_idle(self) -> None:
        """Write what is pending, unless a step is about to carry it."""
        if self.record.pending and self.phase is Phase.PARKED:
            task = asyncio.create_task(self._flush())
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)

    async def _flush(self) -> None:
        await workflow.wait_condition(lambda: True)  # after the handlers that now answer: what they say comes along
        if events := self.record.drain():
            await workflow.execute_activity_method(
                HouseActivities.record_evidence, events, start_to_close_timeout=timedelta(seconds=10),
                retry_policy=UNTIL_DONE, summary="Record evidence",
            )  # fmt: skip

    async def _take_back(self, saga: Saga, why: StepRefused) -> None:
        saga.given_up = why.text
        self.tell(Status.ACCEPTED, "That did not work; I am taking back what was begun.", phase=Phase.WORKING)
        begun = [taken for taken in saga.taken if taken.view.status.value in ("done", "unknown", "failed")]
        await self.undo(saga)
        denial = Denial(rule=why.rule, text=why.text)
        changed = any(taken.ref.step != "reserve_limits" for taken in begun)
        if not changed and (self.while_he_waits or not why.rule.startswith(_NO_RULES)):
            return self.denied(why.rule, why.text, retry_after_s=why.retry_after_s)
        say = f"{self.title or 'Your request'} was not carried out: {why.text} Everything before it was taken back."
        self.tell(Status.UNDONE, say, phase=Phase.CLOSED, denied=denial)

    async def undo(self, saga: Saga) -> None:
        failed = await saga.undo_all()
        while failed:
            await _repair.wait_for_undo(self, failed)
            failed = await saga.undo_all()
        self.leave_queue()

    def _closed(self) -> Closed:
        return Closed(
            answer=self.told, arguments_digest=self.arguments_digest, earlier_digests=self.earlier_digests,
            call=self.call, customer_id=self.record.customer_id, title=self.title, promises=list(self.promises),
            sources={name: str(source) for name, source in self.brought_by.items()},
        )  # fmt: skip

    async def _close(self) -> None:
        self.phase = Phase.CLOSED
        if self.saga and self.casefile.terms:
            await self._end_case(self.saga)
        closed_by = self.acting
        self.owner, self.held = None, False
        if not self.answer.terminal:
            self.answer = self.answer.model_copy(update={"terminal": True, "next": []})
        self._show("", None)
        answer = self.answer
        result = answer.result and {k: v for k, v in answer.result.items() if k not in self.personal_results}
        body = {"status": str(answer.status), "say": answer.say, "result": result, "effect": answer.digest}
        self.record.add("closed", body=body, policy=self.record.policy, by=closed_by)
        await self.written()

    async def written(self) -> None:
        """Nobody is owed a reply, and all that happened is evidence."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        while self.record.pending or self._flushes:
            if self._flushes:
                await workflow.wait(list(self._flushes))
            if self.record.pending:
                await workflow.execute_local_activity_method(
                    HouseActivities.record_evidence, self.record.drain(), activity_id="record_evidence",
                    start_to_close_timeout=timedelta(seconds=5), retry_policy=UNTIL_DONE,
                )  # fmt: skip
            await workflow.wait_condition(workflow.all_handlers_finished)

    def _answered(self, until: str) -> bool:
        if self.phase in (Phase.PARKED, Phase.CLOSED):
            return True
        return until == "decided" and self.phase is Phase.WORKING

    def _show(self, queue: str, due: datetime | None) -> None:
        """One search-attribute upsert per state change: the inbox is a query, never a second queue."""
        shown = f"{self.answer.status}/{queue}/{due}"
        if shown == self._status_shown:
            return
        self._status_shown, self._queue_shown = shown, queue
        value: Money | None = self.effect.amount if self.effect else None
        updates: list[Any] = [STATUS.value_set(str(self.answer.status)), QUEUE.value_set(queue or "none")]
        updates.append(DUE_AT.value_set(due) if due else DUE_AT.value_unset())
        if self.record.customer_id:
            updates.append(CUSTOMER.value_set(self.record.customer_id))
        if value:
            updates += [VALUE.value_set(value.minor), CURRENCY.value_set(value.currency)]
        workflow.upsert_search_attributes(updates)
        if self.title and self.phase is Phase.PARKED:
            workflow.upsert_memo({"title": self.title} | ({"gate": self._gate_tag(self.gate)} if self.gate else {}))

    def leave_queue(self) -> None:
        """Nobody is waited for any more: a step that was repaired goes on, a gate is decided."""
        if self._queue_shown and not self.repairs:
            self._show("", None)

    def _gate_tag(self, gate: Gate) -> dict[str, Any]:
        """What the inbox tells of it: `handrail.rail.GateTag`."""
        return {
            "digest": gate.digest, "rule": gate.rule, "roles": gate.roles, "roles_late": gate.roles_late,
            "requesters": sorted(gate.requesters), "bulk_up_to": gate.bulk_up_to,
        }  # fmt: skip

    def show_owner(self) -> None:
        """Whose it is, while his lease runs: the inbox tells by it what can be had."""
        holder = self.owner.id if self.owner and self.lease_runs(workflow.now()) else ""
        workflow.upsert_search_attributes([OWNER.value_set(holder) if holder else OWNER.value_unset()])
