"""The port to whatever sends messages to customers."""

from typing import Protocol

from connectors.effects import Receipt, WriteRef
from domain.messages import Message, SentMessage


class SendsMessages(Protocol):
    async def send_message(
        self, message: Message, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[SentMessage]:
        """No undo. Raises Rejected with the vendor's code when the address cannot be reached.

        Hazard: the text may hold a one-time code. It goes into no error, log, span or receipt.
        """
        ...

    async def find_message(self, message: Message, ref: WriteRef) -> SentMessage | None: ...
