"""A house of its own beside the desk's: with other policy documents, or with workers that come and go."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from tests.desk.desk import Desk
from tests.desk.doors import HttpDoor
from tests.desk.house import open_house

_numbers = itertools.count(1)


@contextlib.asynccontextmanager
async def annexed(
    desk: Desk, temporal_address: str, folder: Path, *, working: bool = True, **more: Any
) -> AsyncIterator[Desk]:
    """Over the same systems; `more`: its settings, such as `policies`."""
    queue = f"annex-{folder.name}-{next(_numbers)}"
    settings = desk.house.settings.model_copy(update={"home": folder / queue, "task_queue": queue} | more)
    async with (
        open_house(temporal_address, settings, working=working) as house,
        httpx.AsyncClient(base_url=house.url, timeout=20, trust_env=False) as gateway,
    ):
        annex = Desk(house, desk.shop, HttpDoor(gateway))
        yield annex
        await annex.clear()
