"""How long an AI agent is listened to: what it repeats is counted, and the caller gets a person in time.

Counted in the house's database (`handrail.interactions`), before the call is made: a restart forgets nothing, and a
call that is one too many has no effect. People and systems are never counted. When the database cannot be reached the
call is made uncounted: without it no effect happens anyway, since no evidence can be written.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from domain.answers import Answer, Status
from domain.calls import Actor, ActorKind, Interaction, ToolCall
from domain.commands import Command, Reply
from domain.patience import (
    FOR_THE_CALLER,
    Heard,
    PatiencePolicy,
    TooMuch,
    call_key,
    failed,
    overstayed,
    question_key,
    same_call,
    same_question,
)
from domain.work import process_of
from handrail.interactions import CALL, FAILURE, QUESTION, InteractionBook, Said
from handrail.policies import Shelf
from handrail.rail.face import Refused, UnknownWork
from handrail.rail.runs import Runs
from workflows._catalog import Tool

_log = logging.getLogger(__name__)
_FAILED = ("confirm.other_effect", "step_up.wrong_code")
Open = Callable[[ToolCall, str], Awaitable[Answer]]
"""Open, or join, the work item that takes the conversation; the text tells it from earlier ones."""


class Patience:
    def __init__(self, book: InteractionBook, shelf: Shelf, runs: Runs, open_item: Open) -> None:
        self._book, self._shelf, self._runs, self._open = book, shelf, runs, open_item

    async def hear(self, tool: Tool, call: ToolCall, reference: str, message: str) -> Heard | None:
        """Count a call. None: it is of nobody whose patience is measured."""
        if not _counts(call.actor, call.interaction) or tool.per_conversation:
            return None
        said = Said(
            tenant=call.actor.tenant, call_id=call.interaction.call_id, kind=CALL,
            what=call_key(tool.name, call.arguments, call.confirm), message=_message(call, message),
            reference=reference,
        )  # fmt: skip
        return await self._hear([said])

    async def turned(self, tool: Tool, call: ToolCall, reference: str, heard: Heard) -> Answer | None:
        """The answer in place of the call's own, when this one is not made any more."""
        if heard.handed_off and not tool.reads_only and (taken := await self._with_people(call, heard)):
            return taken
        policy = self._policy()
        if too_much := overstayed(heard, policy, call.interaction.channel, _now()):
            return None if tool.reads_only else await self._hand_over(call, heard, too_much)
        limit = policy.same_look if tool.reads_only else policy.of_call(tool.name)
        too_much = same_call(heard, tool.name, call.arguments, limit)
        return await self._loop(call, reference, heard, policy, too_much) if too_much else None

    async def judge(self, tool: Tool, call: ToolCall, answer: Answer, message: str) -> Answer:
        """The call's answer; a person's instead, when it asks the same thing once too often."""
        if not _counts(call.actor, call.interaction):
            return answer
        heard = await self._answered(call, tool.name, answer, _message(call, message), call.confirm)
        too_much = same_question(heard, self._policy(), tool.name, answer) if heard else None
        if heard is None or too_much is None:
            return answer
        return await self._stop(call, answer, heard, too_much)

    async def may_say(self, actor: Actor, reference: str, name: str) -> str:
        """The call id of a command of an AI agent. Raises Refused while a person has its conversation."""
        if actor.kind is not ActorKind.AI:
            return ""
        call_id = await self._call_of(actor, reference)
        if not call_id or name in ("note", "withdraw"):
            return call_id
        heard = await self._current(actor, call_id)
        call = _call(actor, call_id)
        if heard and heard.handed_off and (taken := await self._with_people(call, heard)):
            raise Refused(taken.say, "owner.person", taken)
        return call_id

    async def judge_reply(self, actor: Actor, reference: str, call_id: str, command: Command, reply: Reply) -> Reply:
        """The reply to an AI agent's command; the same question once too often is a person's."""
        if not call_id or command.name not in ("confirm", "provide", "verify", "amend"):
            return reply
        process = process_of(reference)
        call = _call(actor, call_id)
        if reply.refused:
            if reply.refused.rule in _FAILED:
                await self._hear([_said(call, FAILURE, reply.refused.rule, command.message_id)])
            return reply
        heard = await self._answered(call, process, reply.answer, command.message_id, "")
        too_much = same_question(heard, self._policy(), process, reply.answer) if heard else None
        if heard is None or too_much is None:
            return reply
        return reply.model_copy(update={"answer": await self._stop(call, reply.answer, heard, too_much)})

    async def number(self, call: ToolCall) -> str:
        """Which handoff of its conversation this is."""
        heard = await self._current(call.actor, call.interaction.call_id)
        return str(heard.handoffs) if heard else "0"

    # What is done about it

    async def _loop(
        self, call: ToolCall, reference: str, heard: Heard, policy: PatiencePolicy, too_much: TooMuch
    ) -> Answer | None:
        try:
            now = await self._runs.current(call.actor, reference)
        except UnknownWork:
            return await self._hand_over(call, heard, too_much)
        if now.status is Status.DONE:
            return None  # it is done, and saying so again harms nobody
        if not now.terminal and now.status not in FOR_THE_CALLER and heard.same < policy.same_look:
            return None  # it is being worked on: asking again is how some agents wait
        return await self._stop(call, now, heard, too_much)

    async def _stop(self, call: ToolCall, answer: Answer, heard: Heard, too_much: TooMuch) -> Answer:
        """The run goes to people when it waits for the caller; else the conversation does."""
        if answer.terminal or not answer.reference or answer.status not in FOR_THE_CALLER:
            return await self._hand_over(call, heard, too_much)
        message = f"handrail:hand_off:{answer.reference}:{answer.revision}"
        command = Command(name="hand_off", actor=_house(call.actor), body=_why(too_much), message_id=message)
        try:
            return (await self._runs.say(call.actor, answer.reference, command)).answer
        except Refused as refused:  # it went on meanwhile
            return refused.answer

    async def _hand_over(self, call: ToolCall, heard: Heard, too_much: TooMuch) -> Answer:
        """The whole conversation, to one work item."""
        asked = ToolCall(
            tool="hand_off", arguments=_why(too_much), actor=_house(call.actor), interaction=call.interaction
        )  # fmt: skip
        return await self._open(asked, str(heard.handoffs))

    async def _with_people(self, call: ToolCall, heard: Heard) -> Answer | None:
        """The answer of the work item that has the conversation; None when it has ended after all."""
        if await self._runs.is_open(call.actor, heard.handed_off):
            return await self._runs.current(call.actor, heard.handed_off)
        await self._book.hand_back(call.actor.tenant, call.interaction.call_id, heard.handed_off)
        return None

    # Counting

    async def _answered(self, call: ToolCall, tool: str, answer: Answer, message: str, confirmed: str) -> Heard | None:
        """What is known when a question was asked; None when none was."""
        said = [_said(call, FAILURE, tool, message)] if failed(answer, confirmed) else []
        if key := question_key(tool, answer):
            said.append(_said(call, QUESTION, key, message, answer.reference))
        heard = await self._hear(said) if said else None
        return heard if key else None

    async def _hear(self, said: list[Said]) -> Heard | None:
        try:
            return await self._book.hear(said, _now())
        except SQLAlchemyError:
            _log.exception("What is said in interaction %s is not counted.", said[-1].call_id)
            return None

    async def _current(self, actor: Actor, call_id: str) -> Heard | None:
        try:
            return await self._book.current(actor.tenant, call_id, _now())
        except SQLAlchemyError:
            _log.exception("Nothing is known of interaction %s.", call_id)
            return None

    async def _call_of(self, actor: Actor, reference: str) -> str:
        try:
            return await self._book.of_run(actor.tenant, reference)
        except SQLAlchemyError:
            _log.exception("The interaction of %s is not known.", reference)
            return ""

    def _policy(self) -> PatiencePolicy:
        return PatiencePolicy.model_validate(self._shelf.read(PatiencePolicy.name))


