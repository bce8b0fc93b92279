"""Serves the HTTP face with uvicorn."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

GRACE_S = 6
"""Longer than the longest wait that a tool call may ask for."""


class Server(uvicorn.Server):
    """With `stop`, whoever set it up owns the signals and ends this server by setting it."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event | None) -> None:
        super().__init__(config)
        self._stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if self._stop is None:
            with super().capture_signals():
                yield
                # uvicorn would raise the signal again, which ends the process before its own cleaning up: unsent spans
                # and open connections (uvicorn 0.54, November 2026).
                self._captured_signals.clear()
        else:
            yield

    async def run_until_stopped(self, listener: socket.socket) -> None:
        if self._stop is None:
            return await self.serve(sockets=[listener])
        waiting = asyncio.create_task(self._exit_on_stop(self._stop))
        try:
            await self.serve(sockets=[listener])
        finally:
            waiting.cancel()

    async def _exit_on_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.should_exit = True


def listener(host: str, port: int) -> socket.socket:
    """A bound socket; `port` 0 takes a free one. Bound before anything starts, so a taken port is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as failure:
        bound.close()
        raise OSError(
            failure.errno, f"{host}:{port} cannot be listened on ({failure.strerror}); is it taken?"
        ) from failure
    return bound


async def serve(asgi: ASGIApp, bound: socket.socket, stop: asyncio.Event | None = None) -> None:
    """Returns after SIGTERM or SIGINT, or when `stop` is set; calls under way get their answers first.

    Runs in the current loop: start the process with `uvloop.run` for speed.
    """
    config = uvicorn.Config(
        asgi,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    await Server(config, stop).run_until_stopped(bound)
