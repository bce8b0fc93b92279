"""A real Temporal dev server as a process of its own, which can skip time."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

from temporalio.client import Client

from handrail.embedded.ports import Ports
from handrail.embedded.temporal import server_command
from tests.running import stop

_TIME_SKIPPING = ["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"]
_START_S = 60


@contextlib.asynccontextmanager
async def run_temporal(folder: Path) -> AsyncIterator[str]:
    """Yields the address of a server with Handrail's own flags, once it serves; ends it afterwards."""
    ports = Ports.free()
    address = f"127.0.0.1:{ports.temporal}"
    process = _start(folder, ports)
    try:
        await _serves(address, process, folder)
        yield address
    finally:
        await asyncio.to_thread(stop, process)


def _start(folder: Path, ports: Ports) -> "subprocess.Popen[bytes]":
    command = [*server_command(folder / "temporal.db", ports), *_TIME_SKIPPING]
    with (folder / "temporal.log").open("w") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


async def _serves(address: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"Temporal ended with {process.returncode} before it served; see {folder}.")
            with contextlib.suppress(RuntimeError):
                client = await Client.connect(address)
                await client.count_workflows()
                return
            await asyncio.sleep(0.05)
