import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from domain.calls import Actor, ActorKind
from handrail import console
from handrail.console.desk import Verify
from handrail.settings import Settings
from tests.console.fake_rail import FakeRail

DESK = frozenset({"wf:*:start", "wf:*:read", "work:own", "evidence:read"})
DECIDES = DESK | {"gate:*:decide"}

PEOPLE = {
    "token-kim": Actor(
        id="supervisor-kim", kind=ActorKind.HUMAN, name="Kim Novak", roles=frozenset({"supervisor"}), scopes=DECIDES
    ),
    "token-lee": Actor(
        id="supervisor-lee", kind=ActorKind.HUMAN, name="Lee Park", roles=frozenset({"supervisor"}), scopes=DECIDES
    ),
    "token-ben": Actor(
        id="agent-ben",
        kind=ActorKind.HUMAN,
        name="Ben Okafor",
        roles=frozenset({"agent"}),
        scopes=DESK,
    ),
    "token-bot": Actor(id="voice-agent", kind=ActorKind.AI, name="voice-agent v12"),
}


@dataclass
class Stand:
    """The console, listening on a real port, over a rail in memory."""

    url: str
    rail: FakeRail
    revoked: set[str] = field(default_factory=set)

    def client(self, token: str = "", **headers: str) -> httpx.AsyncClient:
        cookies = {"handrail_console": token} if token else None
        return httpx.AsyncClient(base_url=self.url, cookies=cookies, headers=headers, timeout=10)

    async def form_key(self, http: httpx.AsyncClient) -> str:
        """The key that the forms of this client's session carry, from a page."""
        found = re.search(r'name="form_key" value="([0-9a-f]+)"', (await http.get("/")).text)
        assert found
        return found[1]


@asynccontextmanager
async def served(verify: Verify | None = None) -> AsyncIterator[Stand]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # Connections made before uvicorn accepts wait in the backlog: nothing to poll for.
        stand = Stand(f"http://127.0.0.1:{listener.getsockname()[1]}", FakeRail())

        def known(token: str) -> Actor:
            if token in stand.revoked:
                raise PermissionError("revoked")
            return PEOPLE[token]

        app = console.app(stand.rail, Settings(), verify or known, inbox_every_s=0.05)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield stand
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with served() as stand:
        yield stand


def chromium() -> str:
    """Debian's Chromium. Skips without one, but in CI that is a failure: the proof must have run."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found and os.environ.get("CI") == "true":
        pytest.fail("Chromium is not installed: apt-get install -y chromium")
    if not found:
        pytest.skip("Chromium is not installed: apt-get install -y chromium")
    return found


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
async def one_chromium() -> AsyncIterator[Browser]:
    """Starting it takes seconds: one for all tests."""
    path = chromium()
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def browser(one_chromium: Browser) -> AsyncIterator[Browser]:
    """Without cookies or pages of another test."""
    yield one_chromium
    for context in one_chromium.contexts:
        await context.close()


@pytest.fixture
def laptop() -> dict[str, Any]:
    return {"viewport": {"width": 1366, "height": 768}}
