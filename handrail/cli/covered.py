"""`handrail tools --coverage`: what each process is made of, as a table. Asks no gateway: it reads the code here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from handrail.cli.terminal import console, raw
from handrail.settings import Settings

if TYPE_CHECKING:
    from handrail.coverage import Covered

TESTS = Path(__file__).resolve().parents[2] / "tests"
"""There in a checkout; an installed Handrail has none, and shows none."""


def tell(as_json: bool) -> None:
    from handrail.coverage import coverage
    from handrail.policies import Shelf

    rows = coverage(Shelf(Settings().policies), TESTS)
    if as_json:
        return raw([row.row() for row in rows])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_lines=True)
    for column, width in (("process", 30), ("steps, and what undoes them", 48), ("rules", 34)):
        table.add_column(column, overflow="fold", width=width)
    for row in rows:
        table.add_row("\n".join(_about(row)), "\n".join(_steps(row)), "\n".join(_rules(row)))
    console().print(table)


def _about(row: Covered) -> Iterator[str]:
    yield f"[bold]{row.process}[/]"
    yield f"tools: {', '.join(row.tools)}"
    if row.asks:
        yield f"asks for: {', '.join(row.asks)}"
    if row.gates:
        yield f"approval: {', '.join(row.gates)}"
    yield row.packet
    yield f"{row.tests} tests in {len(row.test_files)} files" if row.test_files else "no tests here"


def _steps(row: Covered) -> Iterator[str]:
    if not row.steps and not row.own_books:
        yield "reads only" if row.reads_only else "none"
    for step in row.steps:
        yield f"{step.name}: {step.undo}"
    for name in row.own_books:
        yield f"{name}: in Handrail's own books"


def _rules(row: Covered) -> Iterator[str]:
    """Those of the policy's own name without it."""
    yield f"[bold]{row.policy} {row.version}[/]" if row.policy else "no policy"
    yield ", ".join(rule.removeprefix(f"{row.policy}.") for rule in row.rules)
