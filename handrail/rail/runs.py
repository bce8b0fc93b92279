"""Runs that exist: asking them, telling them, and saying honestly what is known when they do not answer."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.looking import look
from domain.answers import Answer, Status
from domain.calls import Actor
from domain.commands import Command, Reply
from handrail.rail.face import Refused, Unavailable, UnknownWork
from handrail.rail.sharing import Shared
from workflows._catalog import workflow_id
from workflows._process import Closed

QUICK = timedelta(milliseconds=400)
PATIENT = timedelta(seconds=4)


class Runs:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._looks: Shared[dict[str, Any]] = Shared()

    def handle(self, actor: Actor, reference: str) -> WorkflowHandle[Any, Any]:
        """Only within the actor's own tenant."""
        return self._client.get_workflow_handle(workflow_id(actor.tenant, reference), result_type=Closed)

    async def look(self, actor: Actor, reference: str, what: str, *, within: timedelta) -> dict[str, Any]:
        """`answer` or `packet` of now, as plain values; raises as `activities.looking.look` does."""
        handle = self.handle(actor, reference)
        return await self._looks.ask((handle.id, what, within), lambda: look(handle, what, within=within))

    async def current(self, actor: Actor, reference: str) -> Answer:
        """Raises UnknownWork."""
        try:
            known = Closed.model_validate(await self.look(actor, reference, "answer", within=PATIENT))
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise UnknownWork(f"There is no work {reference} here.") from error
            return await self.what_is_known(actor, reference, ask=False)
        except WorkflowQueryFailedError:
            return await self.what_is_known(actor, reference, ask=False)
        return known.answer

    async def is_open(self, actor: Actor, reference: str) -> bool:
        """Also of a run that an operator ended: asked, it answers as if it still waited."""
        with as_unavailable():
            try:
                described = await self.handle(actor, reference).describe(rpc_timeout=PATIENT)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return False
                raise
        return described.status is WorkflowExecutionStatus.RUNNING

    async def end(self, actor: Actor, reference: str, wait: timedelta) -> Answer:
        """The last answer, or after `wait` the one of then. A long poll on the history, which is no work for a worker:
        a look and an update per waiting caller were two workflow tasks more in each run. Raises UnknownWork."""
        try:
            async with asyncio.timeout(wait.total_seconds()):
                closed: Closed = await self.handle(actor, reference).result(rpc_timeout=wait)
                return closed.answer
        except (TimeoutError, RPCError, WorkflowFailureError):
            return await self.current(actor, reference)

    async def what_is_known(self, actor: Actor, reference: str, *, ask: bool) -> Answer:
        """The budget is used up. Only what is durable may be promised, so the server is asked whether it has it."""
        if ask:
            with contextlib.suppress(RPCError, WorkflowQueryFailedError):
                return Closed.model_validate(await self.look(actor, reference, "answer", within=QUICK)).answer
        try:
            await self.handle(actor, reference).describe(rpc_timeout=PATIENT)
        except RPCError as error:
            text = "Temporal does not answer, so it is not known whether this was logged; send the same request again."
            raise Unavailable(text) from error
        return logged(reference)

    async def next(self, actor: Actor, reference: str, revision: int, wait: timedelta) -> Reply:
        """The first answer newer than `revision`. All who wait for it share one update, by its id."""
        reply: Reply = await self.handle(actor, reference).execute_update(
            "next", revision, id=f"next:{revision}", result_type=Reply, rpc_timeout=wait
        )
        return reply

    async def say(self, actor: Actor, reference: str, command: Command) -> Reply:
        """Raises Refused when the run has ended, UnknownWork, Unavailable."""
        handle = self.handle(actor, reference)
        try:
            reply: Reply = await handle.execute_update(
                "command", command, id=command.message_id, result_type=Reply, rpc_timeout=PATIENT
            )
            return reply
        except (WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowUpdateFailedError):
            return await self._leave(handle, reference, command)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise Unavailable(f"{reference} cannot be reached now: {error.message}") from error
        answer = await self.current(actor, reference)
        raise Refused(f"Nothing to {command.name}: {reference} is {answer.status}: {answer.say}", "run.closed", answer)

    async def _leave(self, handle: WorkflowHandle[Any, Any], reference: str, command: Command) -> Reply:
        """No worker answers: the command is left as a signal, which outlives everything, under the same message id."""
        with as_unavailable(reference):
            await handle.signal("command_later", command, rpc_timeout=PATIENT)
        say = f"Your {command.name} is logged and takes effect as soon as the work goes on."
        return Reply(answer=logged(reference).model_copy(update={"say": say}))


def logged(reference: str) -> Answer:
    say = "Your request is logged and on its way."
    return Answer(status=Status.ACCEPTED, reference=reference, say=say, retry_after_s=1)


@contextlib.contextmanager
def as_unavailable(reference: str = "") -> Iterator[None]:
    """Temporal's errors in the rail's words."""
    try:
        yield
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND and reference:
            raise UnknownWork(f"There is no work {reference} here.") from error
        raise Unavailable(f"Temporal does not answer now ({error.message}); try again.") from error
