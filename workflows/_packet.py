"""The handoff packet of a run, built from its record."""

from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import packet as shape
    from domain.answers import Status
    from domain.calls import ActorKind, ToolCall
    from domain.customers import Customer
    from domain.facts import Fact
    from domain.inquiries import Inquiry
    from domain.money import Money
    from domain.reasons import ReasonCode

from workflows import _advice
from workflows._known import by_slot
from workflows._related import cases_of, run_of

if TYPE_CHECKING:
    from workflows._process import Process

_CASE_STEPS = ("open_case", "reopen_case", "comment_case")
_SOURCES = {
    ActorKind.AI: shape.SlotSource.MODEL, ActorKind.HUMAN: shape.SlotSource.PERSON,
    ActorKind.SYSTEM: shape.SlotSource.SYSTEM,
}  # fmt: skip
_TRIGGERS = {
    ReasonCode.LOOP: shape.Trigger.TIMEOUT, ReasonCode.TIMEOUT: shape.Trigger.TIMEOUT,
    ReasonCode.LOW_CONFIDENCE: shape.Trigger.LOW_CONFIDENCE, ReasonCode.RISK: shape.Trigger.POLICY,
}  # fmt: skip


def build(process: "Process[Any]") -> shape.Packet:
    call, answer = process.call, process.told
    steps = list(process.steps)
    if len(steps) == len(process.casefile.saga.taken):  # nothing but its case was begun
        steps += _planned(process)
    return shape.Packet(
        created_at=workflow.now(),
        reference=process.reference,
        process=workflow.info().workflow_type,
        status=str(answer.status),
        title=process.title or workflow.info().workflow_type.replace("_", " "),
        value=process.effect.amount if process.effect else None,
        reason=_reason(process),
        channel=_channel(call),
        caller=_caller(process),
        assurance=_assurance(process),
        intent=call.interaction.intent,
        summary=_summary(process),
        transcript_ref=call.interaction.transcript_ref,
        slots=_slots(process),
        facts=[_fact(fact) for fact in process.facts],
        effect=process.effect,
        digest=answer.digest,
        gate=_gate(process),
        repair=_repair(process),
        steps=steps,
        effects=_effects(steps),
        promises=list(process.promises),
        policy=_policy(process),
        recommended=_advice.recommended(process),
        open_questions=_advice.open_questions(process),
        notes=list(process.notes),
        repeated=list(process.handed.repeated) if process.handed else [],
        work=list(process.begun_here),
        owner=process.owner.id if process.owner else "",
        owner_until=process.owner_until,
        next=answer.next,
        revision=answer.revision,
        trace_id=process.record.trace_id,
        links=_links(process),
        returned=process.returned,
    )


def _reason(process: "Process[Any]") -> shape.Reason:
    answer = process.answer
    if process.handed:
        trigger = _TRIGGERS.get(process.handed.code, shape.Trigger.CALLER)
        return shape.Reason(code=process.handed.code, text=process.handed.text, trigger=trigger)
    if process.held:
        return shape.Reason(code=ReasonCode.JUDGMENT, text=process.held_because, trigger=shape.Trigger.CALLER)
    if answer.terminal:
        return shape.Reason()
    if process.gate and not process.gate.settled:
        return shape.Reason(code=ReasonCode.POLICY_BOUNDARY, text=process.gate.text, trigger=shape.Trigger.POLICY)
    if process.repairs:
        return _broken(process)
    if answer.status is Status.ACCEPTED and process.own_commands():  # it is with a team, by its own plan
        return shape.Reason(code=ReasonCode.CUSTOMER_REQUEST, text=process.title, trigger=shape.Trigger.CALLER)
    return shape.Reason()


def _broken(process: "Process[Any]") -> shape.Reason:
    repairs = process.repairs.values()
    text = "; ".join(repair.error for repair in repairs)
    if any(repair.switched_off for repair in repairs):
        return shape.Reason(code=ReasonCode.POLICY_BOUNDARY, text=text, trigger=shape.Trigger.POLICY)
    return shape.Reason(code=ReasonCode.MISSING_DEPENDENCY, text=text, trigger=shape.Trigger.FAILURE)


def _channel(call: ToolCall) -> shape.Channel:
    here = call.interaction
    return shape.Channel(type=here.channel, call_id=here.call_id, callback_number=here.callback_number)


def _caller(process: "Process[Any]") -> shape.Caller:
    customer = next((f.value for f in process.facts if isinstance(f.value, Customer)), None)
    name = f"{customer.first_name} {customer.last_name}" if customer else ""
    locale = process.call.interaction.locale
    return shape.Caller(customer_ref=process.record.customer_id, name=name, locale=locale)


def _assurance(process: "Process[Any]") -> shape.Assurance:
    seen = process.assurance
    needed = process.level_needed if process.answer.status is Status.NEEDS_VERIFICATION else 0
    if seen is None:
        return shape.Assurance(needed=needed)
    return shape.Assurance(
        level=seen.level, methods=[seen.method] if seen.method else [], verified_at=seen.verified_at,
        expires_at=seen.expires_at, failed_attempts=seen.failures, locked_until=seen.locked_until, needed=needed,
    )  # fmt: skip


