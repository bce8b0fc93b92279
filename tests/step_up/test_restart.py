"""Workers come and go while a code is waited for: the code stays good, and wrong ones stay counted."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.desk.desk import Desk
from tests.desk.doors import HttpDoor
from tests.desk.house import open_house
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop
from tests.step_up.outbox import codes, outbox, step_up, wrong


@pytest.fixture
async def annex(desk: Desk, temporal_address: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A house of its own, where nobody works yet."""
    settings = desk.house.settings.model_copy(
        update={"home": tmp_path / "annex", "task_queue": f"annex-{tmp_path.name}"}
    )
    async with (
        open_house(temporal_address, settings, working=False) as house,
        httpx.AsyncClient(base_url=house.url, timeout=20, trust_env=False) as gateway,
    ):
        annex = Desk(house, desk.shop, HttpDoor(gateway))
        yield annex
        await annex.clear()


async def test_the_code_of_a_worker_that_is_gone_is_taken_by_the_next(annex: Desk, shop: Shop) -> None:
    order = await shop.sell()
    async with annex.house.worker():
        caller = await annex.caller(order)
        asked = await step_up(caller)
    [code] = await codes(shop)

    kept = await caller.say(asked, "verify", code=code)

    assert kept.status == "accepted"
    async with annex.house.worker():
        assert (await annex.end(asked)).status == "done"
    assert len(await outbox(shop)) == 1


async def test_wrong_codes_are_remembered_over_a_restart(annex: Desk, shop: Shop) -> None:
    order = await shop.sell()
    async with annex.house.worker():
        caller = await annex.caller(order)
        asked = await step_up(caller)
        [code] = await codes(shop)
        first = await refusal(caller.say(asked, "verify", code=wrong(code)))
    async with annex.house.worker():
        second = await refusal(caller.say(asked, "verify", code=wrong(code, 2)))
    async with annex.house.worker():
        third = await refusal(caller.say(asked, "verify", code=wrong(code, 3)))
        answer = await annex.end(asked)

    assert [first.rule, second.rule, third.rule] == ["step_up.wrong_code"] * 3
    assert rule(answer) == "step_up.locked"
