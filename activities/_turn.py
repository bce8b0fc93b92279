"""Whose turn it is, asked just before a step writes that had to read first."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import timedelta

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from activities.looking import HELD, look
from connectors.errors import Transient

_A_SECOND = timedelta(seconds=1)


async def _nobody_asks() -> None:
    """Outside a run: a step that is tried by itself."""


ask_again: ContextVar[Callable[[], Awaitable[None]]] = ContextVar("ask_again", default=_nobody_asks)
"""Set for each write by `activities._execution`."""


async def still_my_turn() -> None:
    """Between what a step reads and what it writes, which may be seconds. Raises Transient when a person has taken the
    run over meanwhile, and what a kill switch makes of a write when one was thrown."""
    await ask_again.get()()


class Holders:
    """Who holds a run, by the run's own word."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def stop_if_held(self, workflow_id: str) -> None:
        """Raises Transient: nothing was sent."""
        try:
            held: bool = await look(self._client.get_workflow_handle(workflow_id), HELD, within=_A_SECOND)
        except (RPCError, WorkflowQueryFailedError) as unknown:
            raise Transient("Not sent: it cannot be seen now whether a person has taken this over.") from unknown
        if held:
            raise Transient("Not sent: a person has taken this over.")
