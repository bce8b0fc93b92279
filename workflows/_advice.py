"""What the handoff packet advises: the next step with everything that its command must carry, what it would do, and
what nobody has answered yet. From the run's state alone."""

from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.answers import Missing, Status
    from domain.commands import ATTEST, COMMAND_SCOPES, Outcome, RepairAction
    from domain.packet import DryRun, OpenQuestion, PacketStep, Recommendation, StepStatus
    from domain.step_up import METHOD as ONE_TIME_CODE

from workflows._hands import is_held

if TYPE_CHECKING:
    from workflows._process import Process

Form = dict[str, Any]
_INFORMATION = "provide"
_TEXT: Form = {"type": "string"}
_TO_COME = (StepStatus.PLANNED, StepStatus.RUNNING, StepStatus.FAILED, StepStatus.UNKNOWN)


def recommended(process: "Process[Any]") -> list[Recommendation]:
    """Legal commands that would go on, the next step first."""
    legal = process.told.next
    return [step for name, advise in _ADVICE if name in legal for step in advise(process)]


def open_questions(process: "Process[Any]") -> list[OpenQuestion]:
    answer, gate = process.answer, process.gate
    asked = [
        OpenQuestion(field=m.field, text=m.reason, options=m.options, command=_INFORMATION) for m in answer.missing
    ]
    if answer.status is Status.NEEDS_CONFIRMATION:
        asked.append(OpenQuestion(field="confirm", text=answer.say, command="confirm"))
    if answer.status is Status.NEEDS_VERIFICATION or process.waits_for_code:
        asked += _who_is_it(process)
    if gate and not gate.settled:
        options = [str(outcome) for outcome in Outcome]
        asked.append(OpenQuestion(field="outcome", text=gate.text, options=options, to="person", command="decide"))
    return asked


def _who_is_it(process: "Process[Any]") -> list[OpenQuestion]:
    answer, by_code = process.answer, process.waits_for_code
    told = answer.status is Status.NEEDS_VERIFICATION
    text = answer.say if told else "Which code was sent to the caller?"
    methods = [ONE_TIME_CODE] if by_code else answer.methods
    asked = [OpenQuestion(field="code" if by_code else "assurance", text=text, options=methods, command="verify")]
    if not process.record.customer_id:
        text = "Who is calling? Ask for his customer number."
        asked.append(OpenQuestion(field="customer_id", text=text, command="verify"))
    return asked


def still_to_come(process: "Process[Any]") -> list[PacketStep]:
    """Of the steps under way and of the plan; a plan that has begun names only what was begun."""
    steps = list(process.steps) or (process.planned_steps() if process.effect else [])
    return [step for step in steps if step.status in _TO_COME]


def _take_over(process: "Process[Any]") -> list[Recommendation]:
    """Where it lies with people and nobody has it, or with an agent that may do nothing here."""
    off = any(repair.switched_off for repair in process.repairs.values()) and not process.held
    if not off and not (process.held and not process.lease_runs(workflow.now())):
        return []
    why = (
        "Such requests are switched off for the agent, not for you." if off else "It is with people, and nobody has it."
    )
    return [_command("take_over", "Take it over", why, dry_run=_dry_run(process))]


def _confirm(process: "Process[Any]") -> list[Recommendation]:
    why = "The caller must say yes to the exact effect."
    body, dry_run = {"digest": process.answer.digest}, _dry_run(process)
    return [_command("confirm", "Read the effect to the caller and confirm", why, body=body, dry_run=dry_run)]


def _verify(process: "Process[Any]") -> list[Recommendation]:
    """By the code that was sent, or by a person who vouches: for exactly the level that is needed."""
    if process.waits_for_code:
        return [_command("verify", "Give the code", "A code was sent to the caller.", asks={"code": _TEXT})]
    why = "The caller's assurance is too low for this effect."
    known = {"level": process.level_needed, "customer_id": process.record.customer_id}
    asks = {"method": _TEXT} | {name: _TEXT for name, value in known.items() if not value}
    body = {name: value for name, value in known.items() if value}
    return [_command("verify", "Verify the caller", why, body=body, asks=asks, scope=f"{{start}} {ATTEST}")]


