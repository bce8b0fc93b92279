"""What a run found, and how it stands to the aims."""

import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.cells import Cell, percentile
from bench.recovery import Recovered

NAMES = {
    "handrail": "Handrail (HTTP)",
    "rail": "Handrail (Rail)",
    "plain": "(i) asyncio",
    "temporal": "(ii) bare Temporal",
    "dbos": "(iii) DBOS, SQLite",
}


@dataclass
class Aim:
    what: str
    limit: str
    found: str
    reached: bool | None
    """None: not measured in this run."""


@dataclass
class Results:
    cells: dict[tuple[str, int, int], Cell] = field(default_factory=dict)
    reads: dict[int, str] = field(default_factory=dict)
    """Which reads bare Temporal was kept with, by callers."""
    recoveries: list[Recovered] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)
    begun: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def cell(self, contender: str, latency_ms: int, callers: int) -> Cell:
        key = contender, latency_ms, callers
        return self.cells.setdefault(key, Cell(contender, latency_ms, callers))

    def ratio(self, of: str, to: str, latency_ms: int, callers: int, what: str) -> float | None:
        """`what`: first, done (p50), per_s or cpu."""
        one, other = (self.cells.get((name, latency_ms, callers)) for name in (of, to))
        if not (one and other and one.done and other.done):
            return None
        return _value(one, what) / _value(other, what)

    def aims(self) -> list[Aim]:
        found: list[Aim] = []
        for ms in sorted({latency for _, latency, _ in self.cells}):
            found += [
                self._ratio_aim(f"first answer p50, 1 caller, {ms} ms", "temporal", ms, 1, "first", 1.25, below=True),
                self._tail(ms),
                self._ratio_aim(f"throughput, 20 callers, {ms} ms", "temporal", ms, 20, "per_s", 1.0, below=False),
                self._ratio_aim(f"throughput, 20 callers, {ms} ms", "dbos", ms, 20, "per_s", 1.0, below=False),
            ]
        ours = [r for r in self.recoveries if r.contender == "handrail"]
        if ours:
            worst = max(r.from_restart for r in ours)
            middle = median(r.from_restart for r in ours)
            text = f"{middle:.1f} s (worst {worst:.1f} s)"
            found.append(Aim("back after kill -9, from restart", "<= 2 s", text, middle <= 2.0))
            effects = [r.effects for r in ours]
            found.append(Aim("refunds after a kill", "1", str(effects), set(effects) == {1}))
        return found

    def _ratio_aim(
        self, what: str, to: str, ms: int, callers: int, measure: str, limit: float, *, below: bool
    ) -> Aim:  # fmt: skip
        ratio = self.ratio("handrail", to, ms, callers, measure)
        words = f"{'<=' if below else '>='} {limit} x {NAMES[to]}"
        if ratio is None:
            return Aim(what, words, "not measured", None)
        return Aim(what, words, f"{ratio:.2f} x", ratio <= limit if below else ratio >= limit)

    def _tail(self, ms: int) -> Aim:
        what, cell = f"first answer p95, 50 callers, {ms} ms", self.cells.get(("handrail", ms, 50))
        if not cell or not cell.first:
            return Aim(what, "<= 1 s", "not measured", None)
        p95 = percentile(cell.first, 95)
        return Aim(what, "<= 1 s", f"{p95 / 1000:.2f} s", p95 <= 1000)

    def document(self) -> dict[str, Any]:
        """For later comparison: everything, samples rounded to a tenth of a millisecond."""
        return {
            "begun": self.begun,
            "cores": os.cpu_count(),
            "load_average": list(os.getloadavg()),
            "reads": self.reads,
            "cells": [_cell(cell) for cell in self.cells.values()],
            "recoveries": [asdict(r) for r in self.recoveries],
            "aims": [asdict(aim) for aim in self.aims()],
            "extras": self.extras,
        }


def _value(cell: Cell, what: str) -> float:
    match what:
        case "first":
            return percentile(cell.first, 50)
        case "done":
            return percentile(cell.done, 50)
        case "per_s":
            return cell.per_s
        case _:
            return cell.cpu_ms()


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "contender": cell.contender,
        "latency_ms": cell.latency_ms,
        "callers": cell.callers,
        "refunds": len(cell.done),
        "first_ms": {p: round(percentile(cell.first, p), 1) for p in (50, 95)},
        "done_ms": {p: round(percentile(cell.done, p), 1) for p in (50, 95)},
        "per_s": round(cell.per_s, 2),
        "cpu_ms": {name: round(cell.cpu_ms(name), 1) for name in cell.cpu},
        "errors": cell.errors[:5],
        "error_count": len(cell.errors),
    }


def folder() -> Path:
    out = Path(__file__).parent / "out"
    out.mkdir(exist_ok=True)
    return out
