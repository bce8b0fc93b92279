"""Starting and stopping the server."""

import asyncio
import socket
from pathlib import Path

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
