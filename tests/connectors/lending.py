"""A connector over a respx router, for tests of the contract itself: no server, each failure exactly as wanted."""

from typing import Any, ClassVar

import httpx
import respx

from connectors.auth import Auth, NoAuth
from connectors.connector import Config, Connector, Manifest
from connectors.effects import Safety, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.http import Http
from connectors.writes import Write
from tests.connectors.acme import Thing

BASE = "https://api.acme.example"
REF = WriteRef(run="t/w", step="make")


class Lent(Connector[Config]):
    manifest = Manifest(id="acme", version="1.0.0", api_version="1")
    kept: ClassVar[list[Write]] = []

    @writes(WriteSpec(safety=Safety.NONE, facts="here"))
    async def make(self, thing: Thing, w: Write) -> Any:
        self.kept[:] = [w]
        return await self.http.write("POST", "/things", w, json={"what": thing.what})

    @writes(WriteSpec(safety=Safety.NONE, facts="here"))
    async def make_in_two(self, thing: Thing, w: Write) -> Any:
        await self.http.write("POST", "/things", w, json={})
        return await self.http.write("POST", "/things", w, json={})


def http(router: respx.Router, **how: Any) -> Http:
    made = Http(BASE, system="acme", transport=httpx.MockTransport(router.async_handler), **how)
    return made


def connector(router: respx.Router, auth: Auth | None = None, **how: Any) -> Lent:
    made = Lent(Config(base_url=BASE))
    made.http = http(router, auth=auth or NoAuth(), **how)
    return made
