"""Steps in the book of interactions: who has the conversation, the agent or a person."""

from datetime import datetime
from typing import Protocol

from temporalio import activity

from domain.values import Value


class ConversationBook(Protocol):
    async def hand_off(self, tenant: str, call_id: str, reference: str, now: datetime) -> str: ...
    async def hand_back(self, tenant: str, call_id: str, reference: str) -> None: ...


class Turn(Value):
    """The conversation changes hands."""

    tenant: str
    call_id: str
    reference: str
    """The work item that has it."""
    at: datetime


class ConversationActivities:
    def __init__(self, book: ConversationBook) -> None:
        self._book = book

    @activity.defn
    async def hand_off_conversation(self, turn: Turn) -> str:
        """The reference of the work item that has it now: another one's when that was first."""
        return await self._book.hand_off(turn.tenant, turn.call_id, turn.reference, turn.at)

    @activity.defn
    async def hand_back_conversation(self, turn: Turn) -> None:
        """Undo hand_off_conversation: the agent has it again."""
        await self._book.hand_back(turn.tenant, turn.call_id, turn.reference)
