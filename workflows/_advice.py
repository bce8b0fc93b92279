"""What the handoff packet advises: the next step with everything that its command must carry, what it would do, and
what nobody has answered yet. From the run's state alone."""

from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.answers import Status
    from domain.commands import COMMAND_SCOPES, Outcome
    from domain.packet import DryRun, OpenQuestion, PacketStep, Recommendation, StepStatus
    from domain.step_up import METHOD as ONE_TIME_CODE

if TYPE_CHECKING:
    from workflows._process import Process

_INFORMATION = "provide"
_ORDER = ("confirm", "verify", _INFORMATION, "decide", "retry", "resolve", "hand_back")
"""The next step is the first of these that is legal."""
_TO_COME = (StepStatus.PLANNED, StepStatus.RUNNING, StepStatus.FAILED, StepStatus.UNKNOWN)


def recommended(process: "Process[Any]") -> list[Recommendation]:
    """Legal commands that would go on, the next step first."""
    names = [name for name in _ORDER if name in process.answer.next]
    return [_ADVICE[name](process) for name in names]


def open_questions(process: "Process[Any]") -> list[OpenQuestion]:
    answer = process.answer
    asked = [OpenQuestion(field=m.field, text=m.reason, options=m.options) for m in answer.missing]
    if answer.status is Status.NEEDS_CONFIRMATION:
        asked.append(OpenQuestion(field="confirm", text=answer.say))
    if answer.status is Status.NEEDS_VERIFICATION:
        asked.append(OpenQuestion(field="assurance", text=answer.say, options=answer.methods))
    gate = process.gate
    if gate and not gate.settled:
        options = [str(outcome) for outcome in Outcome]
        asked.append(OpenQuestion(field="outcome", text=gate.text, options=options, to="person"))
    return asked


def still_to_come(process: "Process[Any]") -> list[PacketStep]:
    """Of the steps under way and of the plan; a plan that has begun names only what was begun."""
    steps = list(process.steps) or (process.planned_steps() if process.effect else [])
    return [step for step in steps if step.status in _TO_COME]


def _confirm(process: "Process[Any]") -> Recommendation:
    return _command(
        process, "confirm", "Read the effect to the caller and confirm", "The caller must say yes to the exact effect.",
        body={"digest": process.answer.digest}, dry_run=_dry_run(process),
    )  # fmt: skip


def _verify(process: "Process[Any]") -> Recommendation:
    """By the code that was sent, or by a person who vouches: for exactly the level that is needed."""
    if process.answer.methods == [ONE_TIME_CODE]:
        return _command(process, "verify", "Give the code", "A code was sent to the caller.", asks=["code"])
    why = "The caller's assurance is too low for this effect."
    body = {"level": process.level_needed, "customer_id": process.record.customer_id}
    asks = ["method", *(name for name, value in body.items() if not value)]
    known = {name: value for name, value in body.items() if value}
    return _command(process, "verify", "Verify the caller", why, body=known, asks=asks)


def _provide(process: "Process[Any]") -> Recommendation:
    asks = [missing.field for missing in process.answer.missing]
    why = " ".join(missing.reason for missing in process.answer.missing)
    return _command(process, _INFORMATION, "Give the information that was asked for", why, asks=asks)


def _decide(process: "Process[Any]") -> Recommendation:
    gate = process.gate
    assert gate is not None
    why = "The rules leave this to a person."
    return _command(
        process, "decide", "Decide", why, body={"digest": gate.digest}, asks=["outcome"], roles=gate.roles,
        dry_run=_dry_run(process),
    )  # fmt: skip


def _retry(process: "Process[Any]") -> Recommendation:
    if not process.repairs:
        why = "You have taken it over: it takes its next steps in your name once you say so."
        return _command(process, "retry", "Go on", why, dry_run=_dry_run(process))
    why = "It is looked up first, so nothing is done twice."
    return _command(process, "retry", "Try the step again", why, body={"action": "retry"}, dry_run=_dry_run(process))


def _resolve(process: "Process[Any]") -> Recommendation:
    why = "It is with a team; the caller waits for its end."
    return _command(process, "resolve", "Resolve the case", why, asks=["comment"])


def _hand_back(process: "Process[Any]") -> Recommendation:
    why = "The agent goes on from where you leave it, and is told what you say."
    return _command(process, "hand_back", "Hand back to the agent", why, asks=["decision", "message_for_caller"])


_ADVICE = {
    "confirm": _confirm, "verify": _verify, "provide": _provide, "decide": _decide, "retry": _retry,
    "resolve": _resolve, "hand_back": _hand_back,
}  # fmt: skip


def _command(
    process: "Process[Any]", name: str, label: str, why: str, *, body: dict[str, Any] | None = None,
    asks: list[str] | None = None, roles: list[str] | None = None, dry_run: DryRun | None = None,
) -> Recommendation:  # fmt: skip
    scope = COMMAND_SCOPES[name].format(process=workflow.info().workflow_type)
    return Recommendation(
        action=name, label=label, why=why, body=body or {}, asks=asks or [], requires_scope=scope,
        requires_roles=roles or [], dry_run=dry_run,
    )  # fmt: skip


def _dry_run(process: "Process[Any]") -> DryRun | None:
    steps = still_to_come(process)
    if process.effect is None and not steps:
        return None
    return DryRun(
        summary=process.effect.summary if process.effect else process.title,
        steps=[step.label for step in steps],
        irreversible=[step.label for step in steps if step.irreversible],
    )
