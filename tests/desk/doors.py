"""The doors of Handrail, each with the same two questions: call a tool, say something to a run."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from typer.testing import CliRunner

from domain.answers import Answer
from domain.calls import Interaction, ToolCall
from handrail.cli.commands import app as cli
from handrail.rail import BadArguments, RailError, Refused
from tests.desk.house import House
from tests.desk.schemas import valid_answer


class Problem(Exception):
    """A door said no with an error instead of an Answer."""

    def __init__(self, status: int, rule: str = "", body: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {rule} {body}")
        self.status, self.rule, self.body = status, rule, body or {}

    @property
    def fields(self) -> list[str]:
        return [error["field"] for error in self.body.get("errors", [])]


@dataclass(frozen=True)
class Asked:
    """A tool call as it is put to a door."""

    tool: str
    arguments: dict[str, Any]
    call_id: str = ""
    confirm: str = ""
    request_id: str = ""
    wait_s: float = 4


class Door(Protocol):
    async def call(self, token: str, asked: Asked) -> Answer: ...
    async def say(self, token: str, reference: str, command: str, body: dict[str, Any]) -> Answer: ...
    async def answer(self, token: str, reference: str, wait_s: float = 0, after: int = -1) -> Answer: ...


class HttpDoor:
    """The gateway, over HTTP."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def call(self, token: str, asked: Asked) -> Answer:
        body = {
            "arguments": asked.arguments, "interaction": {"call_id": asked.call_id, "channel": "voice"},
            "request_id": asked.request_id, "confirm": asked.confirm,
        }  # fmt: skip
        path, prefer = f"/v1/tools/{asked.tool}", {"Prefer": f"wait={asked.wait_s:g}"}
        return Answer.model_validate(valid_answer(await self.send("POST", path, token, body, prefer)))

    async def say(self, token: str, reference: str, command: str, body: dict[str, Any]) -> Answer:
        reply = await self.send("POST", f"/v1/work/{reference}/{command}", token, body)
        return Answer.model_validate(valid_answer(reply["answer"]))

    async def answer(self, token: str, reference: str, wait_s: float = 0, after: int = -1) -> Answer:
        path = f"/v1/work/{reference}?wait={wait_s:g}&after={after}"
        return Answer.model_validate(valid_answer(await self.send("GET", path, token)))

    async def send(
        self, method: str, path: str, token: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        sent = {"Authorization": f"Bearer {token}"} | (headers or {})
        reply = await self.http.request(method, path, json=body, headers=sent)
        if reply.is_error:
            told = reply.json()
            raise Problem(reply.status_code, told.get("rule", ""), told)
        return reply.json()


class RailDoor:
    """The rail itself, as the console uses it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def call(self, token: str, asked: Asked) -> Answer:
        actor = await self._house.tokens.verify(token)
        interaction = Interaction(call_id=asked.call_id, channel="desk")
        call = ToolCall(
            tool=asked.tool, arguments=asked.arguments, actor=actor, interaction=interaction,
            request_id=asked.request_id, confirm=asked.confirm,
        )  # fmt: skip
        with _as_problem():
            return await self._house.rail.call(call, wait_s=asked.wait_s)

    async def say(self, token: str, reference: str, command: str, body: dict[str, Any]) -> Answer:
        actor = await self._house.tokens.verify(token)
        with _as_problem():
            return (await self._house.rail.command(actor, reference, command, body)).answer

    async def answer(self, token: str, reference: str, wait_s: float = 0, after: int = -1) -> Answer:
        actor = await self._house.tokens.verify(token)
        with _as_problem():
            return await self._house.rail.answer(actor, reference, wait_s=wait_s, after_revision=after)


class _as_problem:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, RailError):
            rule = error.rule if isinstance(error, Refused) else ""
            body = {"errors": error.errors} if isinstance(error, BadArguments) else {}
            raise Problem(error.status, rule, body | {"detail": str(error)}) from error


class CliDoor:
    """`handrail call`, `tell` and `work`, with their own HTTP client."""

    def __init__(self, house: House) -> None:
        self._url = house.url

    async def call(self, token: str, asked: Asked) -> Answer:
        options = {"--call-id": asked.call_id, "--confirm": asked.confirm, "--request-id": asked.request_id}
        given = [word for name, text in options.items() if text for word in (name, text)]
        words = ["call", asked.tool, *_words(asked.arguments), "--wait", f"{asked.wait_s:g}", "--channel", "voice"]
        return await self._run(token, [*words, *given])

    async def say(self, token: str, reference: str, command: str, body: dict[str, Any]) -> Answer:
        return await self._run(token, ["tell", reference, command, *_words(body)])

    async def answer(self, token: str, reference: str, wait_s: float = 0, after: int = -1) -> Answer:
        return await self._run(token, ["work", reference, "--wait", f"{wait_s:g}"])

    async def _run(self, token: str, words: list[str]) -> Answer:
        environment = {"HANDRAIL_TOKEN": token, "HANDRAIL_URL": self._url}
        done = await asyncio.to_thread(CliRunner().invoke, cli, [*words, "--json"], env=environment)
        if done.exit_code == 2:
            status = next((code for code in (401, 403, 404, 409, 422, 429, 503) if f"({code})" in done.output), 0)
            raise Problem(status, body={"detail": done.output})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer.model_validate_json(done.stdout)


def _words(arguments: dict[str, Any]) -> list[str]:
    return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
