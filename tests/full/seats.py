"""Where a person sits: at a desk that speaks the gateway's HTTP, or at the console, whose forms he fills in as he finds
them on the page. Both give the same commands to the same runs."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from domain.money import Money
from tests.full.rig import Rig, bearer, until
from tests.full.world import Subject

AWAY = 503
"""What was said is left durably, and what is not known yet is asked again."""


class NotDone(Exception):
    """A command was refused. `status` and `text` as the door told them; `rule` where it names one."""

    def __init__(self, status: int, text: str, rule: str = "") -> None:
        super().__init__(f"{status} {rule} {text}")
        self.status, self.text, self.rule = status, text, rule


class Seat(Protocol):
    async def ask(
        self, rig: Rig, token: str, who: Subject, tool: str, arguments: dict[str, Any], request_id: str
    ) -> None:
        """Begins a run, or joins it, in this subject's conversation. Raises NotDone."""
        ...

    async def say(self, rig: Rig, token: str, reference: str, command: str, **body: Any) -> None:
        """Raises NotDone."""
        ...


class Gateway:
    def __str__(self) -> str:
        return "HTTP"

    async def ask(
        self, rig: Rig, token: str, who: Subject, tool: str, arguments: dict[str, Any], request_id: str
    ) -> None:
        await rig.tool(who, tool, arguments, request_id=request_id, token=token)

    async def say(self, rig: Rig, token: str, reference: str, command: str, **body: Any) -> None:
        url = f"{rig.stack.gateway_url}/v1/work/{reference}/{command}"
        reply = await rig.http.post(url, json=body, headers=bearer(token))
        if reply.is_error and reply.status_code != AWAY:
            told = reply.json()
            raise NotDone(reply.status_code, told.get("detail", reply.text), told.get("rule", ""))


@dataclass(frozen=True)
class Console:
    """Signed in once; a command is the form for it on the run's own page, with what the page filled in."""

    _cookies: dict[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return "console"

    async def ask(
        self, rig: Rig, token: str, who: Subject, tool: str, arguments: dict[str, Any], request_id: str
    ) -> None:
        """The form of the tool, in the subject's conversation."""
        page = await self._open(rig, token, f"/begin/{tool}?{urlencode({'call': who.call})}")
        form = next(form for form in forms(page) if form.action == f"/begin/{tool}")
        typed = form.typed("arguments", arguments) | {"request_id": request_id}

        async def send() -> httpx.Response | None:
            reply = await self._post(rig, form.action, form.filled(typed), self._cookies[token])
            return None if reply.status_code == AWAY else reply

        reply = await until(send, f"{tool} for {who.tag} to be begun")
        if reply.status_code != 303:
            raise NotDone(reply.status_code, text_of(reply.text))

    async def say(self, rig: Rig, token: str, reference: str, command: str, **body: Any) -> None:
        page = await self._open(rig, token, f"/work/{reference}")
        way = str(body.pop("outcome", "") or body.pop("action", "") or ("code" if "code" in body else ""))
        wanted = (f"/work/{reference}/{command}", f"{command}-{way}" if way else command)
        form = next((form for form in forms(page) if (form.action, form.fields.get("form")) == wanted), None)
        if form is None:
            raise NotDone(404, f"The page of {reference} has no form {wanted[1]}: {text_of(page)}")
        reply = await self._post(rig, form.action, form.filled(body), self._cookies[token])
        if reply.status_code not in (303, AWAY):
            raise NotDone(reply.status_code, text_of(reply.text))

    async def _open(self, rig: Rig, token: str, path: str) -> str:
        if token not in self._cookies:
            signed_in = await self._post(rig, "/sign-in", {"token": token})
            self._cookies[token] = signed_in.headers["set-cookie"].partition(";")[0]
        url, cookie = f"{rig.stack.console_url}{path}", {"Cookie": self._cookies[token]}

        async def look() -> httpx.Response | None:
            page = await rig.http.get(url, headers=cookie)
            return None if page.status_code == AWAY else page

        page = await until(look, f"the page {path}")
        page.raise_for_status()
        return page.text

    @staticmethod
    async def _post(rig: Rig, path: str, fields: dict[str, str], cookie: str = "") -> httpx.Response:
        return await rig.http.post(f"{rig.stack.console_url}{path}", data=fields, headers={"Cookie": cookie})


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    """As the page filled them in, and a browser would send them."""

    def filled(self, typed: dict[str, Any]) -> dict[str, str]:
        """Raises NotDone when a person has nowhere to write what he wants to say."""
        if nowhere := {*typed} - {*self.fields}:
            raise NotDone(404, f"The form {self.action} has no field for {sorted(nowhere)}.")
        return self.fields | {name: str(value) for name, value in typed.items()}

    def typed(self, name: str, value: Any) -> dict[str, str]:
        """A tool's argument as a person writes it into the fields that there are."""
        if name not in self.fields and isinstance(value, dict | list):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            return {at: text for part, below in parts for at, text in self.typed(f"{name}/{part}", below).items()}
        return {name: _written(value)}


def _written(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return str(Money.model_validate(value))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {text}" for name, text in value.items())
    return "\n".join(value) if isinstance(value, list) else str(value)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside = False
        self._name = ""
        """Of the field whose text or options come now."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
            self._inside = True
        elif self._inside and tag in ("input", "textarea", "select") and given.get("name"):
            self._name = given["name"]
            unticked = given.get("type") == "checkbox" and "checked" not in given
            self.found[-1].fields[self._name] = "" if unticked else given.get("value", "")
        elif self._inside and tag == "option" and "selected" in given:
            self.found[-1].fields[self._name] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def forms(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.found


def text_of(page: str) -> str:
    """The words of it, for a failure's message."""
    parser = _Text()
    parser.feed(page)
    return " ".join(parser.words)[:1_500]


HTTP, CONSOLE = Gateway(), Console()
SEATS: tuple[Seat, ...] = (HTTP, CONSOLE)
