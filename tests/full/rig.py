"""Drives the embedded stack over HTTP, as callers, people and the simulators' operator do."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from temporalio.client import Client

from domain.calls import Actor, Interaction, ToolCall
from domain.evidence import Event
from handrail.credentials import ASK, DECIDE, DESK, Credentials
from handrail.embedded import Stack
from handrail.evidence import EvidenceBook
from tests.full.world import CURRENCY, Subject
from workflows._catalog import tools, workflow_id

T = TypeVar("T")
Answer = dict[str, Any]

PATIENCE_S = 90.0
_LOOK_AGAIN_S = 0.05
_LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=2)


@dataclass
class Rig:
    stack: Stack
    http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(timeout=30, limits=_LIMITS, trust_env=False)
    )
    everybody: str = "pat"
    """A person with every role: whatever the gate, he may decide it."""
    _tokens: dict[str, str] = field(default_factory=dict)
    _temporal: Client | None = None
    _book: EvidenceBook | None = None
    _settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._issuer = Credentials(self.stack.settings.model_copy(update={"home": self.stack.home.path}))
        roles = (
            "supervisor", "finance", "adjuster", "senior_adjuster", "claims_manager", "special_investigator",
        )  # fmt: skip
        self.stack.tokens[self.everybody] = self._issuer.issue(self.everybody, "human", (*DESK, *DECIDE), roles)

    # As a caller's AI agent

    async def verify(self, who: Subject, *, token: str = "") -> None:
        asked = {"email": who.email}
        answer = await self.tool(who, "verify_caller", asked, request_id=f"verify-{who.tag}", token=token)
        if answer["status"] == "accepted":
            answer = await self.ended(answer["reference"])
        assert answer["status"] == "done", f"{who.email} is not verified: {answer}"

    async def refund(self, who: Subject, *, line: int = 1, confirm: str = "", request_id: str = "") -> Answer:
        """The answer within the caller's patience of a second."""
        return await self.tool(
            who, "refund_order", _lines(who, line), confirm=confirm, request_id=request_id or who.tag
        )

    async def confirmed(self, who: Subject) -> None:
        """The second line's refund asked for and said yes to; a person has to decide it now."""
        await self.confirm(who, await self.asked(who))

    async def asked(self, who: Subject) -> str:
        """The second line's refund asked for: the digest that the caller is to confirm, however late the question."""
        await self.refund(who, line=2)

        async def look() -> str | None:
            now = await self.answer(self.reference(who))
            return now["digest"] if now["status"] == "needs_confirmation" else None

        return await until(look, f"{self.reference(who)} to ask for confirmation")

    async def confirm(self, who: Subject, digest: str) -> None:
        await self.refund(who, line=2, confirm=digest)

    async def one_call(self, who: Subject, wait_s: float) -> httpx.Response:
        """The refund of the first line asked for once, by a caller who waits. Raises httpx.TransportError."""
        return await self._post(who, "refund_order", {"arguments": _lines(who, 1)}, who.tag, wait_s=wait_s)

    async def tool(
        self, who: Subject, tool: str, arguments: dict[str, Any], *, request_id: str = "", confirm: str = "",
        token: str = "",
    ) -> Answer:  # fmt: skip
        """Called by an AI agent of this subject's own, so that no limit of one agent is met; or by whose `token` it is.

        As a caller does it: what is not answered, or cannot be served now, is asked again, the very same.
        """

        async def ask() -> httpx.Response | None:
            try:
                asked = {"arguments": arguments, "confirm": confirm}
                reply = await self._post(who, tool, asked, request_id, token=token)
            except httpx.TransportError:
                return None
            return None if reply.status_code == 503 else reply

        reply = await until(ask, f"{tool} for {who.tag} to be answered")
        assert reply.status_code == 200, f"{tool} for {who.tag} was answered {reply.status_code}: {reply.text}"
        answer: Answer = reply.json()
        return answer

    async def _post(
        self, who: Subject, tool: str, body: dict[str, Any], request_id: str, wait_s: float = 1, token: str = ""
    ) -> httpx.Response:
        url, headers = f"{self.stack.gateway_url}/v1/tools/{tool}", bearer(token or self.agent(f"ai-{who.tag}"))
        sent = body | {"interaction": {"call_id": who.call}, "request_id": request_id}
        return await self.http.post(url, json=sent, headers=headers | {"Prefer": f"wait={wait_s:g}"})

    def agent(self, name: str) -> str:
        if name not in self._tokens:
            self._tokens[name] = self._issuer.issue(name, "ai", ASK)
        return self._tokens[name]

    # As a person

    def person(self, name: str) -> str:
        """The token of somebody at a desk."""
        if name not in self._tokens:
            self._tokens[name] = self._issuer.issue(name, "human", DESK, ["agent"], name="Ana")
        return self._tokens[name]

    async def work(self, path: str, body: Any = None, *, who: str = "sam") -> httpx.Response:
        url, headers = f"{self.stack.gateway_url}/v1/work{path}", bearer(self.stack.tokens[who])
        return await (
            self.http.get(url, headers=headers) if body is None else self.http.post(url, json=body, headers=headers)
        )

    async def read(self, path: str) -> Any:
        """Asked again while the gateway or Temporal is away, as its 503 says."""

        async def look() -> httpx.Response | None:
            try:
                reply = await self.work(path)
            except httpx.TransportError:
                return None
            return None if reply.status_code == 503 else reply

        reply = await until(look, f"an answer at {path}")
        assert reply.status_code == 200, (
            f"{path} was answered {reply.status_code}: {reply.text}\n{self._end_of_log('gateway')}"
        )
        return reply.json()

    def _end_of_log(self, part: str) -> str:
        return "\n".join(self.stack.logs(part).splitlines()[-60:])

    async def answer(self, reference: str, wait: float = 0) -> Answer:
        answer: Answer = await self.read(f"/{reference}?wait={wait:g}")
        return answer

    async def packet(self, reference: str) -> dict[str, Any]:
        packet: dict[str, Any] = await self.read(f"/{reference}/packet")
        return packet

    async def history(self, reference: str) -> dict[str, Any]:
        history: dict[str, Any] = await self.read(f"/{reference}/history")
        return history

    async def record(self, reference: str) -> list[Event]:
        """Its evidence with the personal values, as an auditor who holds the keys exports it."""
        if self._book is None:
            home = self.stack.home.path
            settings = self.stack.settings.model_copy(update={"home": home})
            self._book = EvidenceBook(settings.database, home / "evidence.key")
        return await self._book.for_run(self.stack.settings.tenant, reference, personal=True)

    async def inbox(self, queue: str) -> set[str]:
        """References of what waits there."""
        return {item["reference"] for item in (await self.read(f"?queue={queue}&limit=500"))["items"]}

    async def approve(self, reference: str) -> httpx.Response:
        return await self.work(f"/{reference}/decide", await self.yes(reference))

    async def yes(self, reference: str) -> dict[str, Any]:
        """What approves the gate at which the run waits, once it does."""

        async def look() -> dict[str, Any] | None:
            gate: dict[str, Any] | None = (await self.packet(reference))["gate"]
            return gate

        try:
            gate = await until(look, f"a gate of {reference}")
        except TimeoutError as late:
            raise AssertionError(
                f"No gate opened: {await self.answer(reference)}\n{self._end_of_log('worker')}"
            ) from late
        return {"outcome": "approve", "digest": gate["digest"]}

    async def ended(self, reference: str) -> Answer:
        """The run's last answer, or the one of now when it does not end."""

        async def look() -> Answer | None:
            now = await self.answer(reference, wait=5)
            return now if now["terminal"] else None

        try:
            return await until(look, f"{reference} to end")
        except TimeoutError:
            return await self.answer(reference)

    # As the operator of the systems

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        reply = await self.http.request(method, f"{self.stack.simulators_url}/admin/{path}", json=body)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    async def kill(self, part: str, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        """kill -9, and it is started again; `meanwhile` while it is dead."""
        await asyncio.to_thread(self.stack.kill, part)
        if meanwhile:
            await meanwhile()
        await asyncio.to_thread(self.stack.start, part)

    async def cancel(self, reference: str) -> None:
        """As an operator of Temporal can, past all doors."""
        client = await self.temporal()
        await client.get_workflow_handle(workflow_id(self.stack.settings.tenant, reference)).cancel()

    async def temporal(self) -> Client:
        if self._temporal is None:
            self._temporal = await Client.connect(self.stack.temporal_address)
        return self._temporal

    async def load(self, document: dict[str, Any]) -> None:
        await self.admin("PUT", "dataset", document)

    async def behave(self, **settings: Any) -> None:
        """The systems' settings as they were when the stack began, but for these."""
        if not self._settings:
            self._settings = await self.admin("GET", "settings")
        await self.admin("PUT", "settings", self._settings | settings)

    async def fault(self, *faults: dict[str, Any]) -> None:
        for fault in faults:
            await self.admin("POST", "faults", fault)

    async def clear_faults(self) -> None:
        await self.admin("DELETE", "faults")

    async def fired(self) -> list[dict[str, Any]]:
        data: list[dict[str, Any]] = (await self.admin("GET", "faults"))["data"]
        return data

    async def log(self, since: int = 0) -> list[dict[str, Any]]:
        data: list[dict[str, Any]] = (await self.admin("GET", f"log?since={since}"))["data"]
        return data

    # As the proof

    async def close(self) -> None:
        await self.http.aclose()
        if self._book:
            await self._book.close()

    def reference(self, who: Subject) -> str:
        """Of the refund that `refund` asks for: it is known before the call."""
        actor = Actor(id=f"ai-{who.tag}", kind="ai", tenant=self.stack.settings.tenant)
        call = ToolCall(tool="refund_order", actor=actor, interaction=Interaction(call_id=who.call), request_id=who.tag)
        return tools()["refund_order"].reference(call, "")


def _lines(who: Subject, line: int) -> dict[str, Any]:
    return {"order_id": who.order, "lines": [who.line(line)], "reason": "damaged"}


def money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": CURRENCY}


async def until(look: Callable[[], Awaitable[T | None]], what: str, patience_s: float = PATIENCE_S) -> T:
    """What `look` finds, as soon as it finds something. Raises TimeoutError."""
    began = time.monotonic()
    while True:
        if found := await look():
            return found
        if time.monotonic() > began + patience_s:
            raise TimeoutError(f"Waited {patience_s:.0f} s for {what}.")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def together(work: Iterable[Awaitable[T]], at_once: int = 12) -> list[T]:
    """All of them, so many at once."""
    room = asyncio.Semaphore(at_once)

    async def one(item: Awaitable[T]) -> T:
        async with room:
            return await item

    return await asyncio.gather(*(one(item) for item in work))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
