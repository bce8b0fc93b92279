"""Fixtures: one desk per test process, fresh systems for each test."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.running import run_simulators

if TYPE_CHECKING:  # Imported where it is used: a test run without a desk shall not pay for Temporal.
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from tests.desk.desk import Desk
    from tests.desk.goods import Sold
    from tests.desk.shop import Shop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """TMPRL1102 (a run that ends while a caller still waits for its answer) fails the test."""
    lost_answer = pytest.mark.filterwarnings("error::temporalio.workflow.UnfinishedUpdateHandlersWarning")
    for item in items:
        if "temporal_address" in getattr(item, "fixturenames", ()):
            item.add_marker(lost_answer)


@pytest.fixture(scope="session")
async def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    from tests.desk.server import run_temporal

    async with run_temporal(tmp_path_factory.mktemp("temporal")) as address:
        yield address


@pytest.fixture(scope="session")
def systems_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_simulators(tmp_path_factory.mktemp("systems") / "simulators.db") as base_url:
        yield base_url


@pytest.fixture(scope="session")
async def opened_desk(
    temporal_address: str, systems_url: str, tmp_path_factory: pytest.TempPathFactory
) -> "AsyncIterator[Desk]":
    from tests.desk.desk import Desk
    from tests.desk.doors import HttpDoor
    from tests.desk.house import house_settings, open_house
    from tests.desk.shop import Shop

    settings = house_settings(tmp_path_factory.mktemp("home"), systems_url)
    async with (
        open_house(temporal_address, settings) as house,
        httpx.AsyncClient(base_url=house.url, timeout=20, trust_env=False) as gateway,
        httpx.AsyncClient(base_url=systems_url, timeout=20, trust_env=False) as systems,
    ):
        yield Desk(house, Shop(systems), HttpDoor(gateway))


@pytest.fixture
async def desk(opened_desk: "Desk") -> "AsyncIterator[Desk]":
    """Empty systems that behave well; the runs that the test leaves open are ended after it."""
    await opened_desk.shop.fresh()
    yield opened_desk
    await opened_desk.clear()


@pytest.fixture
def shop(desk: "Desk") -> "Shop":
    return desk.shop


@pytest.fixture
async def order(shop: "Shop") -> "Sold":
    """Delivered three days ago: lines of 12.00, 40.00 and 248.00 EUR, paid by card."""
    return await shop.sell(1_200, 4_000, 24_800)


@pytest.fixture
def spans(desk: "Desk") -> "Iterator[InMemorySpanExporter]":
    """What this process exports of its traces from now on."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider

    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    assert isinstance(provider, ReplaySafeTracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()
