"""Runs the console under uvicorn."""

import uvicorn

from handrail.console.desk import Verify
from handrail.console.site import app
from handrail.rail import Rail
from handrail.settings import Settings


async def serve(rail: Rail, settings: Settings, verify: Verify, *, port: int | None = None) -> None:
    """Serves until the task is cancelled or the process is told to stop. `port`: instead of `console_port`."""
    await server(rail, settings, verify, port=port).serve()


def server(rail: Rail, settings: Settings, verify: Verify, *, port: int | None = None) -> uvicorn.Server:
    """The uvicorn server, not started: for who must know when it listens or end it himself.

    Live pages hold their connection open, so a graceful stop would wait for every open tab: one second is given.
    The query is not logged, because a sign-in link carries a token in it.
    """
    config = uvicorn.Config(
        app(rail, settings, verify),
        host=settings.host,
        port=settings.console_port if port is None else port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    return uvicorn.Server(config)
