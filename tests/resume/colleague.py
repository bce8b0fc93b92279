"""A person who was not there: he has the handoff packet, a door to send commands, and the caller on the line.

One way of working for every process: the next step that the packet recommends, its form filled in, until no command is
legal any more. What the packet does not say he does not know.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Packet = dict[str, Any]
Schema = dict[str, Any]
Line = Callable[[str, str, Schema], Awaitable[Any]]
"""Puts an open question (field, text, shape of the answer) to the caller."""

_WORDS = "Done by a colleague who read the packet."


class Console(Protocol):
    async def packet(self, reference: str) -> Packet: ...

    async def changed(self, packet: Packet) -> Packet:
        """The next packet of that run that says something new."""
        ...

    async def say(self, packet: Packet, action: str, body: dict[str, Any], roles: list[str], besides: set[str]) -> None:
        """By himself, or by a colleague who has one of the roles and is none of `besides`."""
        ...


async def finish(console: Console, reference: str, caller: Line) -> Packet:
    """The packet of the run when it has ended."""
    packet = await console.packet(reference)
    tried: list[tuple[Any, ...]] = []
    while packet["next"]:
        for work in packet["work"]:
            if not work["terminal"]:
                await finish(console, work["reference"], caller)
        step = next((step for step in packet["recommended"] if _sight(packet, step) not in tried), None)
        if step is None:
            packet = await console.changed(packet)
            continue
        tried.append(_sight(packet, step))
        body = await _filled(step["arguments"], step["body"], packet, caller)
        for question in _for_the_caller(packet):
            if question["command"] == step["action"] and question["field"] not in step["asks"]:
                await caller(question["field"], question["text"], {"type": "string"})
        await console.say(packet, step["action"], body, step["requires_roles"], _taken_part(packet))
        packet = await console.packet(reference)
    return packet


def _sight(packet: Packet, step: dict[str, Any]) -> tuple[Any, ...]:
    """What he saw when he gave this command: he gives it once for each, and then what is recommended next to it."""
    gate, repair = packet["gate"] or {}, packet["repair"] or {}
    votes = len(gate.get("approvals", [])) + len(repair.get("proposed_by", [])) if step["people"] > 1 else 0
    asked = tuple(question["field"] for question in packet["open_questions"])
    return (step["action"], str(step["body"]), gate.get("number"), repair.get("step"), packet["owner"], votes, asked)


def _taken_part(packet: Packet) -> set[str]:
    """Who may not say it (again)."""
    gate, repair = packet["gate"] or {}, packet["repair"] or {}
    voters = {vote["actor_id"] for vote in gate.get("approvals", []) if vote["outcome"] != "request_info"}
    return voters | {gate.get("requester", ""), gate.get("asked_by", "")} | set(repair.get("proposed_by", []))


def _for_the_caller(packet: Packet) -> list[dict[str, Any]]:
    return [question for question in packet["open_questions"] if question["to"] == "caller"]


async def _filled(schema: Schema, known: Any, packet: Packet, caller: Line) -> Any:
    """The form with all that is required: what the record knows, then what the caller answers, then his own words."""
    body = dict(known)
    for name in schema.get("required", []):
        if name not in body:
            body[name] = await _brought(name, schema["properties"][name], packet, caller)
    return body


async def _brought(name: str, shape: Schema, packet: Packet, caller: Line) -> Any:
    question = next((q for q in _for_the_caller(packet) if q["field"] == name), None)
    if question:
        return await caller(name, question["text"], shape)
    if shape.get("type") == "object":
        return await _filled(shape, {}, packet, caller)
    return shape["enum"][0] if "enum" in shape else _WORDS
