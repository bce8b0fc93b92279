"""No worker, or no evidence: what is promised is durable, and nothing happens that cannot be recorded."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.desk.desk import Desk
from tests.desk.doors import HttpDoor
from tests.desk.house import open_house
from tests.desk.shop import A_REFUND, Shop


@pytest.fixture
async def annex(desk: Desk, temporal_address: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Another house of the same firm, with books of its own, where nobody works yet."""
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


async def test_without_a_worker_a_call_is_kept_and_done_when_one_comes(annex: Desk, shop: Shop) -> None:
    order = await shop.sell(1_200)
    async with annex.house.worker():
        caller = await annex.caller(order)

    kept = await caller.refund(wait_s=0.3)
    again = await caller.again()

    assert (kept.status, kept.terminal) == ("accepted", False)
    assert "logged" in kept.say
    assert again.reference == kept.reference
    async with annex.house.worker():
        ended = await annex.end(kept)
    assert ended.status == "done"
    assert await shop.writes() == A_REFUND


async def test_without_a_worker_a_command_is_kept_too(annex: Desk, shop: Shop) -> None:
    order = await shop.sell(4_000)
    async with annex.house.worker():
        caller = await annex.caller(order)
        asked = await caller.refund()

    kept = await caller.say(asked, "confirm", digest=asked.digest)

    assert kept.status == "accepted"
    async with annex.house.worker():
        ended = await annex.end(asked)
    assert ended.status == "done"
    assert await shop.writes() == A_REFUND


async def test_a_worker_that_comes_back_finds_what_waited_where_it_was(annex: Desk, shop: Shop) -> None:
    order = await shop.sell(24_800)
    async with annex.house.worker():
        waiting = await (await annex.caller(order)).refund_confirmed()

    async with annex.house.worker():
        await annex.person("supervisor").decide(waiting)
        ended = await annex.end(waiting)

    assert ended.status == "done"
    assert await shop.writes() == A_REFUND


async def test_what_cannot_be_recorded_does_not_happen(annex: Desk, shop: Shop) -> None:
    order = await shop.sell(1_200)
    async with annex.house.worker():
        caller = await annex.caller(order)
        before = await shop.state()
        book = annex.house.settings.home / "handrail.db"
        refuse_evidence(book)

        delayed = await caller.refund(wait_s=1.5)

        assert (delayed.status, delayed.terminal) == ("accepted", False)
        assert await shop.state() == before
        assert await shop.writes() == []
        accept_evidence(book)
        ended = await annex.end(delayed)
    assert ended.status == "done"
    assert await shop.writes() == A_REFUND
    assert (await annex.person("supervisor").history(ended))["verified"]["ok"]


def refuse_evidence(book: Path) -> None:
    """The evidence book takes no more lines, as on a full disk; Handrail's other books still do."""
    with sqlite3.connect(book) as database:
        database.execute(
            "CREATE TRIGGER no_evidence BEFORE INSERT ON evidence_events "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )


def accept_evidence(book: Path) -> None:
    with sqlite3.connect(book) as database:
        database.execute("DROP TRIGGER no_evidence")
