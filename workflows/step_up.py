"""Verify a caller more surely, in the middle of a conversation: a one-time code to an address or number on record.

The model that talks never sees the code's check: whoever hears or types it posts the command `verify` with it, the door
seals it, and the run compares seals. What was proved holds for the interaction, and so for every run of it.
"""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.house import HouseActivities as books
    from activities.house import Vouched, WrongCode
    from activities.messaging import MessagingActivities as messaging
    from activities.sights import OrderSight, Question, SightActivities
    from domain.answers import Denial, Missing, Status
    from domain.assurance import Assurance
    from domain.calls import Actor, ToolCall
    from domain.packet import PacketStep
    from domain.step_up import METHOD, CodePlan, CodeSent, StepUpPolicy, StepUpRequest, opens, rule_step_up

from workflows._asking import Ruling, decide
from workflows._catalog import Tool
from workflows._hands import is_held, stop_if_amended, tell_held
from workflows._holding import hold
from workflows._phase import Phase
from workflows._process import Closed, Process
from workflows._seeing import in_force_for, question, see_reach, value
from workflows._steps import Saga, Taken, house

NO_WAY_BACK = "A message that was sent cannot be called back; its code expires."


@workflow.defn(name="step_up")
class StepUp(Process[StepUpRequest]):
    request_model = StepUpRequest
    policy_model = StepUpPolicy
    while_he_waits = True
    terms: StepUpPolicy

    @workflow.init
    def __init__(self, call: ToolCall) -> None:
        super().__init__(call)
        self.sent: CodeSent | None = None
        """The code that is waited for."""
        self.expires_at: datetime | None = None
        self.wrong = 0
        self.counted = 0
        """How many of the wrong codes are in the book."""
        self.nudges = 0
        """How many of those to look again were followed."""
        self.proven_by: Actor | None = None

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.step_up)

    async def step_up(self, saga: Saga) -> None:
        self.sent = None
        if not self.call.interaction.call_id:
            return self._ask_call_id()
        plan = await decide(self, self.rule)
        if plan is None:
            return
        if plan.order is None:
            return self._verified()
        self.working("I am sending the code.")
        if await self.send(saga, plan):
            await self.await_code(plan)

    async def rule(self) -> Ruling[CodePlan]:
        sight = await see_reach(self, self.question())
        self.terms, trace = in_force_for(StepUpPolicy, sight, sight.segments)
        reach = value(sight.reach) or []
        call_id = self.call.interaction.call_id
        ruled = rule_step_up(self.request, reach, self.terms, self.standing(), call_id, workflow.now())
        return Ruling(
            verdict=ruled.verdict,
            plan=ruled.plan,
            title=f"Verify the caller by a code to {ruled.plan.to}" if ruled.plan else "",
            policy=trace,
        )

    async def send(self, saga: Saga, plan: CodePlan) -> bool:
        """One that may have gone out counts as sent."""
        holder = f"{self.run_key}/{self.generation}"
        await saga.reserve(hold(self, plan.limits, holder))
        label = f"Send a one-time code to {plan.to}"
        receipt = await saga.step(messaging.send_code, plan.order, undo=NO_WAY_BACK, label=label)
        await saga.keep()
        if receipt is None:
            text = "The code could not be sent; offer another way, or call again with the next `resend`."
            self.denied("step_up.not_sent", text)
            return False
        self.sent = receipt.value
        self.expires_at = workflow.now() + self.terms.code_expires_after
        self.level_needed = plan.level
        return True

    async def await_code(self, plan: CodePlan) -> None:
        """Until the right code, the last wrong one, the end of its time; or until the caller is verified otherwise."""
        assert self.expires_at is not None
        while not self.proven_by:
            stop_if_amended(self)
            self._tell_sent()
            left = max(self.expires_at - workflow.now(), timedelta(0))
            awake = await self.park(self._heard, queue="handoffs" if is_held(self) else "", patience=left)
            if self.withdrawn_by:
                return self.denied("caller.withdrew", f"Withdrawn by {self.withdrawn_by.label}.")
            if await self._count_wrong():
                return
            if not awake:
                text = "The code was not given in time; call again with the next `resend` to have another one sent."
                return self.denied("step_up.expired", text)
            if self.looked_again != self.nudges and not self.proven_by and await self._vouched_meanwhile(plan):
                return self._verified()
        await self._record(plan)

    def _heard(self) -> bool:
        nudged = self.looked_again != self.nudges
        return nudged or self.proven_by is not None or self.wrong > self.counted or self.withdrawn_by is not None

    @property
    def waits_for_code(self) -> bool:
        open_now = self.sent is not None and self.expires_at is not None and not self.proven_by
        return open_now and self.phase is not Phase.CLOSED and self.wrong < self.terms.max_wrong

    def take_code(self, actor: Actor, code: str) -> Denial | None:
        """`code` is sealed. One at a time, so that no flood of guesses gets more than its tries."""
        if self.sent is None or self.expires_at is None or self.proven_by or self.phase is Phase.CLOSED:
            return Denial(rule="verify.no_code", text="No code is waited for now.")
        if workflow.now() >= self.expires_at:
            return Denial(rule="step_up.expired", text="This code has expired; have another one sent.")
        if self.wrong >= self.terms.max_wrong:
            return Denial(rule="step_up.locked", text="Too many wrong codes; verification is locked.")
        if not opens(self.sent.seal, code):
            self.wrong += 1
            left = self.terms.max_wrong - self.wrong
            text = f"That is not the code. Tries left: {left}."
            return Denial(rule="step_up.wrong_code", text=text)
        self.proven_by = actor
        self.tell(Status.ACCEPTED, "The code is right.", phase=Phase.DECIDING, retry_after_s=1)
        return None

    async def repair(self, taken: Taken, failure: Exception, *, may_undo: bool) -> str:
        """A code that arrives when somebody has repaired its sending is of no use: the caller asks for another."""
        return "skip"

    async def _count_wrong(self) -> bool:
        """Whether the interaction is locked now."""
        while self.counted < self.wrong:
            self.counted += 1
            last = self.counted >= self.terms.max_wrong
            wrong = WrongCode(
                tenant=self.call.actor.tenant, call_id=self.call.interaction.call_id,
                attempt=f"{self.reference}/{self.counted}", at=workflow.now(),
                max_wrong=1 if last else self.terms.max_wrong, lock_for=self.terms.lock_for,
            )  # fmt: skip
            after: Assurance = await house(books.count_wrong_code, wrong, step=f"count_wrong_code/{self.counted}")
            self.record.add("decided", body={"rule": "step_up.wrong_code", "failures": after.failures})
            if after.locked(workflow.now()):
                self._locked(after)
                return True
        return False

    async def _vouched_meanwhile(self, plan: CodePlan) -> bool:
        """By another run of this interaction, or by a person."""
        self.nudges = self.looked_again  # before looking: what changes meanwhile is looked at again
        await self.take_attestation()
        now = await self._look()
        return now is not None and now.vouches_for(plan.customer_id, plan.level, workflow.now())

    async def _record(self, plan: CodePlan) -> None:
        before = await self._look()
        if before is None or before.customer_id != plan.customer_id:
            text = "The caller's first verification no longer holds; verify the caller by facts on record first."
            return self.denied("step_up.other_caller", text)
        vouched = Vouched(
            tenant=self.call.actor.tenant, call_id=self.call.interaction.call_id, customer_id=plan.customer_id,
            level=plan.level, method=METHOD, at=workflow.now(), valid_for=self.terms.valid_for,
        )  # fmt: skip
        after: Assurance = await house(books.record_assurance, vouched, step="record_assurance")
        if after.locked(workflow.now()):
            return self._locked(after)
        self.assurance, self.record.assurance = after, after.level
        assert self.proven_by is not None
        body = {"level": after.level, "method": after.method}
        self.record.add("verified", body=body, by=self.proven_by)
        self._verified()

    async def _look(self) -> Assurance | None:
        self.looks += 1
        sight: OrderSight = await house(SightActivities.see_house, self.question(), step=f"look/{self.looks}")
        self.assurance = sight.assurance
        return sight.assurance

    def question(self) -> Question:
        return question(self, Question)

    def planned_steps(self) -> list[PacketStep]:
        label = f"Send a one-time code by {self.request.channel}"
        return [PacketStep(name="send_code", label=label, undo=NO_WAY_BACK, irreversible=True)]

    def _tell_sent(self) -> None:
        if is_held(self):
            return tell_held(self)
        assert self.sent is not None
        assert self.expires_at is not None
        left = self.terms.max_wrong - self.wrong
        result: dict[str, Any] = {
            "sent_to": self.sent.to, "channel": str(self.request.channel),
            "expires_at": self.expires_at.isoformat(), "tries_left": left,
        }  # fmt: skip
        again = f"That was not the code; tries left: {left}. " if self.wrong else ""
        say = f"{again}I have sent a code to {self.sent.to}. Please give it to me, or type it in."
        self.tell(Status.NEEDS_VERIFICATION, say, phase=Phase.PARKED, methods=[METHOD], result=result)

    def _verified(self) -> None:
        now = self.assurance
        assert now is not None
        until = now.expires_at.isoformat() if now.expires_at else ""
        result = {"customer_id": now.customer_id, "level": now.level, "method": now.method, "expires_at": until}
        self.done(f"The caller is verified at level {now.level}.", result)

    def _locked(self, after: Assurance) -> None:
        until = f"{after.locked_until:%H:%M} UTC"
        self.denied("step_up.locked", f"Too many wrong codes; verification is locked until {until}.")

    def _ask_call_id(self) -> None:
        reason = "Verification holds for one conversation: give its call id (header X-Call-Id or interaction.call_id)."
        missing = [Missing(field="interaction.call_id", reason=reason)]
        self.tell(Status.NEEDS_INPUT, reason, phase=Phase.CLOSED, missing=missing)


step_up_caller = Tool(
    process=StepUp,
    name="step_up_caller",
    description=(
        "When needs_verification names one_time_code: send a code to the verified caller's e-mail address or number on "
        "record (never to one that the caller names). It waits for the code, which the command `verify` brings "
        "(`code`), from the telephone's keys or from you. Then repeat the request that needed it. Repeat this call "
        "freely: it sends one code; for another one count `resend` up."
    ),
)
