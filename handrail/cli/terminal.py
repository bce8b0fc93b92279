"""Where the commands print: people on stdout, trouble on stderr. Plain and wide enough when it is not a terminal."""

import json
import sys
from typing import Any, NoReturn

import typer
from rich.console import Console

WIDE = 120


def console(*, errors: bool = False) -> Console:
    stream = sys.stderr if errors else sys.stdout
    return Console(stderr=errors, highlight=False, width=None if stream.isatty() else WIDE)


def raw(document: Any) -> None:
    """For programs: JSON, never wrapped or coloured."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def fail(text: str, code: int = 2) -> NoReturn:
    console(errors=True).print(f"[bold red]handrail:[/] {_plain(text)}", soft_wrap=True)
    raise typer.Exit(code)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
