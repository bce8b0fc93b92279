"""Handrail itself, inside the test's process: a worker, and a gateway that is reached over real HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

import worker
from connectors.catalogue import Systems, connect_all
from handrail import gateway, telemetry, temporal
from handrail.credentials import Credentials
from handrail.evidence import EvidenceBook
from handrail.gateway import TokenVerifier
from handrail.rail import Rail
from handrail.rail.body import TemporalRail
from handrail.settings import Settings

WEBHOOK_SECRET = "a-secret-of-the-tests"
TEST_PAYLOAD_KEY = "aGFuZHJhaWwtcmVjb3JkZWQtaGlzdG9yaWVzLTAwMDE="
"""Encrypts what the tests send through Temporal, so that recorded histories can be read again. Used nowhere else."""


@dataclass
class House:
    settings: Settings
    client: Client
    rail: Rail
    url: str
    credentials: Credentials
    tokens: TokenVerifier
    systems: Systems
    evidence: EvidenceBook

    def worker(self) -> Worker:
        """Another worker of this house; `async with` runs it."""
        return worker.build(self.client, self.settings, self.systems, self.evidence)


def house_settings(home: Path, simulators_url: str, **more: Any) -> Settings:
    simulator = {"base_url": simulators_url, "api_key": "sim-key", "webhook_secret": WEBHOOK_SECRET}
    return Settings(
        home=home, payload_key=TEST_PAYLOAD_KEY, requests_per_minute=1_000_000,
        connector_config={"simulator": simulator}, **more,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def open_house(address: str, settings: Settings, *, working: bool = True) -> AsyncIterator[House]:
    """`working=False`: nobody works until the test runs `house.worker()`."""
    telemetry.start("tests")
    settings.home.mkdir(parents=True, exist_ok=True)
    client = await Client.connect(
        address, data_converter=temporal.converter(settings), plugins=list(temporal.plugins())
    )
    evidence = EvidenceBook(settings.database, settings.home / "evidence.key")
    systems = connect_all(settings.connectors, settings.connector_configs)
    credentials, tokens = Credentials(settings), TokenVerifier(settings)
    rail = TemporalRail(client, settings, evidence, systems)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(evidence.close)
        stack.push_async_callback(systems.aclose)
        url = await stack.enter_async_context(_served(gateway.app(rail, settings, tokens)))
        house = House(settings, client, rail, url, credentials, tokens, systems, evidence)
        if working:
            await stack.enter_async_context(house.worker())
        yield house


@contextlib.asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    stop = asyncio.Event()
    bound = gateway.listener("127.0.0.1", 0)
    running = asyncio.create_task(gateway.serve(app, bound, stop))
    bound.listen()  # Connections made before uvicorn accepts wait in the backlog.
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        stop.set()
        await running
