"""The connector to the simulators: one vendor that serves as every system of a company."""

from collections.abc import Mapping

from pydantic import BaseModel, TypeAdapter, ValidationError

from connectors.connector import Manifest
from connectors.errors import ContractDrift
from connectors.events import InboundEvent
from connectors.signatures import HmacSpec
from connectors.simulator.billing import SimulatedBilling
from connectors.simulator.casework import SimulatedCasework
from connectors.simulator.claims import SimulatedClaims
from connectors.simulator.crm import SimulatedCrm
from connectors.simulator.messaging import SimulatedMessaging
from connectors.simulator.orders import SimulatedOrders
from connectors.simulator.payouts import SimulatedPayouts
from connectors.simulator.replacements import SimulatedReplacements
from connectors.simulator.vouchers import SimulatedVouchers

SIGNED = HmacSpec(header="Simulator-Signature", signature_field="v1", timestamp_field="t", signed="{timestamp}.{body}")


class EventObject(BaseModel):
    id: str
    reference: str = ""


class Event(BaseModel):
    id: str
    type: str
    data: EventObject


_EVENT = TypeAdapter(Event)


class SimulatorConnector(
    SimulatedCrm,
    SimulatedOrders,
    SimulatedReplacements,
    SimulatedBilling,
    SimulatedCasework,
    SimulatedClaims,
    SimulatedVouchers,
    SimulatedPayouts,
    SimulatedMessaging,
):
    manifest = Manifest(id="simulator", version="1.0.0", api_version="1", title="Handrail's simulators")

    def receive(self, body: bytes, headers: Mapping[str, str], *, now_s: float) -> list[InboundEvent]:
        SIGNED.verify(self.config.webhook_secret, body, headers, now_s)
        try:
            event = _EVENT.validate_json(body)
        except ValidationError:
            raise ContractDrift(f"{self.name}: a signed event has another shape than was agreed.") from None
        data = event.data
        return [InboundEvent(dedupe_id=event.id, kind=event.type, ref=data.reference, object_id=data.id)]

    async def ping(self) -> None:
        await self.http.read("GET", "/orders", params={"customer_id": "ping"})
