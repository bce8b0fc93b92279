"""The simulator connector passes the kit, against the real simulators over HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest

from connectors.conformance import (
    CaseConformance,
    ClaimConformance,
    CrmConformance,
    EventConformance,
    MessagingConformance,
    OrderConformance,
    PayoutConformance,
    RefundConformance,
)
from connectors.simulator.connector import SimulatorConnector
from tests.connectors.simulator_world import SimulatorWorld
from tests.running import run_simulators


@pytest.fixture(scope="module")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_simulators(tmp_path_factory.mktemp("simulators") / "simulators.db") as base_url:
        yield base_url


@pytest.fixture
async def world(simulators: str) -> AsyncIterator[SimulatorWorld]:
    world = SimulatorWorld(simulators)
    await world.reset()
    yield world
    await world.close()


class TestSimulator(
    CrmConformance,
    OrderConformance,
    RefundConformance,
    CaseConformance,
    ClaimConformance,
    PayoutConformance,
    EventConformance,
    MessagingConformance,
):
    connector_type = SimulatorConnector
    exempt = {
        "w7/update_address": "The CRM keeps no reference of who set an address: what is there is what counts.",
    }
