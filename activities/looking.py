"""Asking a run what it knows now."""

from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError, RPCStatusCode

LOOK = "look"
HELD = "held"
"""Whether a person has the run and has not let it go on."""
_SEEN = "seen"


def seen(what: object) -> ApplicationError:
    """What a run answers to a look: the update is refused with this, so that nothing of it is in its history."""
    return ApplicationError(_SEEN, what, type=_SEEN, category=ApplicationErrorCategory.BENIGN)


async def look(handle: WorkflowHandle[Any, Any], what: str, *, within: timedelta) -> Any:
    """`answer`, `packet` or `held` of a run, as plain values. Raises RPCError (`NOT_FOUND`: there is no such run) and,
    when it has ended and cannot be replayed, WorkflowQueryFailedError.

    Only a run that has ended is asked by a query. Hazard (temporalio 1.35.0, server 1.32.0, November 2026): a query
    that goes to a worker past the workflow tasks brings along what the history holds by then, also what no task has
    told yet. A run in the worker's cache takes that at once, and what the next task brings later; on replay both come
    together, in another order (TMPRL1100), or an update is accepted twice (BadUpdateWorkflowExecutionMessage). Either
    way the run stands still. It takes a busy worker and callers who ask all the time.
    """
    try:
        await handle.execute_update(LOOK, what, rpc_timeout=within)
    except WorkflowUpdateFailedError as told:
        if isinstance(told.cause, ApplicationError) and told.cause.type == _SEEN:
            return told.cause.details[0]
    except WorkflowUpdateRPCTimeoutOrCancelledError as late:
        raise RPCError("The run did not answer in time.", RPCStatusCode.DEADLINE_EXCEEDED, b"") from late
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return await handle.query(what, rpc_timeout=within)