def _slots(process: "Process[Any]") -> list[shape.Slot]:
    """What the request names, the facts within it one by one, and what was brought since."""
    confirmed = bool(process.effect and process.effect.digest in process.confirmed)
    source = _SOURCES[process.call.actor.kind]
    known = {name: value for name, value in process.call.arguments.items() if name != "facts"}
    known |= {f"facts.{name}": value for name, value in process.call.arguments.get("facts", {}).items()}
    before = by_slot(process)
    slots = [
        shape.Slot(name=name, value=value, source=process.brought_by.get(name, source), confirmed=confirmed)
        if name not in before
        else shape.Slot(
            name=name, value=value, source=before[name].source, confirmed=confirmed, said_in=before[name].said_in
        )
        for name, value in known.items()
    ]
    return slots + [slot for slot in process.brought if slot.name not in known]


def _effects(steps: list[shape.PacketStep]) -> shape.Effects:
    done = [step for step in steps if step.status is shape.StepStatus.DONE]
    open_ended = (shape.StepStatus.DONE, shape.StepStatus.UNDONE, shape.StepStatus.SKIPPED)
    return shape.Effects(
        done=[step.label for step in done if not step.irreversible],
        irreversible=[step.label for step in done if step.irreversible],
        pending=[step.label for step in steps if step.status not in open_ended],
        compensated=[step.label for step in steps if step.status is shape.StepStatus.UNDONE],
    )


def _links(process: "Process[Any]") -> shape.Links:
    case = next((step.external_id for step in process.steps if step.name in _CASE_STEPS and step.external_id), "")
    reference = process.reference
    return shape.Links(
        trace=process.record.trace_id,
        case=case,
        related=_related(process),
        history=f"/v1/work/{reference}/history",
        console=f"/work/{reference}",
    )


def _related(process: "Process[Any]") -> list[shape.RelatedCase]:
    order, tenant = process.call.arguments.get("order_id", ""), process.call.actor.tenant
    found = sorted(cases_of(process), key=lambda case: not order or case.order_id != order)
    return [
        shape.RelatedCase(
            id=case.id, subject=case.subject, state=str(case.state), queue=case.queue, order_id=case.order_id,
            work=run_of(case, tenant),
        )
        for case in found
    ]  # fmt: skip


def _summary(process: "Process[Any]") -> shape.Summary | None:
    text, actor = process.call.interaction.summary, process.call.actor
    return shape.Summary(text=text, author=actor.label, by_model=actor.kind == "ai") if text else None


def _fact(fact: Fact[Any]) -> shape.PacketFact:
    value = fact.value
    plain = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    if isinstance(value, list):
        plain = [item.model_dump(mode="json") if hasattr(item, "model_dump") else item for item in value]
    return shape.PacketFact(name=fact.name, value=plain, source=fact.source, read_at=fact.read_at, version=fact.version)


def _gate(process: "Process[Any]") -> shape.GateView | None:
    gate = process.gate
    if gate is None:
        return None
    votes = [
        shape.Approval(
            actor_id=vote.actor.id, name=vote.actor.name, role=", ".join(sorted(vote.actor.roles)),
            on_behalf_of=vote.actor.mandate.principal if vote.actor.mandate else "",
            outcome=str(vote.outcome), at=vote.at, reason=vote.reason, note=vote.note,
        )
        for vote in gate.votes
    ]  # fmt: skip
    edit = gate.edited_by
    return shape.GateView(
        number=gate.number, digest=gate.digest, roles=gate.roles, approvals_needed=gate.approvers, approvals=votes,
        requester=gate.requester.id, asked_by=gate.asked_by, bulk_up_to=gate.bulk_up_to,
        opened_at=gate.opened_at, due_at=gate.due_at, expires_at=gate.expires_at,
        rule=gate.rule, text=gate.text, asked=[_asked(inquiry) for inquiry in process.inquiries],
        editable=gate.editable, edits=edit.edits if edit else {}, edit_reason=edit.reason if edit else "",
        edited_by=(edit.actor.name or edit.actor.id) if edit else "",
    )  # fmt: skip


def _asked(inquiry: Inquiry) -> shape.Asked:
    return shape.Asked(
        field=inquiry.field, text=inquiry.text, asked_by=inquiry.asked_by.name or inquiry.asked_by.id,
        asked_at=inquiry.asked_at, answer=inquiry.answer, answered_by=inquiry.answered_by,
        answered_at=inquiry.answered_at,
    )  # fmt: skip


def _repair(process: "Process[Any]") -> shape.RepairView | None:
    repair = next(iter(process.repairs.values()), None)
    if repair is None:
        return None
    return shape.RepairView(
        step=repair.step, error=repair.error, attempts=repair.attempts, since=repair.since, actions=repair.actions,
        unknown_outcome=repair.unknown_outcome, switched_off=repair.switched_off, editable=repair.editable(),
        proposed=repair.proposed, proposed_by=repair.proposers or repair.skippers,
    )  # fmt: skip


def _planned(process: "Process[Any]") -> list[shape.PacketStep]:
    return process.planned_steps() if process.effect else []


def _policy(process: "Process[Any]") -> shape.PolicyView:
    trace = process.policy
    if trace is None:
        return shape.PolicyView()
    return shape.PolicyView(
        decision=trace.decision, rule_ids=trace.rules, policy=trace.policy, version=trace.version, digest=trace.digest,
        limits=_limits(process),
    )  # fmt: skip


def _limits(process: "Process[Any]") -> list[shape.LimitView]:
    """Those that the run has reserved; a lock is none."""
    holds = process.saga.holds if process.saga else []
    return [
        shape.LimitView(
            rule=entry.rule, bucket=entry.bucket, amount=Money(minor=entry.amount_minor, currency=entry.currency),
            cap=None if entry.cap_minor is None else Money(minor=entry.cap_minor, currency=entry.currency),
            cap_count=entry.cap_count, window_s=entry.window_s,
        )
        for hold in holds
        for entry in hold.entries
    ]  # fmt: skip
