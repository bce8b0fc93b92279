"""In every process: amended while the caller is waited for, the end is that of the last request; withdrawn, nothing is
left of it."""

import re
from typing import Any

import pytest

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.people import Conversation
from tests.properties.matters import MATTERS, Matter

ASKED_BACK = (
    "a refund to be confirmed", "a cancellation", "a return", "an exchange for something dearer", "other items",
    "another delivery address", "another address", "a small loss", "a claim reopened", "a privacy request", "a visit",
)  # fmt: skip
"""Each asks for the caller's yes first."""
A_FEW = ("a return", "a visit")
STILL_ASKED_BACK = {"a refund to be confirmed": 1}
"""Which amendment: the first one of a refund is too small to be asked back."""


async def asked(desk: Desk, matter: Matter, arguments: dict[str, Any]) -> tuple[Conversation, Answer]:
    caller = await desk.caller(matter.sold)
    answer = await caller.call(matter.tool, arguments, wait_s=8)
    assert answer.status == "needs_confirmation", answer
    return caller, answer


def effect(answer: Answer) -> str:
    """Without the numbers that tell two orders apart."""
    assert answer.effect
    return re.sub(r"gw\d*-\d+|case-\d+|claim-\d+", "it", answer.effect.model_dump_json())


async def ends_as_the_last_request(desk: Desk, name: str) -> None:
    other, nth = await MATTERS[name](desk), STILL_ASKED_BACK.get(name, 0)
    _, wanted = await asked(desk, other, other.arguments | other.amendments[nth])
    await desk.clear()
    await desk.shop.fresh()
    matter = await MATTERS[name](desk)
    caller, first = await asked(desk, matter, matter.arguments)

    await caller.say(first, "amend", arguments=matter.amendments[nth])
    now = await desk.until(first, lambda now: now.digest not in ("", first.digest))

    assert (now.reference, now.status) == (first.reference, "needs_confirmation")
    assert effect(now) == effect(wanted)
    await caller.say(now, "confirm", digest=now.digest)
    end = await desk.until(now, lambda now: now.status in ("done", "needs_approval") or bool(now.result))
    assert effect(end) == effect(wanted)


async def leaves_nothing(desk: Desk, name: str) -> None:
    await desk.shop.fresh()
    matter = await MATTERS[name](desk)
    caller, first = await asked(desk, matter, matter.arguments)
    before = await desk.shop.state()

    await caller.say(first, "withdraw")
    end = await desk.end(first)

    assert end.status in ("denied", "undone")
    assert end.denied
    assert end.denied.rule == "caller.withdrew"
    assert await desk.shop.state() == before


@pytest.mark.parametrize("name", A_FEW)
async def test_the_end_is_that_of_the_last_request(desk: Desk, name: str) -> None:
    await ends_as_the_last_request(desk, name)


@pytest.mark.full
@pytest.mark.parametrize("name", ASKED_BACK)
async def test_so_it_is_in_every_process_and_withdrawn_nothing_is_left(desk: Desk, name: str) -> None:
    await ends_as_the_last_request(desk, name)
    await leaves_nothing(desk, name)
