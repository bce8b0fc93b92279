"""What the customer got: messages, and the codes in them."""

import re
from dataclasses import replace
from typing import Any

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation, Person
from tests.desk.shop import Shop

PHONE = "+49 30 5550101"


async def outbox(shop: Shop) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = (await shop.admin("GET", "outbox"))["data"]
    return messages


async def codes(shop: Shop) -> list[str]:
    return [found[0] for message in await outbox(shop) if (found := re.match(r"\d{6}", message["text"]))]


def wrong(code: str, n: int = 1) -> str:
    """Another code of as many digits."""
    return f"{(int(code) + n) % 1_000_000:06d}"


async def record_phone(shop: Shop, order: Sold, phone: str = PHONE) -> None:
    document = await shop.state()
    for customer in document["customers"]:
        if customer["id"] == order.customer:
            customer["phone"] = phone
    await shop.admin("PUT", "dataset", document)


async def step_up(caller: Conversation, channel: str = "email", **more: Any) -> Answer:
    return await caller.call("step_up_caller", {"channel": channel, **more})


def keypad(desk: Desk) -> Person:
    """The telephone system that hears the caller's keys: it may do nothing else."""
    token = desk.house.credentials.issue("ivr", "system", ("wf:step_up:start", "wf:step_up:read"))
    return replace(desk.person("agent"), token=token)
