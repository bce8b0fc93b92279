"""Claims: from the first notice of a loss to its closure, against a coverage of the caller."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.claim_sights import ClaimQuestion
    from activities.claims import ClaimActivities as claims
    from connectors.effects import Receipt
    from domain.answers import Status
    from domain.calls import ToolCall
    from domain.case_terms import Matter
    from domain.claim_adjusting import (
        ClaimFacts,
        ClaimPlan,
        RuledClaim,
        Settling,
        no_such_claim,
        rule_notice,
        rule_reopening,
    )
    from domain.claim_matters import matter_of, matter_of_reopening
    from domain.claim_notices import ClaimLookup, NoticeOfLoss, ReopenRequest, chosen, completed
    from domain.claim_policy import ClaimPolicy
    from domain.claims import Claim, ClaimDraft, Notice, Reopening
    from domain.packet import PacketStep
    from domain.standing import needs_caller

from workflows._asking import decide
from workflows._catalog import Tool
from workflows._claiming import Claiming, facts_of
from workflows._phase import Phase
from workflows._process import Closed, Process
from workflows._seeing import question, see_claims
from workflows._steps import TELLS, Saga, StepRefused


@workflow.defn(name="open_claim")
class OpenClaim(Claiming[NoticeOfLoss]):
    request_model = NoticeOfLoss
    personal_arguments = frozenset({"description", "facts"})
    claim_id = ""

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.open_claim)

    async def open_claim(self, saga: Saga) -> None:
        self.claim_id = ""
        plan = await decide(self, self.rule)
        if plan is None:
            return
        if plan.joins:
            return await self.join(saga, plan.joins)
        self.working("I am opening the claim.")

        hold = self.hold(plan)
        await saga.reserve(hold)
        label = f"Open a claim under {plan.effect.subject}" if plan.effect else ""
        opened: Receipt[Claim] | None = await saga.step(
            claims.open_claim, self.draft(plan), undo=claims.withdraw_claim, label=label
        )
        if opened is None:
            raise StepRefused("claim.not_opened", "The claim was not opened, by a person's decision.")
        self.claim_id = opened.value.id
        await self.reserve(saga, plan, self.claim_id)
        await self.settle(saga, plan, hold, self.claim_id)

    def judge(self, seen: ClaimFacts, policy: ClaimPolicy, *, settling: Settling | None) -> RuledClaim:
        return rule_notice(
            self.request, seen, policy, self.standing(), workflow.now(), own=self.claim_id, settling=settling
        )

    async def join(self, saga: Saga, claim_id: str) -> None:
        """The loss is on file already: this notice goes to that claim."""
        notice = Notice(claim_id=claim_id, text=self.request.description, evidence=self.request.evidence)
        await saga.step(claims.join_notice, notice, undo=TELLS, label=f"Add the notice to claim {claim_id}")
        say = f"This loss is on file already, as claim {claim_id}, and is being worked on. I added what you told me."
        self.done(say, {"claim_id": claim_id, "joined": True})

    def draft(self, plan: ClaimPlan) -> ClaimDraft:
        assert plan.coverage
        ask = self.request
        return ClaimDraft(
            coverage_id=plan.coverage.id, customer_id=plan.customer_id, kind=ask.kind, loss_on=ask.loss_on,
            description=ask.description, amount=ask.amount, evidence=ask.evidence,
        )  # fmt: skip

    def completed(self, given: dict[str, Any]) -> NoticeOfLoss:
        return completed(self.request, given)

    def matter(self) -> Matter:
        return matter_of(self.request, self.seen.coverages, self.claim_id)

    def question(self) -> ClaimQuestion:
        ask = self.request
        return question(
            self, ClaimQuestion, items=True, coverage_id=ask.coverage_id, order_id=ask.order_id, kind=ask.kind
        )

    def planned_steps(self) -> list[PacketStep]:
        return self.planned(PacketStep(name="open_claim", label="Open the claim", undo="Undone by withdraw claim."))


@workflow.defn(name="reopen_claim")
class ReopenClaim(Claiming[ReopenRequest]):
    request_model = ReopenRequest

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.reopen_claim)

    async def reopen_claim(self, saga: Saga) -> None:
        plan = await decide(self, self.rule)
        if plan is None:
            return
        self.working("I am reopening the claim.")

        hold = self.hold(plan)
        await saga.reserve(hold)
        claim_id = self.request.claim_id
        reopening = Reopening(claim_id=claim_id, reason=self.request.reason, amount=self.request.amount)
        label = f"Reopen claim {claim_id}"
        opened = await saga.step(claims.reopen_claim, reopening, undo=claims.close_reopened, label=label)
        if opened is None:
            raise StepRefused("claim.not_opened", "The claim was not reopened, by a person's decision.")
        await self.reserve(saga, plan, claim_id)
        await self.settle(saga, plan, hold, claim_id)

    def judge(self, seen: ClaimFacts, policy: ClaimPolicy, *, settling: Settling | None) -> RuledClaim:
        return rule_reopening(self.request, seen, policy, self.standing(), workflow.now(), settling=settling)

    def completed(self, given: dict[str, Any]) -> ReopenRequest:
        return chosen(self.request, given)

    def matter(self) -> Matter:
        return matter_of_reopening(self.request, self.seen.claims, self.seen.coverages)

    def question(self) -> ClaimQuestion:
        return question(self, ClaimQuestion, items=True, claim_id=self.request.claim_id)

    def planned_steps(self) -> list[PacketStep]:
        return self.planned(PacketStep(name="reopen_claim", label="Reopen the claim", undo="Undone by close reopened."))


@workflow.defn(name="get_claim")
class GetClaim(Process[ClaimLookup]):
    request_model = ClaimLookup
    policy_model = ClaimPolicy
    reads_only = True

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.look_up)

    async def look_up(self, saga: Saga) -> None:
        seen = facts_of(await see_claims(self, question(self, ClaimQuestion)))
        if ask := needs_caller(self.standing(), workflow.now()):
            say = f"{ask.text} Please verify the caller first."
            return self.tell(Status.NEEDS_VERIFICATION, say, phase=Phase.CLOSED, methods=ask.methods)
        claim = next((claim for claim in seen.claims if claim.id == self.request.claim_id), None)
        if claim is None:
            missing = no_such_claim(self.request.claim_id).missing
            return self.tell(Status.NEEDS_INPUT, missing[0].reason, phase=Phase.CLOSED, missing=missing)
        outcome = f" ({claim.outcome})" if claim.outcome else ""
        result = claim.model_dump(mode="json") | {"paid": claim.paid.model_dump(mode="json")}
        self.done(f"Claim {claim.id} is {claim.state}{outcome}; {claim.paid} was paid so far.", {"claim": result})


open_claim = Tool(
    process=OpenClaim,
    name="open_claim",
    description=(
        "Report a loss under a coverage (warranty, protection plan, insurance policy) of the verified caller, and have "
        "it settled. May answer needs_input: bring what is missing with the command provide. Answers "
        "needs_confirmation: read the effect to the caller and call again with confirm=digest. Repeat the same call "
        "freely: it is one claim."
    ),
)
reopen_claim = Tool(
    process=ReopenClaim,
    name="reopen_claim",
    description=(
        "A closed claim of the verified caller goes on, because the same event has cost more. Another event is a claim "
        "of its own: use open_claim."
    ),
)
get_claim = Tool(
    process=GetClaim,
    name="get_claim",
    description="State, reserve and payments of one claim of the verified caller.",
    repeatable=True,
    reads_only=True,
)
