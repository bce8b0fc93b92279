"""Starting and stopping the server."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from handrail import gateway
from handrail.gateway import TokenVerifier
from handrail.gateway.serving import Server
from handrail.settings import Settings
from tests.gateway.conftest import served
from tests.gateway.fake_rail import FakeRail


async def test_a_call_under_way_gets_its_answer_when_the_gateway_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rail, shut_down = FakeRail(), Server.shutdown

    async def go_on_and_shut_down(server: Server, sockets: list[socket.socket] | None = None) -> None:
        rail.go_on.set()
        await shut_down(server, sockets)

    monkeypatch.setattr(Server, "shutdown", go_on_and_shut_down)
    async with served(tmp_path, rail=rail) as gate:
        calling = asyncio.create_task(gate.refund("slow", request_id="k-1"))
        await rail.started.wait()
        gate.stop.set()

        assert (await calling).json()["status"] == "needs_confirmation"


async def test_a_stopped_gateway_listens_no_more(tmp_path: Path) -> None:
    settings, stop, bound = Settings(home=tmp_path), asyncio.Event(), gateway.listener("127.0.0.1", 0)
    port = bound.getsockname()[1]
    stop.set()

    await gateway.serve(gateway.app(FakeRail(), settings, TokenVerifier(settings)), bound, stop)

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_a_taken_port_is_told_by_its_name() -> None:
    with gateway.listener("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match=f"127.0.0.1:{port} cannot be listened on"):
            gateway.listener("127.0.0.1", port)


PROCESS = """
import asyncio, pathlib, sys
from handrail import gateway
from handrail.gateway import TokenVerifier
from handrail.settings import Settings
from tests.gateway.fake_rail import FakeRail

settings, bound = Settings(home=pathlib.Path(sys.argv[1])), gateway.listener("127.0.0.1", 0)
bound.listen()
print(bound.getsockname()[1], flush=True)
asyncio.run(gateway.serve(gateway.app(FakeRail(), settings, TokenVerifier(settings)), bound))
print("cleaned up", flush=True)
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_after_a_signal_the_process_still_cleans_up(tmp_path: Path, sent: signal.Signals) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROCESS, str(tmp_path), stdout=pipe)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/v1/healthz", timeout=20)).status_code == 200

    process.send_signal(sent)
    rest, _ = await process.communicate()

    assert (rest, process.returncode) == (b"cleaned up\n", 0)
