"""Messages go to addresses, once per key, and their text is read in the outbox only."""

from typing import Any

import pytest

from tests.simulators.conftest import Simulators

MESSAGE = {"channel": "email", "to": "mia@example.com", "text": "Your lamp is on its way.", "reference": "w/1"}


async def outbox(simulators: Simulators) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await simulators.http.get("/admin/outbox")).json()["data"]
    return found


async def test_a_message_is_in_the_outbox_with_its_text_and_nowhere_else(simulators: Simulators) -> None:
    sent = await simulators.write("POST", "/messaging/messages", MESSAGE)

    found = await simulators.get("/messaging/messages", reference="w/1")

    assert sent.status_code == 201
    assert (sent.json()["channel"], sent.json()["to"]) == ("email", "mia@example.com")
    assert found.json()["data"] == [sent.json()]
    assert MESSAGE["text"] not in sent.text + found.text
    assert [message["text"] for message in await outbox(simulators)] == [MESSAGE["text"]]


async def test_the_same_key_sends_one_message(simulators: Simulators) -> None:
    answers = [await simulators.write("POST", "/messaging/messages", MESSAGE, key="one") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert len(await outbox(simulators)) == 1


@pytest.mark.parametrize(
    ("channel", "to"),
    [("email", "mia"), ("email", "mia@"), ("email", "a b@example.com"), ("sms", "mia@example.com"), ("sms", "+49")],
)
async def test_what_is_no_address_is_unreachable(simulators: Simulators, channel: str, to: str) -> None:
    answer = await simulators.write("POST", "/messaging/messages", MESSAGE | {"channel": channel, "to": to})

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "unreachable"
    assert await outbox(simulators) == []


async def test_another_dataset_empties_the_outbox_and_no_dataset_has_it(simulators: Simulators) -> None:
    await simulators.write("POST", "/messaging/messages", MESSAGE)
    document = (await simulators.http.get("/admin/dataset")).json()

    (await simulators.http.put("/admin/dataset", json=document)).raise_for_status()

    assert "messages" not in document
    assert await outbox(simulators) == []
