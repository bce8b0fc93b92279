"""Nobody but the customer learns the code: not Temporal, the record, the traces, the logs, nor who asked for it."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message as Proto
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.api.common.v1 import Payload
from temporalio.testing import ActivityEnvironment

from activities.messaging import MessagingActivities
from connectors.effects import WriteRef
from connectors.errors import Rejected
from domain.answers import Answer
from domain.messages import Channel, Contacts, Message, SentMessage
from domain.step_up import CodeOrder
from handrail.codes import OneTimeCodes
from handrail.encryption import EncryptedPayloads, payload_key
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import refusal
from tests.desk.shop import Shop
from tests.step_up.outbox import codes, outbox, step_up, wrong


def told(text: str, code: str) -> bool:
    """As a number of its own: six digits of a hash or of a larger number are chance."""
    return re.search(rf"(?<![0-9a-f]){code}(?![0-9a-f])", text) is not None


def payloads(message: Proto) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if isinstance(value, Proto):
            yield from payloads(value)
            continue
        for part in value.values() if hasattr(value, "values") else list(value):
            if isinstance(part, Proto):
                yield from payloads(part)


async def history(desk: Desk, answer: Answer) -> str:
    """All that Temporal keeps of a run, decrypted."""
    codec = EncryptedPayloads(payload_key(desk.house.settings))
    events = (await desk.handle(answer).fetch_history()).events
    clear = await codec.decode([payload for event in events for payload in payloads(event)])
    return "\n".join(payload.data.decode(errors="replace") for payload in clear)


async def test_the_code_is_kept_nowhere_but_in_the_message(
    desk: Desk, shop: Shop, order: Sold, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caller, person = await desk.caller(order), desk.person("supervisor")
    asked = await step_up(caller)
    [code] = await codes(shop)
    mistaken = wrong(code)
    problem = await refusal(caller.say(asked, "verify", code=mistaken))
    right = await caller.say(asked, "verify", code=code)
    end = await desk.end(asked)

    kept = {
        "answers": " ".join(a.model_dump_json() for a in (asked, right, end)) + json.dumps(problem.body),
        "Temporal": await history(desk, asked),
        "evidence": json.dumps(await person.history(asked)),
        "packet": json.dumps(await person.packet(asked)),
        "spans": " ".join(span.to_json() for span in spans.get_finished_spans()),
        "logs": caplog.text,
    }

    assert told((await outbox(shop))[0]["text"], code)
    for known in ("a***@example.com", '"seal"', '"code"', "one_time_code", "expires_at"):
        assert known in kept["Temporal"]  # the step's result, the command, the end: all was looked through
    assert order.email not in kept["Temporal"]
    assert "step_up.wrong_code" in kept["evidence"]
    assert "send_code" in kept["spans"]
    for secret in (code, mistaken):
        assert [place for place, text in kept.items() if told(text, secret)] == []


class Parrot:
    """A messaging system whose refusal repeats what it was given."""

    async def get_contacts(self, customer_id: str) -> Contacts:
        return Contacts(customer_id=customer_id, email="ada@example.com")

    async def send_message(self, message: Message, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0) -> Any:
        raise Rejected(f"cannot send {message.text!r}", vendor_code="unreachable")

    async def find_message(self, message: Message, ref: WriteRef) -> SentMessage | None:
        return None


async def test_a_vendor_that_repeats_the_message_does_not_give_the_code_away(desk: Desk) -> None:
    codes = OneTimeCodes(desk.house.settings)
    step = MessagingActivities(Parrot(), Parrot(), None, codes)  # type: ignore[arg-type]
    ref = WriteRef(run="default:step-up-1", step="send_code")
    order = CodeOrder(customer_id="C-1", channel=Channel.EMAIL, digits=6, text="{code} is your code.")

    with pytest.raises(Rejected) as refused:
        await ActivityEnvironment().run(step.send_code, order, ref)

    assert str(refused.value) == "cannot send '****** is your code.'"
    assert codes.code(ref, 6) not in str(refused.value.args)


async def test_the_record_says_who_was_verified_how_and_by_whose_word(desk: Desk, shop: Shop, order: Sold) -> None:
    caller, person = await desk.caller(order), desk.person("supervisor")
    asked = await step_up(caller)
    await caller.say(asked, "verify", code=(await codes(shop))[0])
    await desk.end(asked)

    found: dict[str, Any] = await person.history(asked)

    assert found["verified"]["ok"]
    [verified] = [event for event in found["events"] if event["type"] == "verified"]
    assert verified["body"] == {"level": 2, "method": "one_time_code"}
    assert verified["subject"] == order.customer
    assert {"intent", "receipt", "commanded", "closed"} <= {event["type"] for event in found["events"]}
