"""Plays every scenario on a real stack and keeps its history in `tests/histories`: `python -m tests.record_histories`.

Run it when a process is meant to change: paused runs of the old shape then need `workflow.patched`, or they stay on a
worker of their own (docs/operate.md). With names, only those scenarios are recorded.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import httpx

from tests.desk.desk import Desk
from tests.desk.doors import HttpDoor
from tests.desk.house import house_settings, open_house
from tests.desk.scenarios import SCENARIOS
from tests.desk.server import run_temporal
from tests.desk.shop import Shop
from tests.running import run_simulators

HISTORIES = Path(__file__).parent / "histories"


async def record(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, run_simulators(Path(folder) / "simulators.db") as systems_url:
        async with (
            run_temporal(Path(folder)) as address,
            open_house(address, house_settings(Path(folder) / "home", systems_url)) as house,
            httpx.AsyncClient(base_url=house.url, timeout=20, trust_env=False) as gateway,
            httpx.AsyncClient(base_url=systems_url, timeout=20, trust_env=False) as systems,
        ):
            desk = Desk(house, Shop(systems), HttpDoor(gateway))
            for name in names:
                await desk.shop.fresh()
                answer = await SCENARIOS[name](desk)
                history = await desk.handle(answer).fetch_history()
                (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n")
                sys.stdout.write(f"{name}: {answer.status}, {len(history.events)} events\n")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(SCENARIOS)))
    sys.stdout.flush()
    os._exit(0)  # The SDK's native threads may abort the interpreter's own shutdown (tests/conftest.py).
