"""A run's tables, on the terminal and as Markdown."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.cells import Cell, percentile
from bench.results import NAMES, Results

_COLUMNS = ("latency", "callers", "contender", "first p50/p95 ms", "done p50/p95 ms", "per s", "CPU ms", "of which")
Rows = list[list[str]]


def show(results: Results) -> None:
    console = Console()
    console.print(_table("One refund, side by side", list(_COLUMNS), _cells(results)))
    console.print(_table("Handrail against its peers, same run", _RATIOS, _ratios(results)))
    console.print(_table("Worker killed with -9 while billing refunds", _KILLS, _kills(results)))
    console.print(_table("Aims", _AIMS, _aims(results)))
    for name, value in results.extras.items():
        console.print(f"{name}: {json.dumps(value)}")


def write(results: Results, folder: Path) -> Path:
    """`latest.md` and `latest.json`, and a dated copy of the latter."""
    document = json.dumps(results.document(), indent=1)
    (folder / "latest.json").write_text(document + "\n")
    (folder / f"{results.begun.replace(':', '')}.json").write_text(document + "\n")
    parts = [
        ("One refund, side by side", list(_COLUMNS), _cells(results)),
        ("Handrail against its peers", _RATIOS, _ratios(results)),
        ("Worker killed with -9 while billing refunds", _KILLS, _kills(results)),
        ("Aims", _AIMS, _aims(results)),
    ]
    text = "\n\n".join(f"## {title}\n\n{_markdown(head, rows)}" for title, head, rows in parts)
    extras = "\n".join(f"- {name}: `{json.dumps(value)}`" for name, value in results.extras.items())
    (folder / "latest.md").write_text(f"# Bench of {results.begun}\n\n{text}\n\n## Beside\n\n{extras}\n")
    return folder / "latest.md"


def _cells(results: Results) -> Rows:
    order = list(NAMES)
    cells = sorted(results.cells.values(), key=lambda c: (c.latency_ms, c.callers, order.index(c.contender)))
    return [_row(cell, results) for cell in cells]


def _row(cell: Cell, results: Results) -> list[str]:
    name = NAMES[cell.contender]
    if cell.contender == "temporal":
        name += f", {results.reads.get(cell.callers, '')} reads"
    errors = f" ({len(cell.errors)} errors)" if cell.errors else ""
    return [
        f"{cell.latency_ms} ms", str(cell.callers), name + errors, _pair(cell.first), _pair(cell.done),
        f"{cell.per_s:.1f}", f"{cell.cpu_ms():.0f}", ", ".join(f"{n} {cell.cpu_ms(n):.0f}" for n in cell.cpu),
    ]  # fmt: skip


def _pair(times: list[float]) -> str:
    return f"{percentile(times, 50):.0f} / {percentile(times, 95):.0f}"


_RATIOS = ["latency", "callers", "against", "first p50", "done p50", "throughput", "CPU"]


def _ratios(results: Results) -> Rows:
    places = sorted({(latency, callers) for _, latency, callers in results.cells})
    rows: Rows = []
    for latency, callers in places:
        for peer in ("plain", "temporal", "dbos"):
            found = [results.ratio("handrail", peer, latency, callers, w) for w in ("first", "done", "per_s", "cpu")]
            if None not in found:
                rows.append([f"{latency} ms", str(callers), NAMES[peer], *(f"{ratio:.2f} x" for ratio in found)])
    return rows


_KILLS = ["contender", "from restart s", "from kill s", "refund sent", "refunds made"]


def _kills(results: Results) -> Rows:
    return [
        [NAMES[r.contender], f"{r.from_restart:.2f}", f"{r.from_kill:.2f}", str(r.sent), str(r.effects)]
        for r in results.recoveries
    ]


_AIMS = ["aim", "limit", "found", ""]


def _aims(results: Results) -> Rows:
    words = {True: "reached", False: "missed", None: ""}
    return [[aim.what, aim.limit, aim.found, words[aim.reached]] for aim in results.aims()]


def _table(title: str, head: list[str], rows: Rows) -> Table:
    table = Table(*head, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(head: list[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