def _why(too_much: TooMuch) -> dict[str, Any]:
    """The body of the command `hand_off`, and the arguments of the tool."""
    repeated = too_much.repeated.model_dump(mode="json")
    return {"reason": str(too_much.code), "text": too_much.text, "repeated": [repeated]}


def _counts(actor: Actor, interaction: Interaction) -> bool:
    return actor.kind is ActorKind.AI and bool(interaction.call_id)


def _message(call: ToolCall, message: str) -> str:
    """A request id says that it is the same message again; without one each is a new one."""
    return f"{call.actor.id}:{call.request_id}:{call.confirm}" if call.request_id else message


def _said(call: ToolCall, kind: str, what: str, message: str, reference: str = "") -> Said:
    return Said(
        tenant=call.actor.tenant, call_id=call.interaction.call_id, kind=kind, what=what, message=message,
        reference=reference,
    )  # fmt: skip


def _call(actor: Actor, call_id: str) -> ToolCall:
    return ToolCall(tool="", actor=actor, interaction=Interaction(call_id=call_id))


def _house(actor: Actor) -> Actor:
    """The house itself acts, in the tenant of whoever it protects the caller from."""
    return Actor(id="handrail", kind=ActorKind.SYSTEM, tenant=actor.tenant, name="handrail")


def _now() -> datetime:
    return datetime.now(UTC)
