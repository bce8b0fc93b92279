"""Each trap of claims handling: a naive flow walks into it, Handrail does not. One judge for both."""

import pytest

from tests.claim.covered import Files
from tests.claim.handling_traps import HANDLING
from tests.claim.money_traps import MONEY
from tests.claim.scene import Trap, scene_of
from tests.desk.desk import Desk
from tests.desk.goods import Sold


def each(traps: list[Trap], *, slow_ones_in_the_slow_run: bool) -> pytest.MarkDecorator:
    slow = [slow_ones_in_the_slow_run and trap.slow for trap in traps]
    marks = [[pytest.mark.full] if one else [] for one in slow]
    cases = [pytest.param(t, id=t.name.replace(" ", "_"), marks=mark) for t, mark in zip(traps, marks, strict=True)]
    return pytest.mark.parametrize("trap", cases)


@each([*MONEY, *HANDLING], slow_ones_in_the_slow_run=False)
async def test_a_naive_flow_walks_into_it(desk: Desk, files: Files, order: Sold, trap: Trap) -> None:
    scene = await scene_of(desk, files, order, trap)

    await trap.naively(scene)

    assert any(trap.seen in wrong for wrong in await scene.wrongs()), await scene.wrongs()


@each([*MONEY, *HANDLING], slow_ones_in_the_slow_run=True)
async def test_handrail_does_not(desk: Desk, files: Files, order: Sold, trap: Trap) -> None:
    scene = await scene_of(desk, files, order, trap)

    await trap.with_handrail(scene)

    assert await scene.wrongs() == []
    assert [amount for _, amount in await files.paid_out(scene.covered)] == trap.paid
