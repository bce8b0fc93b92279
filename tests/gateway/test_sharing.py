"""Many who ask the same at once are answered together, and nobody with what was known before he asked."""

import asyncio

import pytest

from handrail.rail.sharing import Shared


class Source:
    """Answers when it is told to; counts how often it is asked, and how many ask at once."""

    def __init__(self, awaited: int = 1) -> None:
        self.known, self.asked, self.here, self.most = 0, 0, 0, 0
        self.free = asyncio.Event()
        self.busy = asyncio.Event()
        """So many are asking at once."""
        self._awaited = awaited

    async def ask(self) -> int:
        self.asked, self.here = self.asked + 1, self.here + 1
        self.most = max(self.most, self.here)
        if self.here == self._awaited:
            self.busy.set()
        seen = self.known
        await self.free.wait()
        self.here -= 1
        if seen < 0:
            raise LookupError("gone")
        return seen


async def test_who_comes_while_one_is_answered_shares_the_next_answer() -> None:
    source, shared = Source(), Shared[int]()
    first = asyncio.create_task(shared.ask("run", source.ask))
    await source.busy.wait()
    source.known = 1
    later = [asyncio.create_task(shared.ask("run", source.ask)) for _ in range(20)]
    asyncio.get_running_loop().call_soon(source.free.set)

    assert await first == 0
    assert await asyncio.gather(*later) == [1] * 20
    assert (source.asked, source.most) == (2, 1)
    assert await shared.ask("run", source.ask) == 1
    assert source.asked == 3


async def test_one_who_gives_up_takes_nothing_from_the_others_and_a_failure_is_everybodys() -> None:
    source, shared = Source(), Shared[int]()
    first, second = (asyncio.create_task(shared.ask("run", source.ask)) for _ in range(2))
    await source.busy.wait()
    first.cancel()
    source.known = -1
    source.free.set()

    with pytest.raises(LookupError):
        await second
    source.known = 5
    assert await shared.ask("run", source.ask) == 5


async def test_different_questions_are_asked_side_by_side() -> None:
    source, shared = Source(awaited=3), Shared[int]()
    asked = [asyncio.create_task(shared.ask(f"run {n}", source.ask)) for n in range(3)]
    async with asyncio.timeout(5):
        await source.busy.wait()
    source.free.set()

    assert await asyncio.gather(*asked) == [0, 0, 0]
