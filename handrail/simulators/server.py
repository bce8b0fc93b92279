"""The simulators as one ASGI app, and the process that serves it."""

from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from handrail.simulators.admin import steering
from handrail.simulators.door import Door
from handrail.simulators.generated import generate
from handrail.simulators.world import World, open_world

SHIPPED_ORDERS = 2_000
SHIPPED_SEED = 4821
_KEEP_ALIVE_S = 75
"""Longer than any client's pool keeps an idle connection, so that we never close one which it is about to use."""


def app(database: Path, *, api_key: str = "sim-key") -> ASGIApp:
    """Opens `database` now; a new file gets the generated dataset."""
    world = open_world(database)
    if world.is_empty:
        world.replace(generate(SHIPPED_ORDERS, SHIPPED_SEED))
    return _Simulators(world, api_key)


def serve(database: Path, *, host: str = "127.0.0.1", port: int, api_key: str = "sim-key") -> None:
    """Blocks until SIGTERM or SIGINT; requests that run by then get one second."""
    uvicorn.run(
        app(database, api_key=api_key),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )


class _Simulators:
    def __init__(self, world: World, api_key: str) -> None:
        self._world = world
        self._door = Door(world, api_key)
        self._steering = steering(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"].startswith("/admin"):
            await self._steering(scope, receive, send)
        else:
            await self._door(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._world.settlement.resume()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._world.settlement.stop()
        await self._world.webhooks.stop()
        self._world.db.close()
        await send({"type": "lifespan.shutdown.complete"})
