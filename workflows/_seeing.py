"""Looking at the facts: fast while a caller waits, patient when a system does not answer."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.case_sights import CaseQuestion, CaseSight, CaseSightActivities
    from activities.change_sights import ChangeQuestion, ChangeSight, ChangeSightActivities
    from activities.claim_sights import ClaimQuestion, ClaimSight, ClaimSightActivities
    from activities.messaging import MessagingActivities, ReachSight
    from activities.sights import OrderSight, Question, SightActivities
    from domain.answers import Status
    from domain.case_intake import CaseFacts
    from domain.case_terms import CaseTerms
    from domain.evidence import PolicyTrace
    from domain.facts import Fact
    from domain.orders import Order
    from domain.policies import CustomerPolicy

from workflows import _repair
from workflows._steps import (
    A_FEW_TIMES,
    ONCE,
    STEP_TIMEOUT,
    UNTIL_ANSWERED,
    VOICE_READ,
    WHILE_HE_WAITS,
    StepRefused,
    is_definite,
    system_rule,
    told,
)

if TYPE_CHECKING:
    from workflows._process import Process

_NOT_NOW = "A system does not answer right now. Try again in a minute, or hand the caller over to a person."
_ASK_AGAIN_S = 60
T = TypeVar("T")
Q = TypeVar("Q", bound=Question)
D = TypeVar("D", bound=CustomerPolicy)


async def see_order(process: "Process[Any]", ask: Question) -> OrderSight:
    return await _see(process, ask, SightActivities.see_order, SightActivities.see_order_again)


async def see_customer(process: "Process[Any]", ask: Question) -> OrderSight:
    return await _see(process, ask, SightActivities.see_customer, SightActivities.see_customer_again)


async def see_change(process: "Process[Any]", ask: ChangeQuestion) -> ChangeSight:
    sight = await _see(process, ask, ChangeSightActivities.see_change, ChangeSightActivities.see_change_again)
    assert isinstance(sight, ChangeSight)
    return sight


async def see_case(process: "Process[Any]", ask: CaseQuestion) -> CaseSight:
    sight = await _see(process, ask, CaseSightActivities.see_case, CaseSightActivities.see_case_again)
    assert isinstance(sight, CaseSight)
    return sight


async def see_claims(process: "Process[Any]", ask: ClaimQuestion) -> ClaimSight:
    sight = await _see(process, ask, ClaimSightActivities.see_claims, ClaimSightActivities.see_claims_again)
    assert isinstance(sight, ClaimSight)
    return sight


async def see_reach(process: "Process[Any]", ask: Question) -> ReachSight:
    sight = await _see(process, ask, MessagingActivities.see_reach, MessagingActivities.see_reach_again)
    assert isinstance(sight, ReachSight)
    return sight


def question(process: "Process[Any]", shape: type[Q], **more: Any) -> Q:
    """Whom it is asked for, under which policy, and when; `more`: what else is looked at."""
    policy = process.policy_model
    assert policy
    actor, call_id = process.call.actor, process.call.interaction.call_id
    return shape(tenant=actor.tenant, call_id=call_id, policy=policy.name, at=workflow.now(), **more)


def in_force(shape: type[D], sight: OrderSight) -> tuple[D, PolicyTrace]:
    """The document as it counts for the customer who was seen, and what the record tells of it."""
    customer = value(sight.customer)
    return in_force_for(shape, sight, customer.segments if customer else [])


def in_force_for(shape: type[D], sight: OrderSight, labels: list[str]) -> tuple[D, PolicyTrace]:
    """... for a customer with these labels of the CRM."""
    document = shape.model_validate(sight.policy)
    policy = document.of(labels)
    trace = PolicyTrace(
        policy=document.policy, version=document.version, digest=document.digest, segment=policy.segment
    )  # fmt: skip
    return policy, trace


def order_of(sight: OrderSight) -> Order | None:
    """The order, with what claims have made good of it."""
    order = value(sight.order)
    return order and order.model_copy(update={"made_good": value(sight.made_good) or []})


def value(fact: Fact[T] | None) -> T | None:
    return fact.value if fact else None


def case_facts(sight: CaseSight) -> CaseFacts:
    return CaseFacts(
        customer=value(sight.customer),
        order=value(sight.order),
        cases=value(sight.cases) or [],
        diaries=value(sight.diaries) or [],
    )


async def _see(process: "Process[Any]", ask: Question, fast: Any, patient: Any) -> OrderSight:
    """Local and once, then durable: a local activity holds every update of the run, so it must be short."""
    await process.take_attestation()
    process.looks += 1
    step = f"look/{process.looks}"
    ask = ask.model_copy(update={"held": process.held_assurance})
    try:
        sight: OrderSight = await workflow.execute_local_activity_method(
            fast, ask, activity_id=step, start_to_close_timeout=VOICE_READ, retry_policy=ONCE
        )
    except FailureError as failure:  # a local activity fails with its bare cause, not an ActivityError
        _unless_cancelled(failure)
        sight = await _patiently(process, patient, ask, f"{step}/again")
    keep(process, sight)
    return sight


async def _patiently(process: "Process[Any]", do: Any, ask: Question, step: str) -> Any:
    """A run that is to change something does not end, nor hang unseen, because the facts cannot be read."""
    if process.while_he_waits:
        return await _or_say_why(process, do, ask, step)
    return await until_read(process, do, ask, step=step, label="Reading the facts", may_undo=True)


async def until_read(process: "Process[Any]", do: Any, arg: Any, *, step: str, label: str, may_undo: bool) -> Any:
    """Tried a few times, then a repair item, then again. Raises StepRefused when a person ends it, where he may."""
    tries = 0
    while True:
        try:
            seen = await _durably(do, arg, f"{step}/{tries}" if tries else step, A_FEW_TIMES)
            process.leave_queue()
            return seen
        except ActivityError as failure:
            _unless_cancelled(failure)
            if await _repair.wait_for_reading(process, label, failure, may_undo=may_undo) == "undo_all":
                process.stop_if_withdrawn()
                raise StepRefused("repair.undo_all", f"{label} did not work.") from failure
            tries += 1


async def _durably(do: Any, arg: Any, step: str, patience: RetryPolicy, *, within: timedelta | None = None) -> Any:
    return await workflow.execute_activity_method(
        do, arg, activity_id=step, start_to_close_timeout=STEP_TIMEOUT, schedule_to_close_timeout=within,
        retry_policy=patience, summary="Read the facts",
    )  # fmt: skip


def keep(process: "Process[Any]", sight: OrderSight) -> None:
    """What was seen is what the run knows from now on."""
    process.assurance = sight.assurance
    process.rejections = sight.rejections
    process.facts = [fact for name in type(sight).model_fields if isinstance(fact := getattr(sight, name), Fact)]
    own_words, _ = process.split_arguments(process.call.arguments)
    process.record.know(process.request, *own_words.values(), *(fact.value for fact in process.facts))
    if (said := sight.policy.get("case")) and not process.reads_only:
        process.casefile.terms = CaseTerms.model_validate(said)
    customer = value(sight.customer)
    told, ours = customer.contact_changed if customer else {}, sight.contact_changed
    process.contact_changed = {name: max(at[name] for at in (told, ours) if name in at) for name in {**told, **ours}}
    if sight.assurance and sight.assurance.customer_id:
        process.record.customer_id = sight.assurance.customer_id
        process.record.assurance = sight.assurance.level


async def quick(process: "Process[Any]", do: Any, arg: Any, *, step: str, limit: timedelta = VOICE_READ) -> Any:
    """Any other read: local and once, then durable under the same name."""
    try:
        return await workflow.execute_local_activity_method(
            do, arg, activity_id=step, start_to_close_timeout=limit, retry_policy=ONCE
        )
    except FailureError as failure:
        _unless_cancelled(failure)
        return await _or_say_why(process, do, arg, f"{step}/again")


async def _or_say_why(process: "Process[Any]", do: Any, arg: Any, step: str) -> Any:
    """Ends with what the system said; while a caller waits, with its silence too. Raises StepRefused."""
    within = WHILE_HE_WAITS if process.while_he_waits else None
    if within:
        say = "A system is slow to answer; I am asking it again."
        process.tell(Status.ACCEPTED, say, phase=process.phase, retry_after_s=1)
    try:
        return await _durably(do, arg, step, UNTIL_ANSWERED, within=within)
    except ActivityError as failure:
        _unless_cancelled(failure)
        if is_definite(failure):
            raise StepRefused(system_rule(failure), told("Reading the facts", failure)) from failure
        raise StepRefused(system_rule(failure), _NOT_NOW, retry_after_s=_ASK_AGAIN_S) from failure


def _unless_cancelled(failure: FailureError) -> None:
    if is_cancelled_exception(failure):
        raise failure
