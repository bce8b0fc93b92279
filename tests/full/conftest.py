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
async def stack_rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    home: Path = tmp_path_factory.mktemp("full") / "home"
    settings = Settings(requests_per_minute=1_000_000)  # the proof looks on all the time, as one person
    parts = ["temporal", "simulators", "worker", "gateway", "console"]
    async with Stack(home, restart=False, parts=parts, settings=settings) as stack:
        rig = Rig(stack)
        yield rig
        await rig.close()


@pytest.fixture(scope="module")
async def rig(stack_rig: Rig) -> Rig:
    """Systems that behave well and hold one subject for each case."""
    await stack_rig.clear_faults()
    await stack_rig.load(documents(SUBJECTS))
    await stack_rig.behave()
    return stack_rig
