"""A stack of real processes per pytest process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handrail.embedded import Stack
from handrail.settings import Settings
from tests.full.rig import Rig
from tests.full.world import documents

SUBJECTS = 2_000


@pytest.fixture(scope="session")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    home: Path = tmp_path_factory.mktemp("full") / "home"
    settings = Settings(requests_per_minute=1_000_000)  # the proof looks on all the time, as one person
    parts = ["temporal", "simulators", "worker", "gateway"]
    async with Stack(home, restart=False, parts=parts, settings=settings) as stack:
        rig = Rig(stack)
        await rig.load(documents(SUBJECTS))
        yield rig
        await rig.http.aclose()
