"""Walking a vendor's pages: to the end, never in a circle, never for ever."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from connectors.errors import ContractDrift

T = TypeVar("T")
Fetch = Callable[[str], Awaitable[tuple[list[T], str]]]
"""From a cursor (empty: the first page) to the page's items and the next cursor (empty: the last page)."""


async def walk(fetch: Fetch[T], *, pages: int = 50) -> AsyncIterator[T]:
    """Raises ContractDrift when the vendor repeats a cursor or has more than `pages` pages."""
    seen, cursor = set[str](), ""
    for _ in range(pages):
        items, following = await fetch(cursor)
        for item in items:
            yield item
        if not following:
            return
        if following in seen:
            raise ContractDrift(f"The vendor's pages go in a circle at cursor '{following}'.")
        seen.add(following)
        cursor = following
    raise ContractDrift(f"The vendor has more than {pages} pages of this; narrow the question.")
