"""One cell: one contender, one latency, so many callers; and what comes out of several rounds of it."""

import time
from dataclasses import dataclass, field
from statistics import quantiles

from bench.cpu import Meter
from bench.shop import calls, dataset
from bench.stage import Contender, Stage

AROUND = ("load", "simulators")
"""Measured, but not part of a contender's cost: who asks, and who is asked."""


@dataclass
class Cell:
    """All rounds together. Times in seconds; `cpu` in seconds per process, of all refunds."""

    contender: str
    latency_ms: int
    callers: int
    first: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.done) / self.wall if self.wall else 0.0

    def cpu_ms(self, name: str = "") -> float:
        """Per refund: of one process, or of all that do the work."""
        own = [s for part, s in self.cpu.items() if (part == name if name else part not in AROUND)]
        return 1000 * sum(own) / len(self.done) if self.done else 0.0


def percentile(times: list[float], p: int) -> float:
    """In milliseconds."""
    if not times:
        return float("nan")
    if len(times) == 1:
        return 1000 * times[0]
    return 1000 * quantiles(times, n=100, method="inclusive")[p - 1]


def play(stage: Stage, contender: Contender, cell: Cell, seconds: float, tag: str) -> None:
    """One round, added to the cell. `tag` makes its orders and calls unlike all others of this run."""
    some = calls(f"{tag}-{contender.key}", int(seconds * contender.most_per_s), cell.callers)
    if cell.callers == 1:
        some = some[: int(seconds * 3) + 1]
    stage.admin.load(dataset(some))
    stage.admin.latency(0)
    contender.driver.ask("prepare", some)
    stage.admin.latency(cell.latency_ms)
    time.sleep(0.3)  # what the preparation left to be written is not this round's
    meter = Meter(contender.pids | {"simulators": stage.pid("simulators")})
    lap = contender.driver.ask("loop", some, callers=cell.callers, seconds=seconds)
    for name, used in meter.read().items():
        cell.cpu[name] = cell.cpu.get(name, 0.0) + used
    cell.first += lap["first"]
    cell.done += lap["done"]
    cell.errors += lap["errors"]
    cell.wall += lap["wall"]
