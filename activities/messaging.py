"""Steps at whatever sends messages to customers."""

from datetime import UTC, datetime
from typing import Protocol

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from activities._turn import still_my_turn
from activities.sights import OrderSight, Question, SightActivities
from connectors.crm import KnowsContacts
from connectors.effects import Receipt, WriteRef
from connectors.errors import ConnectorError, NotFound, Rejected, Unsupported
from connectors.messaging import SendsMessages
from domain.facts import Fact
from domain.messages import Channel, Contacts, CustomerMessage, Message, Told, masked
from domain.step_up import CodeOrder, CodeSent, Reach


class Codes(Protocol):
    def code(self, ref: WriteRef, digits: int) -> str: ...
    def seal(self, run: str, code: str) -> str: ...


class ReachSight(OrderSight):
    reach: Fact[list[Reach]] | None = None
    """Where the verified caller can be reached, masked: the addresses themselves stay in the step that sends."""
    segments: list[str] = []
    """The CRM's labels for him."""


class MessagingActivities:
    def __init__(self, messaging: SendsMessages, crm: object, sights: SightActivities, codes: Codes) -> None:
        self._messaging = messaging
        self._crm = crm
        self._sights = sights
        self._codes = codes

    @activity.defn
    async def see_reach(self, ask: Question) -> ReachSight:
        return await self._see(ask)

    @activity.defn
    async def see_reach_again(self, ask: Question) -> ReachSight:
        """The same without the short time limit of the voice path: for when a system is slow or down."""
        return await self._see(ask)

    @activity.defn
    async def send_code(self, order: CodeOrder, ref: WriteRef) -> Receipt[CodeSent]:
        """No undo: a message cannot be called back. The code leaves this step by the message alone."""
        to = (await self._contacts.get_contacts(order.customer_id)).at(order.channel)
        if not to:
            raise Rejected(f"Customer {order.customer_id} has nothing on record to send a code to by {order.channel}.")
        await still_my_turn()
        code = self._codes.code(ref, order.digits)
        message = Message(channel=order.channel, to=to, text=order.text.replace("{code}", code))
        try:
            sent = await self._messaging.send_message(message, ref, attempt=attempt_of(ref), age_s=age_of(ref))
            sent = await read_back(sent, self._messaging.find_message(message, ref), "The message with the code")
        except ConnectorError as failure:
            raise _without(code, failure) from None
        told = CodeSent(id=sent.value.id, to=masked(order.channel, to), seal=self._codes.seal(ref.run, code))
        return Receipt[CodeSent].model_validate(dict(sent) | {"value": told})

    @activity.defn
    async def tell_customer(self, told: CustomerMessage, ref: WriteRef) -> Receipt[Told]:
        """No undo: a message cannot be called back."""
        contacts = await self._contacts.get_contacts(told.customer_id)
        channel = contacts.first
        if channel is None:
            raise Rejected(f"Customer {told.customer_id} has no address on record to write to.")
        await still_my_turn()
        message = Message(channel=channel, to=contacts.at(channel), text=told.text)
        sent = await self._messaging.send_message(message, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        sent = await read_back(sent, self._messaging.find_message(message, ref), "The message to the customer")
        value = Told(id=sent.value.id, channel=channel, to=masked(channel, message.to))
        return Receipt[Told].model_validate(dict(sent) | {"value": value})

    async def _see(self, ask: Question) -> ReachSight:
        sight = ReachSight.model_validate(dict(await self._sights.see_house(ask)))
        caller = sight.assurance.customer_id if sight.assurance else ""
        if not caller:
            return sight
        try:
            contacts = await self._contacts.get_contacts(caller)
        except NotFound:
            return sight
        fact = Fact[list[Reach]](
            name=f"contacts of {caller}", value=_reach(contacts), source="crm", read_at=datetime.now(UTC),
            version=contacts.version,
        )  # fmt: skip
        return sight.model_copy(update={"reach": fact, "segments": contacts.segments})

    @property
    def _contacts(self) -> KnowsContacts:
        if isinstance(self._crm, KnowsContacts):
            return self._crm
        raise Unsupported("This CRM does not tell how a customer is reached; connect one that has `get_contacts`.")


def _reach(contacts: Contacts) -> list[Reach]:
    ways = [(channel, contacts.at(channel)) for channel in Channel]
    return [
        Reach(channel=channel, to=masked(channel, to), changed_at=contacts.changed_at(channel))
        for channel, to in ways
        if to
    ]


def _without(code: str, failure: ConnectorError) -> ConnectorError:
    """A vendor that repeats the message in its refusal does not bring the code into the record."""
    failure.message = failure.message.replace(code, "*" * len(code))
    failure.args = (failure.message,)
    return failure
