"""Whatever is said to a run, by whomever and in whatever order, the promises hold."""

import random

import pytest

from tests.desk.desk import Desk
from tests.properties.game import Game, WorkerLog
from tests.properties.matters import MATTERS

GAMES = 12
"""Of each matter, in the slow proof."""


async def test_whatever_is_said_the_promises_hold(desk: Desk) -> None:
    """One short game of each matter, the same ones each time."""
    with WorkerLog() as log:
        for name, lay in MATTERS.items():
            await Game(desk, name, lay, "1", log).play(moves=5)
            await desk.clear()


@pytest.mark.full
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", list(MATTERS))
async def test_whatever_is_said_at_length_the_promises_hold(desk: Desk, name: str) -> None:
    """Other games each time; the seed is told with what went wrong."""
    with WorkerLog() as log:
        for _ in range(GAMES):
            seed = f"{random.randrange(10**9)}"
            await Game(desk, name, MATTERS[name], seed, log).play(moves=random.randint(5, 18))
            await desk.clear()
