"""Plays scenes on a fresh stack and tells whether every expectation held."""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from rich.console import Console

from handrail.cli.door import DoorError
from handrail.demo.stage import Stage
from handrail.embedded import Stack


def _found() -> tuple[ModuleType, ...]:
    """Every module here with a title, by its place in the play."""
    folder = Path(__file__).parent
    names = [info.name for info in pkgutil.iter_modules([str(folder)]) if info.name != Path(__file__).stem]
    modules = [importlib.import_module(f"handrail.demo.{name}") for name in names]
    return tuple(sorted((m for m in modules if hasattr(m, "TITLE")), key=lambda scene: scene.PLACE))


SCENES = _found()
_LOGS = ("worker", "gateway")


class UnknownScene(Exception):
    """Names the scene and those that there are."""


def play(screen: Console, names: list[str], keep: Path | None) -> bool:
    """Plays the named scenes, or all, in their order. Whether all held."""
    scenes = _chosen(names)
    began = time.monotonic()
    with _home(keep) as home:
        with Stack(home, note=lambda text: screen.print(f"[dim]{text}[/]")) as stack:
            stage = Stage(stack, screen)
            for scene in scenes:
                _play(stage, scene)
            took = time.monotonic() - began
        if keep:
            screen.print(f"[dim]The demo's home is {home}.[/]")
    return _told(screen, stage.broken, len(scenes), took)


def _play(stage: Stage, scene: ModuleType) -> None:
    stage.title(scene.TITLE)
    try:
        scene.play(stage)
    except (DoorError, TimeoutError, KeyError, IndexError, TypeError) as error:
        stage.expect(False, f"{type(error).__name__}: {error}")
        for part in _LOGS:
            end = "\n".join(stage.stack.logs(part).splitlines()[-8:])
            stage.screen.print(f"[dim]the end of the {part}'s log:[/]")
            stage.screen.print(end, markup=False, soft_wrap=True)


def _chosen(names: list[str]) -> list[ModuleType]:
    known = {scene.__name__.rpartition(".")[2]: scene for scene in SCENES}
    for name in names:
        if name not in known:
            raise UnknownScene(f"{name!r} is no scene; there are: {', '.join(known)}.")
    return [scene for name, scene in known.items() if not names or name in names]


@contextmanager
def _home(keep: Path | None) -> Iterator[Path]:
    if keep:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="handrail-demo-") as folder:
        yield Path(folder) / "home"


def _told(screen: Console, broken: list[str], scenes: int, took: float) -> bool:
    screen.print()
    if not broken:
        screen.print(f"[bold green]All held[/]: {scenes} scenes in {took:.0f} s")
        return True
    screen.print(f"[bold red]{len(broken)} of the expectations did not hold:[/]")
    for text in broken:
        screen.print(f"  {text}", markup=False)
    return False
