"""One answer for many who ask the same at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Who asks while somebody is being answered shares the next answer with all who came meanwhile: it is never older
    than his question. So a run that many look at is asked by one at a time; Temporal holds ten updates of a run, and
    breaks off its workflow task for an eleventh (server 1.32.0)."""

    def __init__(self) -> None:
        self._now: dict[Hashable, asyncio.Task[T]] = {}
        self._next: dict[Hashable, asyncio.Task[T]] = {}

    async def ask(self, what: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of `ask`, or of another one's who asked for `what`; raises what it raised."""
        if what not in self._now:
            self._now[what] = asked = asyncio.create_task(self._asked(what, ask))
        elif what not in self._next:
            self._next[what] = asked = asyncio.create_task(self._after(self._now[what], what, ask))
        else:
            asked = self._next[what]
        return await asyncio.shield(asked)  # who gives up waiting takes nothing from the others

    async def _after(self, before: "asyncio.Task[T]", what: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        await asyncio.wait([before])
        return await self._asked(what, ask)

    async def _asked(self, what: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            return await ask()
        finally:
            following = self._next.pop(what, None)
            if following:
                self._now[what] = following
            else:
                del self._now[what]
