"""Nobody is asked twice in one conversation: what another run of it was told is taken over, and the caller hears it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.work import CallWork, WorkActivities
    from domain.calls import Known
    from domain.known import SAME_EVERYWHERE, Said, answers, given, shared, taken
    from domain.verdicts import AskConfirmation, AskInput

from workflows._hands import adopt
from workflows._steps import ONCE

if TYPE_CHECKING:
    from workflows._process import Process

_LIMIT = timedelta(seconds=2)


async def said_before(process: "Process[Any]") -> list[Said]:
    """What was asked for in this conversation besides, as far as whoever asks may read it. When that cannot be found
    out now nothing is known, and the caller is asked."""
    actor, call_id = process.call.actor, process.call.interaction.call_id
    if not call_id:
        return []
    process.looks += 1
    ask = CallWork(tenant=actor.tenant, call_id=call_id, besides=process.reference)
    try:
        said: list[Said] = await workflow.execute_local_activity_method(
            WorkActivities.said_in_call, ask, activity_id=f"said_in_call/{process.looks}",
            start_to_close_timeout=_LIMIT, retry_policy=ONCE,
        )  # fmt: skip
    except FailureError as failure:
        if is_cancelled_exception(failure):
            raise
        return []
    return [run for run in said if actor.may_read(run.process)]


async def fill_in(process: "Process[Any]", ask: AskInput) -> bool:
    """Whether something of what is missing is known: the rules then judge again.

    A call of before there was `known` is that of a run which asked at once: it does so in its replay too. As good as
    `workflow.patched`, which would have to come with the first version that looks.
    """
    if "known" not in process.call.model_fields_set:
        return False
    lacking = [item for item in ask.missing if shared(item.field) and not given(process.call.arguments, item.field)]
    found = answers(lacking, process.call, await said_before(process), process.record.customer_id) if lacking else {}
    if not found:
        return False
    arguments = process.call.arguments
    for field, known in found.items():
        arguments = taken(arguments, field, known.value)
    try:
        request = process.request_model.model_validate(arguments, extra="forbid")
    except ValidationError:  # what was good there is none here: the caller is asked
        return False
    adopt(process, process.call.actor, request, found)
    process.known |= found
    process.record.add("seen", body={"known": {field: known.said_in for field, known in found.items()}})
    return True


def unheard(process: "Process[Any]", digest: str, summary: str) -> AskConfirmation | None:
    """Money does not move by what only the house remembers, before the caller said yes to it, however little it is."""
    if digest in process.confirmed:
        process.known_heard = True  # what is changed in it later, people or rules tell him
    if process.known_heard or not set(process.known) & set(SAME_EVERYWHERE):
        return None
    return AskConfirmation(rule="conversation.confirmation", text=f"{summary} Shall I go ahead?")


def slot_of(field: str) -> str:
    """The name under which the packet lists it."""
    return field.partition(".")[0] if field.startswith("evidence.") else field


def by_slot(process: "Process[Any]") -> dict[str, Known]:
    return {slot_of(field): known for field, known in process.known.items()}
