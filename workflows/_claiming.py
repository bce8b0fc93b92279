"""What opening and reopening a claim share: reserve before any payment, people where the rules want them, payment,
and a closure that leaves nothing open."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.claim_sights import ClaimQuestion, ClaimSight
    from activities.claims import ClaimActivities as claims
    from activities.crm import CrmActivities as crm
    from activities.house import Hold, HouseActivities
    from domain.answers import Denial, Missing, Status
    from domain.approvals import Gate
    from domain.calls import Actor
    from domain.cases import CustomerNote
    from domain.claim_adjusting import ClaimFacts, ClaimPlan, RuledClaim, Settling, investigated, stays_investigated
    from domain.claim_adjustments import edited
    from domain.claim_notices import PROOF
    from domain.claim_policy import ClaimPolicy
    from domain.claim_triage import Lane
    from domain.claims import ActivitySetting, Assessment, Closure, ReserveSetting
    from domain.commands import Provide
    from domain.limits import LimitEntry
    from domain.packet import PacketStep
    from domain.values import Value, digest
    from domain.verdicts import AskConfirmation, AskInput, AskVerification, Deny

from workflows._asking import Ruling, decide
from workflows._hands import came_from
from workflows._holding import hold
from workflows._making_good import MadeGood, make_good, planned_settlement
from workflows._phase import Phase
from workflows._process import Process
from workflows._seeing import in_force, see_claims, value
from workflows._steps import TELLS, Saga, StepRefused, settle_accounts

R = TypeVar("R", bound=Value)


class Claiming(Process[R]):
    """`judge` is the subclass's; `claim_reference` is what the claim is listed under in the claims system."""

    policy_model = ClaimPolicy
    settling: Settling | None = None
    """Once the claim is open: what the caller agreed to."""
    seen: ClaimFacts
    policy_seen: ClaimPolicy
    """What was last judged by: an edit at the gate is judged by the same."""
    work = Lane.STRAIGHT_THROUGH
    """What was planned on the claim when it was opened."""

    @abstractmethod
    def judge(self, seen: ClaimFacts, policy: ClaimPolicy, *, settling: Settling | None) -> RuledClaim: ...

    @abstractmethod
    def completed(self, given: dict[str, Any]) -> R:
        """The request with what was brought. Raises ValueError naming what cannot be read."""
        ...

    @abstractmethod
    def question(self) -> ClaimQuestion: ...

    async def rule(self) -> Ruling[ClaimPlan]:
        """The claim itself: covered, once, confirmed."""
        self.settling = self.edited = None
        return await self._rule()

    async def rule_settlement(self) -> Ruling[ClaimPlan]:
        """Once its reserve is set: who must look at it. The facts are read again each time."""
        ruling = await self._rule()
        if isinstance(ruling.verdict, Deny) and ruling.verdict.rule == "claim.duplicate":
            raise StepRefused(ruling.verdict.rule, ruling.verdict.text)
        return ruling

    async def _rule(self) -> Ruling[ClaimPlan]:
        sight = await see_claims(self, self.question())
        policy, trace = in_force(ClaimPolicy, sight)
        self.seen, self.policy_seen = facts_of(sight), policy
        ruled = self.judge(self.seen, policy, settling=self.settling)
        plan = ruled.plan
        effect = plan.effect if plan else None
        asks = isinstance(ruled.verdict, AskInput)
        later = asks or (self.settling is not None and isinstance(ruled.verdict, AskConfirmation | AskVerification))
        return Ruling(
            verdict=ruled.verdict, plan=plan, effect=effect,
            title=f"Claim {effect.amount} under {effect.subject}" if effect else "",
            basis=ruled.basis,
            editable=ruled.editable,
            policy=trace,
            clock=policy.gate,
            patience=policy.info_expires_after if later else policy.confirmation_expires_after,
            remind_every=policy.info_remind_every if asks else None,
        )  # fmt: skip

    def edit(self, gate: Gate, actor: Actor, edits: dict[str, Any]) -> str | Denial:
        assert self.settling
        before = self.settling.adjustment
        after = edited(before, edits, gate.editable)
        if isinstance(after, Denial):
            return after
        settling = self.settling.model_copy(update={"adjustment": after})
        ruled = self.judge(self.seen, self.policy_seen, settling=settling)
        if isinstance(ruled.verdict, Deny | AskInput):
            return _refused(ruled.verdict)
        if ruled.settles == gate.digest:
            return Denial(rule="gate.edit_nothing", text="It would be settled as before; approve it without edits.")
        if stays_investigated(gate, ruled, self.approved):
            self.approved.append(investigated(ruled.settles))
        self.settling = settling
        was, now = (one.model_dump(mode="json") if one else {} for one in (before, after))
        body = {"gate": gate.number, "was": was, "now": now, "basis": ruled.settles}
        self.record.add("adjusted", by=actor, body=body)
        return ruled.settles

    async def reserve(self, saga: Saga, plan: ClaimPlan, claim_id: str) -> None:
        """Raises StepRefused when it was not set: nothing is ever paid without."""
        assert plan.effect
        self.settling, self.work = Settling(agreed=plan.effect), plan.triage.lane
        if self.work is not Lane.STRAIGHT_THROUGH:
            looking = ActivitySetting(claim_id=claim_id, name=self.work, text=" ".join(plan.triage.reasons))
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
        assert plan.effect and settled.effect  # noqa: PT018
        self.working(f"{settled.effect.summary.rstrip('.')}: it is on its way.")
        await self.assess(saga, settled, claim_id)
        if settled.effect.digest != plan.effect.digest:
            hold = await self.reserve_anew(saga, settled, hold, claim_id)
        made = await make_good(self, saga, settled, claim_id)
        saga.money_moves(f"claim {claim_id} is being closed")
        if made:
            await saga.must(claims.record_payment, made.record, label=f"Note it on claim {claim_id}")
        text = settled.effect.summary if made else "Nothing was made good, by a person's decision."
        await self.close(saga, settled, claim_id, made.outcome if made else "unpaid", text)
        await (saga.keep() if made else self.release(hold))
        self.done(f"Done: {text}" if made else text, self.result(settled, claim_id, made))

    async def assess(self, saga: Saga, plan: ClaimPlan, claim_id: str) -> None:
        """An adjuster holds the loss to be another: the file says so before anything is paid by it."""
        if plan.assessed is None:
            return
        assessment = Assessment(claim_id=claim_id, amount=plan.assessed, text=" ".join(plan.triage.reasons))
        label = f"Assess the loss of claim {claim_id} at {plan.assessed}"
        if await saga.step(claims.assess_claim, assessment, undo=claims.restore_assessment, label=label) is None:
            raise StepRefused("claim.not_assessed", f"Claim {claim_id} names another loss than is to be made good.")

    async def reserve_anew(self, saga: Saga, plan: ClaimPlan, hold: Hold, claim_id: str) -> Hold:
        """Settled otherwise than the reserve was set for: the limits and it follow, before anything is paid."""
        anew = self.hold(plan)
        await saga.exchange(hold, anew)
        setting = ReserveSetting(claim_id=claim_id, amount=plan.share.paid)
        label = f"Change the reserve of claim {claim_id} to {plan.share.paid}"
        if await saga.step(claims.set_reserve, setting, undo=claims.release_reserve, label=label, n=3) is None:
            raise StepRefused("claim.no_reserve", f"Claim {claim_id} has another reserve than is to be paid.")
        return anew

    async def close(self, saga: Saga, plan: ClaimPlan, claim_id: str, outcome: str, text: str) -> None:
        """First what keeps it open: the reserve that is left, and the work that was planned."""
        if self.work is not Lane.STRAIGHT_THROUGH:
            looked = ActivitySetting(claim_id=claim_id, name=self.work, text=outcome, done=True)
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
        saga.money_moves(f"claim {claim_id} was declined and is being closed")
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
        return hold(self, entries)

    def _as_ours(self, entry: LimitEntry) -> LimitEntry:
        """The coverage's use goes by the reference of its claim, so that it is not counted twice."""
        if not entry.bucket.startswith("coverage:") or entry.reference:
            return entry
        return entry.model_copy(update={"reference": self.mint("open_claim").value})

    def result(self, plan: ClaimPlan, claim_id: str, made: MadeGood | None) -> dict[str, Any]:
        assert plan.coverage and plan.remedy  # noqa: PT018
        return {
            "claim_id": claim_id,
            "coverage_id": plan.coverage.id,
            "lane": str(plan.triage.lane),
            "settled_by": str(plan.remedy.kind) if made else "",
            "deductible": plan.share.deductible.model_dump(mode="json"),
            "adjusted": self._adjusted(),
            "payout": None,
            **(made.shown if made else {}),
        }

    def _adjusted(self) -> dict[str, Any] | None:
        """What an adjuster has changed. None: nothing."""
        adjustment = self.settling.adjustment if self.settling else None
        return adjustment.model_dump(mode="json", exclude_defaults=True) if adjustment else None

    def own_commands(self) -> dict[str, Callable[[Actor, dict[str, Any]], Denial | None]]:
        waits = self.answer.status is Status.NEEDS_INPUT and not self.answer.terminal
        return {"provide": self.bring} if waits else {}

    def shape_of(self, missing: Missing) -> dict[str, Any]:
        return PROOF if missing.field.startswith("evidence.") else super().shape_of(missing)

    def bring(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        """What was missing, by the names under which it was asked for."""
        try:
            brought = Provide.model_validate(body).facts
            request = self.completed(brought)
        except ValueError as wrong:
            return Denial(rule="provide.unreadable", text=f"That cannot be read: {wrong}")
        arguments = request.model_dump(mode="json", exclude_defaults=True)
        self.request = request
        self.call = self.call.model_copy(update={"arguments": arguments})
        self.earlier_digests.append(self.arguments_digest)
        self.arguments_digest = digest(arguments)
        if self.settling and self.settling.adjustment:  # he has chosen anew: what it is assessed at stands
            self.settling = self.settling.model_copy(update={"adjustment": self.settling.adjustment.of_amount})
        came_from(self, actor, brought)
        self.nudge()
        return None

    def planned(self, first: PacketStep) -> list[PacketStep]:
        return [
            first,
            PacketStep(name="set_reserve", label="Set the reserve", undo="Undone by release reserve."),
            *planned_settlement(self.effect),
            PacketStep(name="record_payment", label="Note it on the claim", undo=TELLS),
            PacketStep(name="set_reserve", label="Release what is left of the reserve", undo=TELLS),
            PacketStep(name="close_claim", label="Close the claim", undo=TELLS),
            PacketStep(name="note_customer", label="Note it on the customer's record", undo=TELLS),
        ]


def _refused(verdict: Deny | AskInput) -> Denial:
    text = verdict.text if isinstance(verdict, Deny) else " ".join(missing.reason for missing in verdict.missing)
    return Denial(rule=verdict.rule, text=text)


def facts_of(sight: ClaimSight) -> ClaimFacts:
    return ClaimFacts(
        coverages=value(sight.coverages) or [],
        claims=value(sight.claims) or [],
        instruments=value(sight.instruments) or [],
        customer=value(sight.customer),
        items=value(sight.items) or [],
        went_back=value(sight.went_back),
        able=sight.able,
    )
