"""A run's events as moments that a person can follow: reads together, each write with its attempts and its receipt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handrail.cli.shown import plain

Event = dict[str, Any]


@dataclass
class Moment:
    """`until`: when what began at `at` was over."""

    at: datetime
    until: datetime
    kind: str
    """The type of the event; `write` for an intent with what followed on it."""
    who: str
    title: str
    details: list[str] = field(default_factory=list)
    good: bool | None = None
    """Writes only: whether there is a receipt; None while nothing is known."""


def moments(events: list[Event]) -> list[Moment]:
    """In the order in which they began."""
    told = _Told()
    for event in sorted(events, key=lambda event: event["seq"]):
        told.add(event)
    return sorted(told.moments, key=lambda moment: moment.at)


class _Told:
    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self._writes: dict[str, Moment] = {}
        self._waiting: Moment | None = None

    def add(self, event: Event) -> None:
        kind, body = event["type"], event.get("body") or {}
        last = self.moments[-1] if self.moments else None
        if kind in ("intent", "failed", "receipt") and body.get("ref"):
            self._write(event, kind, body)
        elif kind == "seen" and last and last.kind == "seen":
            last.until = _at(event)
            last.details.append(_fact(body))
        else:
            moment = self._new(event, kind, _TITLES.get(kind, _unknown)(event, body), _details(event, body))
            self._waits(kind, moment)

    def _new(self, event: Event, kind: str, title: str, details: list[str]) -> Moment:
        moment = Moment(_at(event), _at(event), kind, _who(event), title, details)
        self.moments.append(moment)
        return moment

    def _waits(self, kind: str, moment: Moment) -> None:
        """A wait is over when somebody says something, or the run goes on."""
        if self._waiting and kind in ("commanded", "decided", "closed"):
            self._waiting.until = moment.at
            self._waiting = None
        if kind == "waiting":
            self._waiting = moment

    def _write(self, event: Event, kind: str, body: dict[str, Any]) -> None:
        ref = body["ref"]
        moment = self._writes.get(ref)
        if moment is None:
            moment = self._new(event, "write", (event.get("step") or ref).replace("_", " "), [])
            self._writes[ref] = moment
            moment.details.append(f"key {body.get('key') or ref}")
        moment.until = max(moment.until, _at(event))
        if kind == "intent" and event.get("attempt", 1) > 1:
            moment.details.append(f"attempt {event['attempt']}: looked up before it is sent again")
        elif kind == "failed":
            moment.good = False
            moment.details.append(
                f"attempt {event.get('attempt', 1)}: {body.get('error', 'failed')}: {body.get('text', '')}"
            )
        elif kind == "receipt":
            moment.good = True
            moment.details.append(_receipt(body))


def _called(event: Event, body: dict[str, Any]) -> str:
    return " ".join([f"{body.get('tool', '?')}", *_pairs(body.get("arguments") or {})])


def _decided(event: Event, body: dict[str, Any]) -> str:
    policy = event.get("policy") or {}
    return str(policy.get("decision") or body.get("decision") or body.get("text") or "decided")


def _said(event: Event, body: dict[str, Any]) -> str:
    refused = (body.get("refused") or {}).get("text")
    return f"{body.get('status', '')}  “{refused or body.get('say', '')}”"


def _commanded(event: Event, body: dict[str, Any]) -> str:
    name = body.get("name") or body.get("command") or ""
    inner = body.get("body") if isinstance(body.get("body"), dict) else body
    outcome = (inner or {}).get("outcome", "")
    return " ".join(filter(None, [name, outcome])) or _unknown(event, body)


def _waiting(event: Event, body: dict[str, Any]) -> str:
    if "gate" in body:
        return f"gate {body['gate']}, for {plain(body.get('roles') or 'a person')}"
    return _unknown(event, {name: value for name, value in body.items() if name != "digest"})


def _closed(event: Event, body: dict[str, Any]) -> str:
    return str(body.get("status") or body.get("outcome") or "closed")


def _unknown(event: Event, body: dict[str, Any]) -> str:
    return " ".join([str(event.get("step") or "").replace("_", " "), *_pairs(body)]).strip()


_TITLES: dict[str, Callable[[Event, dict[str, Any]], str]] = {
    "called": _called,
    "seen": lambda event, body: str(event.get("step") or "facts").replace("_", " "),
    "decided": _decided,
    "said": _said,
    "commanded": _commanded,
    "closed": _closed,
    "waiting": _waiting,
    "undone": lambda event, body: str(event.get("step") or body.get("ref", "")).replace("_", " "),
}


def _details(event: Event, body: dict[str, Any]) -> list[str]:
    match event["type"]:
        case "seen":
            return [_fact(body)]
        case "called":
            asked = {"call": event.get("call_id"), "channel": event.get("channel"), "request": body.get("request_id")}
            return (
                [" · ".join(f"{name} {value}" for name, value in asked.items() if value)] if any(asked.values()) else []
            )
        case "decided":
            words = [str(body["text"])] if body.get("text") else []
            return [*_rules(event.get("policy") or {}, body), *words]
        case "commanded":
            inner = body.get("body") if isinstance(body.get("body"), dict) else body
            return [f"{name}: {value}" for name in ("reason", "note", "digest") if (value := (inner or {}).get(name))]
        case "waiting":
            return [f"digest: {body['digest']}"] if body.get("digest") else []
        case "closed":
            return [str(body["say"])] if body.get("say") else []
    return []


def _rules(policy: dict[str, Any], body: dict[str, Any]) -> Iterator[str]:
    rules = policy.get("rules") or ([body["rule"]] if body.get("rule") else [])
    if rules:
        yield "rule " + ", ".join(rules)
    if policy.get("policy"):
        yield f"policy {policy['policy']} {policy.get('version', '')} {_short(policy.get('digest', ''))}".strip()


def _fact(body: dict[str, Any]) -> str:
    version = f" version {body['version']}" if body.get("version") else ""
    return f"{body.get('fact', '?')} from {body.get('source', '?')}{version}"


def _receipt(body: dict[str, Any]) -> str:
    parts = [f"receipt {body.get('external_id') or body.get('outcome') or 'ok'}", str(body.get("outcome") or "")]
    parts += [f"request {body['request_id']}"] if body.get("request_id") else []
    parts += ["read back"] if body.get("read_back_at") else []
    return " · ".join(dict.fromkeys(filter(None, parts)))


def _pairs(values: dict[str, Any]) -> list[str]:
    shown = {name: plain(value) for name, value in values.items() if value not in (None, "", [], {})}
    return [f"{name}={value}" for name, value in shown.items()]


def _who(event: Event) -> str:
    actor = event.get("actor") or {}
    return f"{actor.get('kind', '')} {actor.get('name') or actor.get('id') or ''}".strip()


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["at"])


def _short(digest: str) -> str:
    algorithm, colon, hexes = digest.partition(":")
    return f"{algorithm}:{hexes[:8]}" if colon else digest[:8]
