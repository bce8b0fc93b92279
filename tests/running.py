"""Starts real servers as processes of their own, for tests that talk to them over HTTP."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
API_KEY = "sim-key"
_START_S = 30


@dataclass(frozen=True)
class Running:
    """A started simulators process: end it by `process`, never by name."""

    base_url: str
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def run_simulators(database: Path) -> Iterator[str]:
    """Yields the base URL of simulators over `database`, once they serve; ends them afterwards."""
    running = start_simulators(database)
    try:
        yield running.base_url
    finally:
        stop(running.process)


def start_simulators(database: Path, port: int | None = None) -> Running:
    """For tests that kill and restart them; the caller ends `process`."""
    port = port or free_port()
    command = [sys.executable, "-m", "handrail.simulators", "--database", str(database), "--port", str(port)]
    process = subprocess.Popen([*command, "--api-key", API_KEY], cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        _wait_for_health(process, port)
    except BaseException:
        stop(process)
        raise
    return Running(f"http://127.0.0.1:{port}", process)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_health(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_S
    while not _serves(port):
        if process.poll() is not None:
            raise RuntimeError(f"The simulators ended with {process.returncode} before they served; see their output.")
        if time.monotonic() > deadline:
            raise TimeoutError(f"The simulators did not serve on port {port} within {_START_S} s.")
        time.sleep(0.02)


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/admin/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
