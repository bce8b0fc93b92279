"""A stack of real processes per pytest process, and the table at the end."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handrail.embedded import Stack
from handrail.settings import Settings
from tests.full.rig import Rig
from tests.full.tables import OUT, ROW, table
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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    rows = [tuple(value) for r in reports for name, value in r.user_properties if name == ROW]
    if not rows:
        return
    text = table(rows)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text + "\n")
    terminalreporter.section("end states")
    terminalreporter.write_line(text)
