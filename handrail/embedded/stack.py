"""The embedded stack: Temporal, simulators, worker, gateway and console as child processes on loopback."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from handrail.credentials import Credentials
from handrail.embedded import temporal
from handrail.embedded.child import Child
from handrail.embedded.home import Home
from handrail.embedded.introduction import send_events
from handrail.embedded.parts import (
    GATEWAY,
    PARTS,
    PATIENCE_S,
    SIMULATORS,
    TEMPORAL,
    WAVES,
    Parts,
    settings_environment,
)
from handrail.embedded.ports import LOOPBACK, Ports
from handrail.embedded.readiness import Check
from handrail.embedded.supervisor import Supervisor
from handrail.settings import Settings
from handrail.whereabouts import with_short_names, write_urls

READY_WITHIN_S = 90.0
_LOOK_AGAIN_S = 0.05


class NotReady(Exception):
    """A part died or did not get ready; names the part, what is missing, and the end of its log."""


class Interrupted(Exception):
    """`interrupt` was called while the stack started."""


class Stack:
    """`with Stack(home) as stack:` (or `async with`) starts it, waits until it is ready, and stops it in order.

    `parts`: only these. `restart`: what dies is started again. `own_temporal=False` uses the Temporal server that the
    environment names, if it names one. `settings` and `environment` override what the process itself has.
    """

    def __init__(
        self,
        home: Path,
        *,
        ports: Ports | None = None,
        parts: Iterable[str] = PARTS,
        restart: bool = True,
        own_temporal: bool = True,
        settings: Settings | None = None,
        environment: dict[str, str] | None = None,
        note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.home = Home(home)
        self.ports = ports or Ports.free()
        self.settings = settings or Settings()
        self._chosen = set(parts)
        self._restart = restart
        self._note = note
        self._interrupted = threading.Event()
        self._checks: dict[str, Check] = {}
        self._supervisor: Supervisor | None = None
        inherited = {**os.environ, **(environment or {})}
        given = "" if own_temporal else temporal.given_address()
        if given:
            self._chosen.discard(TEMPORAL)
        else:
            inherited = temporal.own_environment(inherited, f"{LOOPBACK}:{self.ports.temporal}")
        self.temporal_address = given or f"{LOOPBACK}:{self.ports.temporal}"
        self.environment = inherited | settings_environment(self.settings, self.home.path, self.ports)
        self._parts = Parts(self.home, self.ports, self.settings, self.environment)
        self.tokens: dict[str, str] = {}
        """By name (`sam`) and by short name (`supervisor`); filled when the stack starts."""

    @property
    def gateway_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.gateway}"

    @property
    def console_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.console}"

    @property
    def simulators_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.simulators}"

    @property
    def urls(self) -> dict[str, str]:
        return {
            "gateway": self.gateway_url,
            "console": self.console_url,
            "simulators": self.simulators_url,
            "temporal": self.temporal_address,
        }

    @property
    def parts(self) -> list[str]:
        return [part for part in PARTS if part in self._chosen]

    def up(self) -> None:
        """Starts all parts and waits until they are ready. When one fails, all are stopped again.

        Raises HomeInUse, PortTaken, NoTemporal, NotReady, Interrupted.
        """
        self.home.__enter__()
        try:
            self.ports.must_be_free(self._chosen | ({"temporal_ui"} if TEMPORAL in self._chosen else set()))
            self._make_tokens()
            write_urls(self.home.path, self.urls)
            self._supervisor = Supervisor(self._note)
            for wave in WAVES:
                started = [part for part in wave if part in self._chosen]
                for part in started:
                    self._spawn(part)
                for part in started:
                    self.wait_ready(part)
                    self._note(f"{part} is ready")
            self._introduce()
        except BaseException:
            self.down()
            raise

    def _introduce(self) -> None:
        """The simulators are told where to send their events, as a company's vendors would be."""
        if {SIMULATORS, GATEWAY} <= self._chosen:
            secret = str(self.settings.connector_configs["simulator"]["webhook_secret"])
            webhook = {"url": f"{self.gateway_url}/v1/events/simulator", "secret": secret}
            send_events(self.simulators_url, webhook)

    def down(self) -> None:
        """Stops all parts: the worker first, so that it finishes what it holds; Temporal last."""
        if self._supervisor:
            for part, patience in PATIENCE_S.items():
                if not self._supervisor.end(part, patience):
                    self._note(f"{part} did not stop when asked and was killed; nothing is lost")
            self._supervisor.close()
            self._supervisor = None
        self.home.__exit__(None, None, None)

    def interrupt(self) -> None:
        """From a signal handler: a start that is under way ends."""
        self._interrupted.set()

    def hurry(self) -> None:
        """From a signal handler: a stop that is under way no longer waits for anybody."""
        for part in PARTS:
            child = self._supervisor.child(part) if self._supervisor else None
            if child:
                child.kill()

    def start(self, part: str) -> None:
        """Starts a part that was killed or stopped, and waits until it is ready."""
        self._spawn(part)
        self.wait_ready(part)

    def kill(self, part: str, *, restart: bool = False) -> None:
        """kill -9, and waits until it is gone. It stays dead until `start`, or comes back with `restart`."""
        self._running().kill(part, again=restart)
        self._checks[part] = self._parts.check(part)

    def stop(self, part: str) -> None:
        """Stops it as Ctrl-C would. It stays stopped until `start`."""
        self._running().end(part, PATIENCE_S[part])

    def pid(self, part: str) -> int | None:
        """None when it does not run."""
        child = self._supervisor.child(part) if self._supervisor else None
        return child.pid if child and child.exit_code is None else None

    def logs(self, part: str) -> str:
        """All that the part has written since the home was made."""
        log = self.home.log(part)
        return log.read_text(errors="replace") if log.exists() else ""

    def wait_ready(self, part: str, within_s: float = READY_WITHIN_S) -> None:
        check, supervisor = self._checks[part], self._running()
        deadline = time.monotonic() + within_s
        while why_not := check():
            if time.monotonic() > deadline:
                raise NotReady(f"The {part} is not ready after {within_s:.0f} s: {why_not}.\n{self._end_of_log(part)}")
            child = supervisor.child(part)
            if child and child.exit_code is not None and not supervisor.keeps(part):
                raise NotReady(f"The {part} {child.how_it_ended} before it was ready.\n{self._end_of_log(part)}")
            if self._interrupted.wait(_LOOK_AGAIN_S):
                raise Interrupted(f"Stopped while the {part} started.")
        if self._restart:
            supervisor.keep(part)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.down()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.up)
        return self

    async def __aexit__(self, *_: Any) -> None:
        await asyncio.to_thread(self.down)

    def _running(self) -> Supervisor:
        if not self._supervisor:
            raise RuntimeError(f"The stack in {self.home.path} is not up.")
        return self._supervisor

    def _spawn(self, part: str) -> None:
        self._checks[part] = self._parts.check(part)
        command, log = self._parts.command(part), self.home.log(part)
        self._running().start(part, lambda: Child(part, command, self.environment, log))

    def _make_tokens(self) -> None:
        settings = self.settings.model_copy(update={"home": self.home.path})
        self.tokens = with_short_names(Credentials(settings).ready_made())

    def _end_of_log(self, part: str) -> str:
        lines = self.logs(part).splitlines()[-15:]
        return "\n".join([f"The end of {self.home.log(part)}:", *(f"  {line}" for line in lines or ["(nothing)"])])
