"""Somebody who lends his right to decide, by HTTP or by the command line."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from typer.testing import CliRunner

from handrail.cli.commands import app as cli
from handrail.credentials import DECIDE, DELEGATE, DESK
from tests.desk.desk import Desk
from tests.desk.doors import Problem
from tests.desk.people import Person


class Lender:
    def __init__(
        self, desk: Desk, name: str, roles: list[str], scopes: tuple[str, ...] = (*DESK, *DECIDE, *DELEGATE)
    ) -> None:
        self.desk = desk
        self.token = desk.house.credentials.issue(name, "human", scopes, roles, name=name.title())
        self.person = Person(desk, self.token)
        self.tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    async def lends(self, to: str, **more: Any) -> dict[str, Any]:
        given: dict[str, Any] = await self.desk.http.send(
            "POST", "/v1/delegations", self.token, {"to": to, "until": self.tomorrow} | more
        )
        return given

    async def list(self, **query: str) -> list[dict[str, Any]]:
        asked = "&".join(f"{name}={text}" for name, text in query.items())
        found = await self.desk.http.send("GET", f"/v1/delegations?{asked}", self.token)
        listed: list[dict[str, Any]] = found["delegations"]
        return listed

    async def ends(self, id: str) -> dict[str, Any]:
        ended: dict[str, Any] = await self.desk.http.send("POST", f"/v1/delegations/{id}/end", self.token, {})
        return ended

    async def end_all(self) -> None:
        for given in await self.list():
            await self.ends(given["id"])

    async def types(self, *words: str) -> Any:
        """At the command line, with `--json`."""
        environment = {"HANDRAIL_TOKEN": self.token, "HANDRAIL_URL": self.desk.house.url}
        line = [*words, "--as", "", "--json"]
        done = await asyncio.to_thread(CliRunner().invoke, cli, line, env=environment)
        if done.exit_code == 2:
            raise Problem(0, body={"detail": done.output})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return json.loads(done.stdout)