def _provide(process: "Process[Any]") -> list[Recommendation]:
    missing = process.answer.missing
    why = " ".join(item.reason for item in missing)
    shapes = {item.field: process.shape_of(item) for item in missing}
    advice = _command(_INFORMATION, "Give the information that was asked for", why, asks=shapes)
    return [advice.model_copy(update={"arguments": _form({"facts": _form(shapes)})})]


def _decide(process: "Process[Any]") -> list[Recommendation]:
    gate = process.gate
    assert gate is not None
    outcomes = _TEXT | {"enum": [str(outcome) for outcome in Outcome]}
    return [
        _command(
            "decide", "Decide", "The rules leave this to a person.", body={"digest": gate.digest},
            asks={"outcome": outcomes}, roles=gate.roles, people=gate.approvers, dry_run=_dry_run(process),
        )
    ]  # fmt: skip


def _repair(process: "Process[Any]") -> list[Recommendation]:
    """Trying again, always; what does without the step only where it has failed again and again."""
    repair = next(iter(process.repairs.values()), None)
    if repair is None:
        return []
    again = _command(
        "retry", "Try the step again", "It is looked up first, so nothing is done twice.",
        body={"action": str(RepairAction.RETRY)}, dry_run=_dry_run(process),
    )  # fmt: skip
    if RepairAction.SKIP not in repair.actions:
        return [again]
    why = "Only if it can never be done: the run goes on without this step."
    body = {"action": str(RepairAction.SKIP)}
    return [again, _command("retry", "Go on without it", why, body=body, asks={"reason": _TEXT}, people=2)]


def _resolve(process: "Process[Any]") -> list[Recommendation]:
    why = "It is with a team; the caller waits for its end."
    if waiting := [work.title for work in process.begun_here if not work.terminal]:
        why = f"Once what is still open in the conversation is finished too: {'; '.join(waiting)}."
    return [_command("resolve", "Close it", why, asks={"comment": _TEXT})]


def _go_on(process: "Process[Any]") -> list[Recommendation]:
    if process.repairs or not is_held(process):
        return []
    why = "You have taken it over: it takes its next steps in your name once you say so."
    return [_command("retry", "Go on", why, dry_run=_dry_run(process))]


def _hand_back(process: "Process[Any]") -> list[Recommendation]:
    """Never in the middle of a step that goes on by itself."""
    if not is_held(process):
        return []
    why = "The agent goes on from where you leave it, and is told what you say."
    asks = {"decision": _TEXT, "message_for_caller": _TEXT}
    return [_command("hand_back", "Hand back to the agent", why, asks=asks)]


_ADVICE = (
    ("take_over", _take_over), ("confirm", _confirm), ("verify", _verify), (_INFORMATION, _provide),
    ("decide", _decide), ("retry", _repair), ("resolve", _resolve), ("retry", _go_on), ("hand_back", _hand_back),
)  # fmt: skip
"""What would go on, by the command's name: the first of these that is legal and apt is the next step."""


def _command(
    name: str, label: str, why: str, *, body: dict[str, Any] | None = None, asks: dict[str, Form] | None = None,
    scope: str = "{start}", roles: list[str] | None = None, people: int = 1, dry_run: DryRun | None = None,
) -> Recommendation:  # fmt: skip
    """`asks`: the shape of each thing that its giver brings."""
    start = COMMAND_SCOPES[name].format(process=workflow.info().workflow_type)
    known = {field: {"const": value} for field, value in (body or {}).items()}
    return Recommendation(
        action=name, label=label, why=why, body=body or {}, asks=list(asks or {}),
        arguments=_form(known | (asks or {})), people=people, requires_scope=scope.format(start=start),
        requires_roles=roles or [], dry_run=dry_run,
    )  # fmt: skip


def _form(fields: dict[str, Form]) -> Form:
    return {"type": "object", "properties": fields, "required": list(fields)}


def text_or_choice(missing: Missing) -> Form:
    """The shape of most answers."""
    return _TEXT | ({"enum": missing.options} if missing.options else {})


def _dry_run(process: "Process[Any]") -> DryRun | None:
    steps = still_to_come(process)
    if process.effect is None and not steps:
        return None
    return DryRun(
        summary=process.effect.summary if process.effect else process.title,
        steps=[step.label for step in steps],
        irreversible=[step.label for step in steps if step.irreversible],
    )
