"""`handrail doctor`: is everything there, and what to do when it is not."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from handrail.cli.options import HOME, Home, Json
from handrail.cli.terminal import console, raw
from handrail.settings import Settings

_SIGNS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}


def doctor(home: Home = HOME, as_json: Json = False) -> None:
    """Check Python, Temporal, ports, database, keys, policies and connectors. Exit code 1 when something is broken."""
    from handrail.cli.findings import examine

    findings = examine(Settings(home=home))
    if as_json:
        raw([finding._asdict() for finding in findings])
    else:
        table = Table.grid(padding=(0, 2))
        for finding in findings:
            sign, colour = _SIGNS[finding.level]
            advice = Text(f"\n{finding.advice}" if finding.advice else "", "dim")
            table.add_row(Text(sign, colour), Text(finding.what, "bold"), Text(finding.text) + advice)
        console().print(table)
    raise typer.Exit(int(any(finding.level == "fail" for finding in findings)))
