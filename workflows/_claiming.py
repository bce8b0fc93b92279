"""What opening and reopening a claim share: reserve before any payment, people where the rules want them, payment,
and a closure that leaves nothing open."""

from abc import abstractmethod
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.claim_sights import ClaimSight
    from activities.claims import ClaimActivities as claims
    from activities.crm import CrmActivities as crm
    from activities.house import Hold, HouseActivities
    from activities.payouts import PayoutActivities as payouts
    from activities.sights import Question
    from domain.cases import CustomerNote
    from domain.claim_adjusting import NO_WAY_BACK, ClaimFacts, ClaimPlan, RuledClaim
    from domain.claim_policy import ClaimPolicy
    from domain.claim_triage import Lane
    from domain.claims import ActivitySetting, Closure, PaymentRecord, ReserveSetting
    from domain.evidence import PolicyTrace
    from domain.limits import LimitEntry
    from domain.packet import PacketStep
    from domain.payments import RefundState
    from domain.payouts import Payout, PayoutOrder
    from domain.values import Value
    from domain.verdicts import AskInput, Deny

from workflows._asking import Ruling, decide
from workflows._phase import Phase
from workflows._process import Process
from workflows._seeing import see_claims, until_read, value
from workflows._settling import FIRST_LOOK, LONGEST_PAUSE
from workflows._steps import TELLS, Saga, StepRefused, settle_accounts

R = TypeVar("R", bound=Value)


