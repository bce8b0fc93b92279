"""Verify a caller by facts on record: e-mail, or names with postal code. The assurance holds for the interaction."""

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.crm import CrmActivities as crm
    from activities.house import FailedAttempt, Vouched
    from activities.house import HouseActivities as books
    from activities.sights import Question, SightActivities
    from connectors.crm import CustomerQuery
    from domain.answers import Status
    from domain.assurance import Assurance
    from domain.calls import ToolCall
    from domain.customers import Customer
    from domain.evidence import PolicyTrace
    from domain.policies import VerificationPolicy
    from domain.verdicts import AskInput, Deny, asking
    from domain.verification import CallerFacts, enough, locked, match_caller, may_verify

from workflows._catalog import Tool
from workflows._hands import wait_while_held
from workflows._phase import Phase
from workflows._process import Closed, Process
from workflows._seeing import question, quick
from workflows._steps import Saga, house

FRESH = timedelta(seconds=1)
"""How old the word of the policy and its kill switch may be when somebody is vouched for."""


@workflow.defn(name="verify_caller")
class VerifyCaller(Process[CallerFacts]):
    request_model = CallerFacts
    policy_model = VerificationPolicy
    personal_arguments = frozenset(CallerFacts.model_fields)
    while_he_waits = True

    looked_at: datetime

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.verify_caller)

    async def verify_caller(self, saga: Saga) -> None:
        call_id = self.call.interaction.call_id
        lacking = enough(self.request)
        if not call_id:
            lacking = _ask_call_id()
        if lacking:
            return self._ask(lacking)
        policy, stopped = await self.look()
        if stopped:
            return self._no(stopped)

        found = await quick(self, crm.find_customers, self.query(), step="find_customers")
        policy, stopped = await self.still(policy)
        match stopped or match_caller(self.request, found):
            case Customer() as customer:
                await self.vouch(customer, self.in_force(policy.of(customer.segments)))
            case AskInput() as ask:
                self._ask(ask)
            case Deny(rule="verify.no_match") as denied:
                await self.count(policy, denied)
            case Deny() as denied:
                self._no(denied)

    async def look(self, step: str = "see_house") -> tuple[VerificationPolicy, Deny | None]:
        """The policy in force, and why nobody is verified now."""
        sight = await house(SightActivities.see_house, question(self, Question), step=step)
        self.assurance, self.looked_at = sight.assurance, workflow.now()
        document = VerificationPolicy.model_validate(sight.policy)
        self.policy = self.record.policy = PolicyTrace(
            policy=document.policy, version=document.version, digest=document.digest
        )
        return document, may_verify(document, self.standing(), workflow.now())

    async def still(self, policy: VerificationPolicy) -> tuple[VerificationPolicy, Deny | None]:
        """The same before anything is written, when it was a while ago: a slow CRM, or somebody has taken this over."""
        await wait_while_held(self)
        self.stop_if_withdrawn()
        if workflow.now() - self.looked_at < FRESH:
            return policy, None
        return await self.look("see_house/again")

    def in_force(self, policy: VerificationPolicy) -> VerificationPolicy:
        """The record tells for which customers it counts so."""
        if self.policy:
            self.policy = self.record.policy = self.policy.model_copy(update={"segment": policy.segment})
        return policy

    async def vouch(self, customer: Customer, policy: VerificationPolicy) -> None:
        if stopped := may_verify(policy, self.standing(), workflow.now()):  # as it counts for this customer
            return self._no(stopped)
        vouched = Vouched(
            tenant=self.call.actor.tenant,
            call_id=self.call.interaction.call_id,
            customer_id=customer.id,
            level=policy.level,
            method=self.request.method,
            at=workflow.now(),
            valid_for=policy.valid_for,
        )
        verified: Assurance = await house(books.record_assurance, vouched, step="record_assurance")
        if verified.locked(workflow.now()):
            return self._no(locked(verified))
        self.assurance, self.record.customer_id, self.record.assurance = verified, customer.id, verified.level
        self.record.know(customer)
        self.record.add("verified", body={"level": verified.level, "method": verified.method})
        result = {"customer_id": customer.id, "level": verified.level, "expires_at": _iso(verified.expires_at)}
        self.done(f"The caller is verified as {customer.first_name} {customer.last_name}.", result)

    async def count(self, policy: VerificationPolicy, denied: Deny) -> None:
        failed = FailedAttempt(
            tenant=self.call.actor.tenant,
            call_id=self.call.interaction.call_id,
            attempt=self.reference,
            at=workflow.now(),
            policy=policy,
        )
        after: Assurance = await house(books.count_failed_attempt, failed, step="count_failed_attempt")
        self.record.add("decided", body={"rule": denied.rule, "failures": after.failures})
        self._no(locked(after) if after.locked(workflow.now()) else denied)

    def query(self) -> CustomerQuery:
        said = self.request
        if said.email:
            return CustomerQuery(email=said.email)
        return CustomerQuery(first_name=said.first_name, last_name=said.last_name, postal_code=said.postal_code)

    def _ask(self, ask: AskInput) -> None:
        say = " ".join(item.reason for item in ask.missing)
        self.tell(Status.NEEDS_INPUT, say, phase=Phase.CLOSED, missing=ask.missing)

    def _no(self, why: Deny) -> None:
        self.denied(why.rule, why.text)


def _ask_call_id() -> AskInput:
    reason = "Verification holds for one conversation: give its call id (header X-Call-Id or interaction.call_id)."
    return asking("interaction.call_id", "verify.call_id", reason)


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


verify_caller = Tool(
    process=VerifyCaller,
    name="verify_caller",
    description=(
        "Verify who is calling, by the e-mail address on record, or first name, last name and postal code. "
        "Call it before anything about an order or customer; it holds for this conversation."
    ),
    repeatable=True,
)
