"""`handrail up`: the whole stack on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from handrail.cli.options import HOME, Home
from handrail.cli.terminal import console, fail
from handrail.settings import Settings

if TYPE_CHECKING:
    from handrail.embedded import Ports, Stack

Port = Annotated[int | None, typer.Option(min=1, max=65_535)]

_PEOPLE = (
    ("AI agent", "ai", "calls tools"),
    ("human agent", "agent", "calls tools, owns work, reads evidence"),
    ("supervisor", "supervisor", "all that, and decides gates"),
)


def up(
    home: Home = HOME,
    port_base: Annotated[
        int | None, typer.Option(min=1, max=65_000, help="Move all ports: N, N+1, N+10, N+20.")
    ] = None,
    gateway_port: Port = None,
    console_port: Port = None,
    simulators_port: Port = None,
    temporal_port: Port = None,
    ui: Annotated[bool, typer.Option("--ui", help="Start Temporal's own UI too, beside its port.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget everything in the home first.")] = False,
) -> None:
    """Start everything on this machine: Temporal, simulators, worker, gateway and console. Ctrl-C stops all."""
    from handrail.embedded import HomeInUse, Interrupted, NoHome, NoTemporal, NotReady, PortTaken, Stack
    from handrail.embedded.home import Home as Folder

    given = {"gateway": gateway_port, "console": console_port, "simulators": simulators_port, "temporal": temporal_port}
    screen = console()
    try:
        if fresh:
            Folder(home).empty()
        stack = Stack(
            home,
            ports=_ports(port_base, given, ui),
            own_temporal=False,
            note=lambda text: screen.print(f"[dim]{text}[/]"),
        )
        stop = _stop_on_signals(stack)
        with stack:
            screen.print(_welcome(stack))
            for line in _credentials(stack):
                screen.print(line, soft_wrap=True)
            screen.print("\n[bold green]Ready[/]  [dim]Ctrl-C stops all; nothing is lost.[/]")
            stop.wait()
            screen.print("[dim]stopping[/]")
    except Interrupted:
        screen.print("[dim]stopped before it was ready[/]")
    except (HomeInUse, NoHome, NoTemporal, NotReady, PortTaken) as error:
        fail(str(error), code=1)


def _ports(base: int | None, given: dict[str, int | None], ui: bool) -> Ports:
    from dataclasses import replace

    from handrail.embedded import Ports

    ports = Ports.from_base(base) if base else Ports.of(Settings())
    ports = replace(ports, **{name: port for name, port in given.items() if port is not None})
    return ports.with_ui() if ui else ports


def _stop_on_signals(stack: Stack) -> threading.Event:
    """Set by the first SIGINT, SIGTERM or SIGHUP; the second one kills what has not stopped by then."""
    stop = threading.Event()

    def told(*_: object) -> None:
        if stop.is_set():
            stack.hurry()
        stop.set()
        stack.interrupt()

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, told)
    return stop


def _welcome(stack: Stack) -> Group:
    places = Table.grid(padding=(0, 3))
    for name, place in (*stack.urls.items(), ("home", str(stack.home.path))):
        places.add_row(Text(name, "dim"), Text(place, f"bold link {place}" if place.startswith("http") else "bold"))
    if stack.ports.temporal_ui:
        places.add_row(Text("temporal ui", "dim"), Text(f"http://127.0.0.1:{stack.ports.temporal_ui}", "bold"))
    people = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in ("who", "may", "token"):
        people.add_column(column, no_wrap=True)
    for name, short, may in _PEOPLE:
        people.add_row(Text(name, "bold"), may, f"handrail token {short}")
    return Group(Text(), places, people)


def _credentials(stack: Stack) -> Iterator[Text]:
    """Never wrapped, so that they can be copied: the AI agent's token, and links that sign people in at the console."""
    for name, short, _ in _PEOPLE:
        token = stack.tokens[short]
        shown = f"{stack.console_url}/sign-in?token={token}" if short != "ai" else token
        yield Text.assemble((f"{name:12}", "dim"), shown)
