"""The one door behind every door: tool calls and commands in, answers out.

Gateway, console and CLI all go through `Rail`; it is the only place that talks to Temporal for them. This file is
its face: what doors may ask, get and be refused. `TemporalRail` is the body.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.answers import Answer
from domain.calls import Actor, ToolCall
from domain.commands import Reply
from domain.delegations import Delegate, Delegation
from domain.values import Value


class RailError(Exception):
    """A real error (not a business no). `title` names the kind; the message names the thing and what to do."""

    status = 500
    title = "Internal error"


class UnknownTool(RailError):
    status, title = 404, "No such tool"


class UnknownWork(RailError):
    status, title = 404, "No such work"


class UnknownDelegation(RailError):
    status, title = 404, "No such delegation"


class UnknownCommand(RailError):
    status, title = 404, "No such command"


class BadArguments(RailError):
    """`errors`: [{"field": "amount.minor", "reason": "..."}]."""

    status, title = 422, "Arguments are wrong"

    def __init__(self, message: str, errors: list[dict[str, str]]) -> None:
        super().__init__(message)
        self.errors = errors


class NotAllowed(RailError):
    status, title = 403, "Not allowed"


class OtherArguments(RailError):
    """Same key, other arguments."""

    status, title = 409, "Same request id, other arguments"


class Refused(RailError):
    """A command that is not legal now; `rule` says why; `answer` is the run's state."""

    status, title = 409, "Command refused"

    def __init__(self, message: str, rule: str, answer: Answer) -> None:
        super().__init__(message)
        self.rule = rule
        self.answer = answer


class Unavailable(RailError):
    """Temporal cannot be reached, or too many calls are under way. `retry_after_s` says when to come again."""

    status, title = 503, "Not available now"
    retry_after_s = 1.0


class ToolCard(Value):
    """What a door tells about a tool."""

    name: str
    process: str
    description: str
    arguments_schema: dict[str, Any]
    scope: str
    """The scope that an actor needs: `wf:refund:start`."""
    reads_only: bool = False


class GateTag(Value):
    """What a row tells of its gate, so that nobody must open the run to sort it."""

    digest: str = ""
    rule: str = ""
    roles: list[str] = []
    roles_late: list[str] = []
    """Roles that may decide as well once it is overdue."""
    requesters: list[str] = []
    """Ids of who may not decide it, nor anybody in their name."""
    bulk_up_to: int = 0
    """Up to this amount (minor units) it may be decided together with others of its kind; 0: only by itself."""


class WorkItem(Value):
    """One row of the inbox."""

    reference: str
    process: str
    status: str
    queue: str = ""
    """`approvals`, `repairs`, `handoffs`; empty: nobody is waited for."""
    customer_id: str = ""
    call_id: str = ""
    owner: str = ""
    due_at: datetime | None = None
    opened_at: datetime
    value_minor: int = 0
    currency: str = ""
    title: str = ""
    """`Refund 250.00 EUR of order 4821`."""
    open: bool = True
    gate: GateTag | None = None
    """With `queue` `approvals`."""
    offered_for: list[str] = []
    """Ids of absent people for whom the reader may decide this."""


class InboxQuery(Value):
    queue: str = ""
    status: str = ""
    customer_id: str = ""
    call_id: str = ""
    owner: str = ""
    due_before: datetime | None = None
    open_only: bool = True
    offered: bool = False
    """Only what the reader may decide for somebody who is away."""
    limit: int = 100


class Rail:
    def tools(self) -> list[ToolCard]:
        raise NotImplementedError

    async def call(self, call: ToolCall, *, wait_s: float = 1.0, until: str = "finished") -> Answer:
        """Start or join the run. `until="decided"` answers as soon as the rules have decided (`Prefer: respond-async`);
        `"finished"` waits up to `wait_s` for the end. Raises RailError subclasses."""
        raise NotImplementedError

    async def command(self, actor: Actor, reference: str, name: str, body: dict[str, Any]) -> Reply:
        """Raises Refused when the run says that it is not legal now."""
        raise NotImplementedError

    async def answer(self, actor: Actor, reference: str, *, wait_s: float = 0, after_revision: int = -1) -> Answer:
        """The run's answer now; with `wait_s` (at most 10): once it is terminal, or newer than `after_revision`."""
        raise NotImplementedError

    async def inbox(self, actor: Actor, query: InboxQuery) -> list[WorkItem]:
        raise NotImplementedError

    async def packet(self, actor: Actor, reference: str) -> dict[str, Any]:
        """The handoff packet: everything a person needs to go on (see docs/handoff-packet.md)."""
        raise NotImplementedError

    async def history(self, actor: Actor, reference: str) -> dict[str, Any]:
        """The traced history, from the evidence record: `{"reference", "events": [...], "verified": {...}}`."""
        raise NotImplementedError

    async def delegate(self, actor: Actor, ask: Delegate) -> Delegation:
        """The actor lends another his right to decide. Raises BadArguments, NotAllowed."""
        raise NotImplementedError

    async def delegations(self, actor: Actor, *, everybodys: bool = False) -> list[Delegation]:
        """Those that the actor gave and got, not over yet; everybody's for who holds `delegation:all`."""
        return []

    async def end_delegation(self, actor: Actor, id: str) -> Delegation:
        """By who gave it, by who got it, or by who holds `delegation:all`. Raises UnknownDelegation."""
        raise NotImplementedError

    async def mandates(self, actor: Actor) -> list[Delegation]:
        """Those by which the actor may act for another now."""
        return []

    async def represent(self, actor: Actor, principal: str) -> Actor:
        """The same person in another's name: roles and gate scopes are the other's. Raises NotAllowed."""
        raise NotAllowed(f"{principal} has not delegated to {actor.id}.")

    async def event(self, connector: str, body: bytes, headers: dict[str, str]) -> int:
        """A vendor's webhook. Answers how many runs were told. Raises NotAllowed on a bad signature."""
        raise NotImplementedError
