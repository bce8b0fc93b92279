"""Cold resume: a colleague who sees only the handoff packet finishes every paused run. Nothing that is known is asked
for again, and the caller is verified again only when what he showed is not enough, or no longer counts."""

from collections.abc import AsyncIterator

import pytest

from domain.answers import Answer
from tests.claim.covered import Files
from tests.desk.desk import Desk
from tests.desk.shop import Shop
from tests.policies.test_kill_switch import Lever
from tests.resume.colleague import finish
from tests.resume.paused import ALL, Paused
from tests.resume.stage import AtTheDesk, Line, Stage
from workflows._process import QUEUE

BY_DEFAULT = (
    "a refund whose agent turned in circles", "a claim that lacks only the proof still",
    "a refund waits for a yes and the verification is over",
)  # fmt: skip


@pytest.fixture
async def stage(desk: Desk, shop: Shop) -> AsyncIterator[Stage]:
    lever = Lever(desk)
    yield Stage(desk, shop, Files(shop), lever)
    await shop.mend()
    if await lever.board.all():
        await lever.away()


@pytest.mark.parametrize(
    "paused",
    [pytest.param(p, id=str(p), marks=[] if str(p) in BY_DEFAULT else [pytest.mark.full]) for p in ALL],
)
async def test_who_reads_only_the_packet_finishes_it(stage: Stage, paused: Paused) -> None:
    left = await paused.agent(stage)
    assert stage.caller
    assert stage.caller.order
    console = AtTheDesk(stage.desk)
    caller = Line(stage.shop, stage.caller.order.customer, console)

    queue = await queue_of(stage, left)

    packet = await finish(console, left.reference, caller)

    assert (packet["status"], packet["next"]) == (paused.ends, [])
    assert paused.ends == "undone" or all(step["status"] in ("done", "skipped") for step in packet["steps"])
    assert caller.again == []
    assert paused.asks is None or sorted(caller.asked) == sorted(paused.asks)
    assert len(caller.asked) == len(set(caller.asked))
    assert [command for command, _ in console.said].count("verify") == paused.verifies
    assert await stage.shop.balanced()
    reasons = [seen["reason"]["code"] for seen in console.seen]
    assert bool(reasons[0]) == (queue not in ("", "none")), "who waits in a queue has a reason, and nobody else"
    assert paused.reason in reasons or paused.asks is None


async def queue_of(stage: Stage, left: Answer) -> str:
    """Where it waits, as the run itself says: the inbox follows within moments."""
    found = (await stage.desk.handle(left).describe()).typed_search_attributes
    return str(found.get(QUEUE) or "")
