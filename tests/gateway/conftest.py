"""The gateway over real HTTP: uvicorn on a free port of loopback, with a rail in memory behind it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from handrail import gateway
from handrail.credentials import Credentials
from handrail.gateway import TokenVerifier
from handrail.settings import Settings
from tests.gateway.fake_rail import FakeRail


@dataclass
class Served:
    url: str
    rail: FakeRail
    settings: Settings
    credentials: Credentials
    http: httpx.AsyncClient
    stop: asyncio.Event

    def token(self, **changes: Any) -> str:
        asked: dict[str, Any] = {"sub": "bot-1", "kind": "ai", "scopes": ["wf:*:start", "wf:*:read"], **changes}
        return self.credentials.issue(**asked)

    def bearer(self, **changes: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**changes)}"}

    async def refund(
        self, order: str = "4821", *, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        content = {"arguments": {"order_id": order}, **body}
        return await self.http.post(
            "/v1/tools/refund_order", json=content, headers={**self.bearer(), **(headers or {})}
        )


@asynccontextmanager
async def served(
    home: Path, *, rail: FakeRail | None = None, more: dict[str, Any] | None = None, **kw: Any
) -> AsyncIterator[Served]:
    settings = Settings(home=home, **(more or {}))
    credentials = Credentials(settings)
    rail = rail or FakeRail()
    stop = asyncio.Event()
    bound = gateway.listener("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    running = asyncio.create_task(
        gateway.serve(gateway.app(rail, settings, TokenVerifier(settings), **kw), bound, stop)
    )
    bound.listen()  # Connections made before uvicorn accepts wait in the backlog: nothing to poll for.
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20) as http:
            yield Served(url, rail, settings, credentials, http, stop)
    finally:
        stop.set()
        await running


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
async def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home"), more={"requests_per_minute": 1_000_000}) as one:
        yield one


@pytest.fixture
def jwks_url(jwk_set: bytes) -> Iterator[str]:
    """An issuer's key document on loopback; a thread serves it, since the client that fetches it blocks."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(jwk_set)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()
        serving.join()
