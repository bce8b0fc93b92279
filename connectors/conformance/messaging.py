"""R: what is particular to the port of whatever sends messages."""

from typing import Any, ClassVar

from connectors.conformance.stage import Clock
from connectors.conformance.suite import Conformance
from connectors.conformance.world import World
from connectors.effects import WriteRef


class MessagingConformance(Conformance):
    system: ClassVar[str] = "messaging"

    async def test_r2_messaging_a_message_that_was_not_sent_is_none(self, world: World) -> None:
        connector: Any = world.connect(Clock())
        message = await world.draft("send_message")

        assert await connector.find_message(message, WriteRef(run="nobody", step="send_message")) is None
        await connector.aclose()

    async def test_r6_messaging_a_receipt_does_not_repeat_the_text(self, world: World) -> None:
        connector: Any = world.connect(Clock())
        message = await world.draft("send_message")

        receipt = await connector.send_message(message, WriteRef(run="somebody", step="send_message"))

        assert receipt.value.to == message.to
        assert message.text not in receipt.model_dump_json()
        await connector.aclose()
