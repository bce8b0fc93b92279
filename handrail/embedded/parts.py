"""The parts of the embedded stack: how each is started, and when it is ready."""

from __future__ import annotations

import json
import site
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from handrail.embedded import readiness, temporal
from handrail.embedded.home import Home
from handrail.embedded.ports import LOOPBACK, Ports
from handrail.settings import Settings

TEMPORAL, SIMULATORS, WORKER, GATEWAY, CONSOLE = "temporal", "simulators", "worker", "gateway", "console"

WAVES = ((TEMPORAL, SIMULATORS), (WORKER, GATEWAY, CONSOLE))
"""Parts of one wave start together; the next wave needs the one before."""
PARTS = tuple(part for wave in WAVES for part in wave)

PATIENCE_S = {WORKER: 25.0, GATEWAY: 8.0, CONSOLE: 4.0, SIMULATORS: 4.0, TEMPORAL: 15.0}
"""In the order in which parts are stopped: nobody loses what he leans on. Seconds each gets before kill -9."""

_SOURCES = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Parts:
    home: Home
    ports: Ports
    settings: Settings
    environment: Mapping[str, str]

    def command(self, part: str) -> list[str]:
        if part == TEMPORAL:
            return temporal.server_command(self.home.temporal_db, self.ports)
        return [sys.executable, "-m", "handrail.cli", part]

    def check(self, part: str) -> readiness.Check:
        """How to ask whether it is ready. Made just before the part is started: it notes the moment."""
        since = datetime.now(UTC)
        match part:
            case "temporal":
                return lambda: readiness.serves_temporal(self.environment)
            case "worker":
                return lambda: readiness.has_worker(self.environment, self.settings.task_queue, since)
            case "simulators":
                return lambda: readiness.answers_http(f"http://{LOOPBACK}:{self.ports.simulators}/admin/health")
            case "gateway":
                return lambda: readiness.answers_http(f"http://{LOOPBACK}:{self.ports.gateway}/v1/readyz")
            case "console":
                return lambda: readiness.answers_http(f"http://{LOOPBACK}:{self.ports.console}/healthz")
        raise ValueError(f"{part!r} is no part of the stack; there are: {', '.join(PARTS)}.")


def settings_environment(settings: Settings, home: Path, ports: Ports) -> dict[str, str]:
    """What a part needs in its environment to have these settings, on these ports and in this folder."""
    fixed = settings.model_copy(
        update={
            "home": home,
            "host": LOOPBACK,
            "gateway_port": ports.gateway,
            "console_port": ports.console,
            "simulators_port": ports.simulators,
            "temporal_port": ports.temporal,
            "connector_config": _with_simulator(settings, ports),
        }
    )
    return {f"HANDRAIL_{name.upper()}": value for name, value in _texts(fixed).items()} | _python_path()


def _texts(settings: Settings) -> dict[str, str]:
    """Each setting as pydantic-settings reads it back: documents as JSON, the rest as plain text."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def _with_simulator(settings: Settings, ports: Ports) -> dict[str, dict[str, object]]:
    ours = {"base_url": f"http://{LOOPBACK}:{ports.simulators}", "api_key": "sim-key"}
    return settings.connector_config | {"simulator": ours | settings.connector_config.get("simulator", {})}


def _python_path() -> dict[str, str]:
    """Run from a checkout that is not installed, the parts must find the same sources from any folder."""
    installed = {Path(folder).resolve() for folder in site.getsitepackages()}
    return {} if _SOURCES in installed else {"PYTHONPATH": str(_SOURCES)}
