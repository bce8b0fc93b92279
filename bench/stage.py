"""Everything that runs during a bench: Handrail's stack, the peers' servers, one process of simulators for all."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.process import Driver
from bench.shop import calls, dataset
from bench.steering import Admin
from handrail.embedded import Stack, readiness, temporal
from handrail.embedded.ports import Ports

_HERE = Path(__file__).resolve().parents[1]


@dataclass
class Contender:
    """A driver with the processes whose CPU is its own."""

    key: str
    driver: Driver
    pids: dict[str, int]
    most_per_s: int
    """More refunds a second than it can do: how many orders to lay out."""
    worker: Driver | None = None
    """The process that is killed in the recovery test; None: the driver itself."""


class Stage:
    """`with stage(folder) as s:` all is up, warm, and ended afterwards."""

    def __init__(self, folder: Path, until: ExitStack) -> None:
        self.folder, self._until = folder, until
        endpoint = f"http://127.0.0.1:{self._sink()}"
        self.stack = Stack(
            folder / "handrail", parts=["temporal", "simulators", "worker", "gateway"], restart=False,
            environment={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "PYTHONPATH": str(_HERE)},
        )  # fmt: skip
        until.enter_context(self.stack)
        self.admin = Admin(self.stack.simulators_url)
        self.admin.latency(20)
        self._temporal_pid, self.temporal = self._server()
        self.bare_worker = self._driver("Temporal worker", "temporal", reads="local", role="worker")
        self.contenders = {c.key: c for c in self._made()}

    def pid(self, part: str) -> int:
        return self.stack.pid(part) or 0

    def _made(self) -> Iterator[Contender]:
        ours = {"gateway": self.pid("gateway"), "worker": self.pid("worker"), "temporal": self.pid("temporal")}
        http = self._driver("Handrail", "handrail_http", gateway=self.stack.gateway_url)
        yield Contender("handrail", http, ours | {"load": http.pid}, 60)
        rail = self._driver("Rail", "rail")
        pids = {"client": rail.pid, "worker": ours["worker"], "temporal": ours["temporal"]}
        yield Contender("rail", rail, pids, 60)
        plain = self._driver("asyncio", "plain")
        yield Contender("plain", plain, {"client": plain.pid}, 250)
        for reads in ("local", "regular"):
            client = self._driver(f"Temporal, {reads} reads", "temporal", reads=reads)
            pids = {"client": client.pid, "worker": self.bare_worker.pid, "temporal": self._temporal_pid}
            yield Contender(f"temporal-{reads}", client, pids, 100, self.bare_worker)
        dbos = self._driver("DBOS", "dbos_sqlite", database=str(self.folder / "dbos.sqlite"))
        yield Contender("dbos", dbos, {"client": dbos.pid}, 120)

    def _driver(self, name: str, module: str, role: str = "client", **settings: str) -> Driver:
        told = {"simulators": self.stack.simulators_url, "home": str(self.folder / "handrail")} | settings
        if module == "temporal":
            told["temporal"] = self.temporal
        log = self.folder / f"{module}-{role}-{settings.get('reads', '')}.log"
        made = Driver(name, f"bench.contenders.{module}", told, log, env=self.stack.environment, role=role)
        return self._until.enter_context(made)

    def _server(self) -> tuple[int, str]:
        """Bare Temporal's own server, with the flags and the file database that Handrail's has."""
        ports = Ports.free()
        address = f"127.0.0.1:{ports.temporal}"
        environment = temporal.own_environment(os.environ, address)
        command = temporal.server_command(self.folder / "bare.db", ports)
        process = self._spawn(command, environment)
        while readiness.serves_temporal(environment):
            time.sleep(0.05)
        return process.pid, address

    def _sink(self) -> int:
        process = self._spawn([sys.executable, "-m", "bench.sink"], dict(os.environ), stdout=subprocess.PIPE)
        assert process.stdout
        return int(process.stdout.readline())

    def _spawn(self, command: list[str], env: dict[str, str], stdout: int | None = None) -> "subprocess.Popen[bytes]":
        errors = self._until.enter_context((self.folder / "servers.log").open("ab"))
        process = subprocess.Popen(command, env=env, stdout=stdout or errors, stderr=errors)
        self._until.callback(process.wait)
        self._until.callback(process.kill)
        return process

    def warm_up(self) -> None:
        for contender in self.contenders.values():
            some = calls(f"warm-{contender.key}", 100, 4)
            self.admin.load(dataset(some))
            contender.driver.ask("prepare", some)
            contender.driver.ask("loop", some, callers=4, seconds=1.5)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    with ExitStack() as until:
        yield Stage(folder, until)
