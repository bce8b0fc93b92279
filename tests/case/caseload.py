"""Cases as tests ask for them, and what the case system has of them."""

from typing import Any

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.shop import Shop

PHOTO = {"reference": "upload/photo-1", "sha256": "ab" * 32, "name": "box.jpg"}


def late(order: Sold, subject: str = "Parcel is late", **more: Any) -> dict[str, Any]:
    """A late delivery with all that its category needs."""
    facts = {"promised_date": "2026-11-20"}
    return {"category": "late_delivery", "subject": subject, "order_id": order.id, "facts": facts} | more


def damaged(order: Sold, **more: Any) -> dict[str, Any]:
    facts = {"item": "lamp", "damage": "item"}
    given = {"category": "damaged_item", "subject": "Lamp arrived broken", "order_id": order.id, "facts": facts}
    return given | {"attachments": [PHOTO]} | more


async def opened(caller: Conversation, arguments: dict[str, Any], **more: Any) -> Answer:
    """The answer to a case that is accepted and open with its team."""
    answer = await caller.call("create_case", arguments, **more)
    assert (answer.status, answer.terminal) == ("accepted", False), answer
    assert answer.result, answer
    return answer


def id_of(answer: Answer) -> str:
    assert answer.result
    return str(answer.result["case_id"])


async def on_record(shop: Shop, id: str = "") -> dict[str, Any]:
    """The case as the case system has it; the only one, unless it is named."""
    cases = (await shop.state())["cases"]
    [case] = [case for case in cases if not id or case["id"] == id]
    found: dict[str, Any] = case
    return found


async def in_the_case_system(shop: Shop, id: str, **change: Any) -> None:
    """Somebody of the team works in the case system's own screen."""
    await shop.write_elsewhere("PATCH", f"/cases/{id}", change)


async def texts(shop: Shop, id: str = "") -> list[str]:
    return [comment["text"] for comment in (await on_record(shop, id))["comments"]]


async def told(desk: Desk, answer: Answer, **fields: Any) -> Answer:
    """The first answer whose result has these fields."""
    return await desk.until(
        answer, lambda now: bool(now.result) and all((now.result or {}).get(k) == v for k, v in fields.items())
    )