class Claiming(Process[R]):
    """`judge` is the subclass's; `claim_reference` is what the claim is listed under in the claims system."""

    policy_model = ClaimPolicy
    promised = ""
    """The digest of the effect that the reserve was set for."""

    @abstractmethod
    def judge(self, seen: ClaimFacts, policy: ClaimPolicy, *, settling: bool) -> RuledClaim: ...

    async def rule(self) -> Ruling[ClaimPlan]:
        """The claim itself: covered, once, confirmed."""
        return await self._rule(settling=False)

    async def rule_settlement(self) -> Ruling[ClaimPlan]:
        """Once its reserve is set: who must look at it. The facts are read again each time."""
        ruling = await self._rule(settling=True)
        if isinstance(ruling.verdict, Deny) and ruling.verdict.rule == "claim.duplicate":
            raise StepRefused(ruling.verdict.rule, ruling.verdict.text)
        if ruling.effect and ruling.effect.digest != self.promised:
            raise StepRefused("claim.changed", "What would be paid changed meanwhile; it must be confirmed anew.")
        return ruling

    async def _rule(self, *, settling: bool) -> Ruling[ClaimPlan]:
        sight = await see_claims(self, question_of(self))
        policy = ClaimPolicy.model_validate(sight.policy)
        ruled = self.judge(facts_of(sight), policy, settling=settling)
        plan = ruled.plan
        effect = plan.effect if plan else None
        waits = isinstance(ruled.verdict, AskInput)
        return Ruling(
            verdict=ruled.verdict, plan=plan, effect=effect,
            title=f"Claim {effect.amount} under {effect.subject}" if effect else "",
            basis=ruled.basis,
            policy=PolicyTrace(policy=policy.policy, version=policy.version, digest=policy.digest),
            clock=policy.gate,
            patience=policy.info_expires_after if waits else policy.confirmation_expires_after,
            remind_every=policy.info_remind_every if waits else None,
        )  # fmt: skip

    async def reserve(self, saga: Saga, plan: ClaimPlan, claim_id: str) -> None:
        """Raises StepRefused when it was not set: nothing is ever paid without."""
        assert plan.effect and plan.share  # noqa: PT018
        self.promised = plan.effect.digest
        if plan.triage.lane is not Lane.STRAIGHT_THROUGH:
            looking = ActivitySetting(claim_id=claim_id, name=plan.triage.lane, text=" ".join(plan.triage.reasons))
            label = f"Plan the work on claim {claim_id}"
            await saga.step(claims.set_activity, looking, undo=claims.end_activity, label=label)
        setting = ReserveSetting(claim_id=claim_id, amount=plan.share.reserve)
        label = f"Reserve {plan.share.reserve} for claim {claim_id}"
        if await saga.step(claims.set_reserve, setting, undo=claims.release_reserve, label=label) is None:
            raise StepRefused("claim.no_reserve", f"Claim {claim_id} has no reserve, so nothing is paid.")

    async def settle(self, saga: Saga, plan: ClaimPlan, hold: Hold, claim_id: str) -> None:
        settled = await decide(self, self.rule_settlement)
        if settled is None:
            return await self.decline(saga, plan, hold, claim_id)
        assert plan.effect and plan.share  # noqa: PT018
        self.working(f"{plan.effect.summary.rstrip('.')}: it is on its way.")
        saga.money_moves()
        paid = await self.pay(saga, plan, claim_id)
        if paid:
            record = PaymentRecord(
                claim_id=claim_id, amount=paid.amount, deductible=plan.share.deductible, payout_id=paid.id
            )
            await saga.must(claims.record_payment, record, label=f"Note the payment on claim {claim_id}")
        text = plan.effect.summary if paid else "Nothing was paid, by a person's decision."
        await self.close(saga, plan, claim_id, "paid" if paid else "unpaid", text)
        await (saga.keep() if paid else self.release(hold))
        self.done(f"Done: {text}" if paid else text, self.result(plan, claim_id, paid))

    async def pay(self, saga: Saga, plan: ClaimPlan, claim_id: str) -> Payout | None:
        """One instruction, watched until it is settled; sent anew when it failed and a person says so."""
        assert plan.share and plan.payee  # noqa: PT018
        order = PayoutOrder(
            customer_id=plan.customer_id, instrument_id=plan.payee.id, amount=plan.share.paid, subject=claim_id,
            reason=f"Claim {claim_id}",
        )  # fmt: skip
        label = f"Pay {plan.share.paid} to {plan.payee.label or plan.payee.id}"
        n = 1
        while True:
            sent = await saga.step(payouts.send_payout, order, undo=NO_WAY_BACK, label=label, n=n)
            if sent is None:
                return None
            payout = await self.settled(sent.value)
            if payout.state is not RefundState.FAILED:
                return payout
            error = f"Payout {payout.id} was accepted by billing and failed at settlement."
            if await saga.came_back(payouts.send_payout, n, error) != "retry":
                return None
            n += 100

    async def settled(self, payout: Payout) -> Payout:
        """The payout once billing says that it is settled or failed."""
        pause: timedelta = FIRST_LOOK
        while payout.state is RefundState.PENDING:
            if self.phase is not Phase.PARKED:
                say = "The payment was accepted and is being settled; it stays watched until it is."
                self.tell(self.answer.status, say, phase=Phase.PARKED, retry_after_s=60)
            heard = len(self.events)
            await self.park(lambda heard=heard: len(self.events) > heard, queue="", patience=pause)  # type: ignore[misc]
            pause = min(pause * 2, LONGEST_PAUSE)
            self.looks += 1
            payout = await until_read(
                self, payouts.read_payout, payout.id, step=f"read_payout/{self.looks}",
                label="Finding out whether the payment is settled", may_undo=False,
            )  # fmt: skip
        if self.phase is Phase.PARKED:
            self.working("The payment is settled; I am finishing up.")
        return payout

    async def close(self, saga: Saga, plan: ClaimPlan, claim_id: str, outcome: str, text: str) -> None:
        """First what keeps it open: the reserve that is left, and the work that was planned."""
        assert plan.share
        if plan.triage.lane is not Lane.STRAIGHT_THROUGH:
            looked = ActivitySetting(claim_id=claim_id, name=plan.triage.lane, text=outcome, done=True)
            await saga.must(claims.set_activity, looked, label=f"End the work on claim {claim_id}", n=2)
        none = plan.share.reserve.model_copy(update={"minor": 0})
        rest = ReserveSetting(claim_id=claim_id, amount=none)
        await saga.must(claims.set_reserve, rest, label=f"Release the reserve of claim {claim_id}", n=2)
        closure = Closure(claim_id=claim_id, outcome=outcome, text=text)
        await saga.must(claims.close_claim, closure, label=f"Close claim {claim_id}")
        note = CustomerNote(
            customer_id=plan.customer_id, text=f"Claim {claim_id}: {outcome}. {text} Reference {self.reference}."
        )
        await saga.must(crm.note_customer, note, label="Note it on the customer's record")

    async def decline(self, saga: Saga, plan: ClaimPlan, hold: Hold, claim_id: str) -> None:
        """The rules or a person said no after the claim was opened: it is closed in order, then the no is told."""
        said = self.answer
        self.working("That was declined; I am closing the claim.")
        saga.money_moves()
        await self.close(saga, plan, claim_id, "declined", said.say)
        await self.release(hold)
        result = {"claim_id": claim_id, "outcome": "declined"}
        self.tell(
            said.status, said.say, phase=Phase.CLOSED, denied=said.denied, missing=said.missing, result=result,
            effect=said.effect,
        )  # fmt: skip

    async def release(self, hold: Hold) -> None:
        await settle_accounts(self, HouseActivities.release_limits, hold, step="release_limits")

    def hold(self, plan: ClaimPlan) -> Hold:
        entries = [self._as_ours(entry) for entry in plan.limits]
        return Hold(tenant=self.call.actor.tenant, holder=self.run_key, entries=entries, at=workflow.now())

    def _as_ours(self, entry: LimitEntry) -> LimitEntry:
        """The coverage's use goes by the reference of its claim, so that it is not counted twice."""
        if not entry.bucket.startswith("coverage:") or entry.reference:
            return entry
        return entry.model_copy(update={"reference": self.mint("open_claim").value})

    def result(self, plan: ClaimPlan, claim_id: str, paid: Payout | None) -> dict[str, Any]:
        assert plan.coverage and plan.share  # noqa: PT018
        return {
            "claim_id": claim_id,
            "coverage_id": plan.coverage.id,
            "lane": str(plan.triage.lane),
            "deductible": plan.share.deductible.model_dump(mode="json"),
            "payout": paid.model_dump(mode="json") if paid else None,
        }

    def planned(self, first: PacketStep) -> list[PacketStep]:
        moves = self.effect.moves if self.effect else []
        labels = [f"Pay {move.amount} to {move.label}" for move in moves]
        money = [PacketStep(name="send_payout", label=label, undo=NO_WAY_BACK, irreversible=True) for label in labels]
        return [
            first,
            PacketStep(name="set_reserve", label="Set the reserve", undo="Undone by release reserve."),
            *money,
            PacketStep(name="record_payment", label="Note the payment on the claim", undo=TELLS),
            PacketStep(name="set_reserve", label="Release what is left of the reserve", undo=TELLS),
            PacketStep(name="close_claim", label="Close the claim", undo=TELLS),
            PacketStep(name="note_customer", label="Note it on the customer's record", undo=TELLS),
        ]


def question_of(process: Process[Any]) -> Question:
    actor, call_id = process.call.actor, process.call.interaction.call_id
    return Question(tenant=actor.tenant, call_id=call_id, policy="claim", at=workflow.now())


def facts_of(sight: ClaimSight) -> ClaimFacts:
    return ClaimFacts(
        coverages=value(sight.coverages) or [],
        claims=value(sight.claims) or [],
        instruments=value(sight.instruments) or [],
        customer=value(sight.customer),
    )
