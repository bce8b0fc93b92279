"""Messages to customers."""

from connectors.effects import Safety, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.messages import Message, SentMessage


class SimulatedMessaging(SimulatedSystem):
    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_message",
            facts="docs/simulators.md#messaging",
        )
    )
    async def send_message(self, message: Message, w: Write) -> SentMessage:
        body = message.model_dump(mode="json") | {"reference": w.ref.value}
        return await self.http.write("POST", "/messaging/messages", w, json=body, into=SentMessage)

    async def find_message(self, message: Message, ref: WriteRef) -> SentMessage | None:
        params = {"reference": ref.value}
        found = await self.http.read("GET", "/messaging/messages", params=params, into=Listed[SentMessage])
        return next((sent for sent in found.data if sent.reference == ref.value), None)
