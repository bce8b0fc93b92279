"""The parts of Handrail as processes of their own. All settings come from `HANDRAIL_*` and `TEMPORAL_*`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.calls import Actor
from handrail.settings import Settings


def worker() -> None:
    """Run a worker: executes the workflows and their steps. As many as wanted."""
    import worker as composition

    _serve(composition.run(Settings()), cancel_on_signals=True)


def gateway() -> None:
    """Run a gateway: the HTTP face of the rail."""
    _serve(_gateway(Settings()))


def console() -> None:
    """Run the console: where people see and decide waiting work."""
    _serve(_console(Settings()))


def simulators(
    database: Annotated[Path | None, typer.Option(help="SQLite file. Default: simulators.db in the home.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: HANDRAIL_SIMULATORS_PORT, 7410.")] = None,
    api_key: Annotated[str, typer.Option(help="The key that callers must send.")] = "sim-key",
) -> None:
    """Run the embedded systems of record: CRM, orders, billing, cases."""
    from handrail.simulators import serve

    settings = Settings()
    file = database or settings.home / "simulators.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    serve(file, port=port or settings.simulators_port, api_key=api_key)


async def _gateway(settings: Settings) -> None:
    from handrail.gateway import TokenVerifier, app, listener, serve
    from handrail.rail import connect

    bound = listener(settings.host, settings.gateway_port)
    await serve(app(await connect(settings), settings, TokenVerifier(settings)), bound)


async def _console(settings: Settings) -> None:
    from handrail.console import serve
    from handrail.gateway import TokenVerifier
    from handrail.rail import connect

    tokens, loop = TokenVerifier(settings), asyncio.get_running_loop()

    def verify(token: str) -> Actor:
        """Called from the console's threads."""
        return asyncio.run_coroutine_threadsafe(tokens.verify(token), loop).result(timeout=10)

    await serve(await connect(settings), settings, verify)


def _serve(main: Coroutine[Any, Any, None], *, cancel_on_signals: bool = False) -> None:
    """Runs it on uvloop. uvicorn takes signals itself; what does not is cancelled by SIGTERM and Ctrl-C."""
    import uvloop

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)

    async def until_told() -> None:
        task = asyncio.ensure_future(main)
        for name in (signal.SIGTERM, signal.SIGINT) if cancel_on_signals else ():
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)
        await task

    with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
        uvloop.run(until_told())
