"""`handrail demo`: the scenes on a stack of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from handrail.cli.terminal import console, fail


def demo(
    scenes: Annotated[list[str] | None, typer.Argument(help="Only these scenes, by name; default: all.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the demo's home here, to look at afterwards.")] = None,
) -> None:
    """Play the scenes on a fresh stack and exit: 0 only if every expectation held."""
    from handrail.demo import UnknownScene, play
    from handrail.embedded import HomeInUse, NoTemporal, NotReady

    try:
        held = play(console(), scenes or [], keep)
    except (HomeInUse, NoTemporal, NotReady, UnknownScene) as error:
        fail(str(error), code=1)
    raise typer.Exit(0 if held else 1)
