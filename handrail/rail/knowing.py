"""An argument that was not given, and was said in this conversation already, is not asked for again."""

import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from activities.work import CallWork, WorkActivities
from domain.answers import Answer
from domain.calls import Actor, ToolCall
from domain.known import Said, answers, callback, shared, taken
from domain.packet import Packet
from handrail.interactions import InteractionBook
from handrail.rail.arguments import check_arguments
from workflows._catalog import Tool

_log = logging.getLogger(__name__)


class Knowing:
    def __init__(self, client: Client, book: InteractionBook) -> None:
        self._runs = WorkActivities(client, book)

    async def complete(self, tool: Tool, call: ToolCall, asked: Answer) -> tuple[ToolCall, dict[str, Any] | Answer]:
        """The call with what is known, and its arguments in canonical form; or what must be asked still."""
        missing = [item for item in asked.missing if shared(item.field)]
        if not missing or not call.interaction.call_id:
            return call, asked
        found = answers(missing, call, await self._said(call.actor, call.interaction.call_id))
        if not found:
            return call, asked
        arguments = call.arguments
        for field, known in found.items():
            arguments = taken(arguments, field, known.value)
        return call.model_copy(update={"known": found}), check_arguments(tool.arguments, arguments, tool.name)

    async def with_callback(self, actor: Actor, packet: Packet) -> Packet:
        """With the number under which the caller can be reached, whichever run of the conversation it was given to."""
        channel = packet.channel
        if not channel.call_id:
            return packet
        number = callback(await self._said(actor, channel.call_id), packet.caller.customer_ref)
        reached = channel.model_copy(update={"callback_number": number or channel.callback_number})
        return packet.model_copy(update={"channel": reached})

    async def _said(self, actor: Actor, call_id: str) -> list[Said]:
        """As far as the actor may read it. When it cannot be found out nothing is known, and the caller is asked."""
        ask = CallWork(tenant=actor.tenant, call_id=call_id)
        try:
            said = await self._runs.said_in_call(ask)
        except (RPCError, SQLAlchemyError):
            _log.exception("What was said in interaction %s is not known.", call_id)
            return []
        return [run for run in said if actor.may_read(run.process)]
