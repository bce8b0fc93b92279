"""The history of a run as a waterfall: one row per event, with a bar from where a step began to where it ended.

Waiting for a person takes hours and a write takes milliseconds, so the axis is compressed: every gap between two
events is as wide as the logarithm of its length. The true times stand beside the bars.
"""

import json
import math
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from domain.evidence import Authority, EventType, PolicyTrace, Who
from domain.values import Value
from handrail.console import times, words

WIDTH = 1_000
"""Of the axis, in units of the drawing."""
NARROWEST = 6

_OPENS = {EventType.INTENT, EventType.WAITING}
_TONES = {
    EventType.RECEIPT: "good",
    EventType.FAILED: "bad",
    EventType.UNDONE: "bad",
    EventType.WAITING: "ask",
    EventType.COMMANDED: "ask",
    EventType.CLOSED: "good",
    EventType.INTENT: "busy",
}


class Recorded(Value):
    """An event as `Rail.history` gives it: a part of `domain.evidence.Event`."""

    seq: int
    at: datetime
    type: str
    step: str = ""
    attempt: int = 0
    actor: Who = Who(kind="system", id="")
    authority: Authority = Authority()
    policy: PolicyTrace | None = None
    body: dict[str, Any] = {}
    hash: str = ""


@dataclass(frozen=True)
class Bar:
    event: Recorded
    left: int
    width: int
    tone: str
    offset: str
    """Since the first event: `+1.2 s`."""
    lasted: str
    """Until the event that ended it; empty for a moment."""
    headline: str
    detail: str
    body: str
    """The whole body as JSON, for who wants to see all."""


@dataclass(frozen=True)
class Waterfall:
    bars: list[Bar]
    ok: bool
    problems: list[str]
    head: str
    lasted: str


def waterfall(history: dict[str, Any], now: datetime) -> Waterfall:
    """From `{"reference", "events": [...], "verified": {"ok", "problems"}}`."""
    events = sorted((Recorded.model_validate(e) for e in history.get("events", [])), key=lambda e: e.seq)
    verified = history.get("verified") or {}
    over = not events or any(e.type == EventType.CLOSED for e in events)
    moments = [e.at for e in events] + ([] if over else [max(now, events[-1].at)])
    places = _places(moments)
    bars = [_bar(events, moments, places, i) for i in range(len(events))]
    total = (moments[-1] - moments[0]).total_seconds() if events else 0.0
    return Waterfall(
        bars=bars,
        ok=bool(verified.get("ok")),
        problems=[_problem(p) for p in verified.get("problems", [])],
        head=events[-1].hash if events else "",
        lasted=times.span(max(0.0, total)),
    )


def _places(at: list[datetime]) -> list[int]:
    """Where each moment lies on the compressed axis."""
    if not at:
        return []
    # One tenth of a second is the unit: everything below it looks alike.
    gaps = [math.log1p(max(0.0, (b - a).total_seconds()) * 10) + 0.3 for a, b in pairwise(at)]
    room, places, so_far = WIDTH - NARROWEST, [0], 0.0
    for gap in gaps:
        so_far += gap
        places.append(round(room * so_far / sum(gaps)))
    return places


def _bar(events: list[Recorded], moments: list[datetime], places: list[int], i: int) -> Bar:
    event, end = events[i], _end(events, i, len(moments) - 1)
    seconds = (moments[end] - event.at).total_seconds()
    headline, detail = _told(event)
    return Bar(
        event=event,
        left=places[i],
        width=max(NARROWEST, places[end] - places[i]),
        tone=_tone(event),
        offset=f"+{times.span(max(0.0, (event.at - events[0].at).total_seconds()))}",
        lasted=times.span(seconds) if end != i and seconds > 0 else "",
        headline=headline,
        detail=detail,
        body=json.dumps(event.body, indent=2, ensure_ascii=False, default=str) if event.body else "",
    )


def _end(events: list[Recorded], i: int, last: int) -> int:
    """The moment that ended what event `i` began; `i` itself for a moment; `last` while it goes on."""
    event = events[i]
    reminder = event.body.get("reminded") or event.body.get("escalated_to")
    if event.type not in _OPENS or reminder:
        return i
    for j in range(i + 1, len(events)):
        later = events[j]
        if event.type == EventType.WAITING and _ends_waiting(later):
            return j
        same = (later.step, later.attempt) == (event.step, event.attempt)
        if event.type == EventType.INTENT and same and later.type in {"receipt", "failed", "undone"}:
            return j
    return last


def _ends_waiting(event: Recorded) -> bool:
    body = event.body
    decided = body.get("outcome") in {"approve", "reject"} and not body.get("refused")
    return event.type == EventType.CLOSED or (event.type == EventType.COMMANDED and decided)


def _tone(event: Recorded) -> str:
    if event.type == EventType.CLOSED:
        return words.tone(str(event.body.get("status", "done")))
    if event.type == EventType.DECIDED and event.policy and event.policy.decision == "deny":
        return "bad"
    return next((tone for kind, tone in _TONES.items() if kind == event.type), "quiet")


def _told(event: Recorded) -> tuple[str, str]:
    """A headline and one line below it. Bodies differ between versions, so nothing in them is taken for granted."""
    step, body = words.plain(event.step), event.body
    text = _first(body, "text", "say", "error", "note", "summary", "reason")
    match event.type:
        case EventType.CALLED:
            return f"Called {_first(body, 'tool', 'name') or step}".strip(), text
        case EventType.SEEN:
            what = _first(body, "fact", "name")
            return (f"Read {words.plain(what).lower()}" if what else "Read the facts"), _seen(body) or text
        case EventType.DECIDED:
            return words.decision(event.policy.decision if event.policy else ""), text or _rules(event)
        case EventType.SAID:
            return "Told the caller", text
        case EventType.INTENT:
            return f"Start: {step}", _first(body, "key", "ref") or text
        case EventType.RECEIPT:
            return f"Done: {step}", _first(body, "external_id", "id", "receipt", "key") or text
        case EventType.FAILED:
            return f"Failed: {step}", text
        case EventType.UNDONE:
            return f"Undone: {step}", text
        case EventType.WAITING:
            return _waits(body), text or _first(body, "for", "roles")
        case EventType.COMMANDED:
            return _commanded(body) or step, text
        case EventType.CLOSED:
            return f"Closed: {words.status(_first(body, 'status', 'outcome'))}", text
        case EventType.VERIFIED:
            level, method = _first(body, "level"), words.plain(_first(body, "method", "by")).lower()
            return f"Verified to level {level}", f"by {method}" if method else text
        case _:
            return f"{words.plain(event.type)} {step}".strip(), text


def _first(body: dict[str, Any], *names: str) -> str:
    return next((words.shown(body[name]) for name in names if body.get(name)), "")


def _waits(body: dict[str, Any]) -> str:
    if body.get("escalated_to"):
        return f"Escalated to {words.shown(body['escalated_to'])}"
    if body.get("reminded"):
        return f"Reminded {words.shown(body['reminded'])}"
    return "Waits for a decision" if body.get("gate") else "Waits"


def _commanded(body: dict[str, Any]) -> str:
    """`Approved`; `Refused: claim` for a command that was not legal."""
    done = words.status(_first(body, "outcome")) or words.plain(_first(body, "action", "command", "name"))
    return f"Refused: {done.lower()}" if body.get("refused") else done


def _seen(body: dict[str, Any]) -> str:
    """`from orders, version 7`; the names when several facts are in one event."""
    if body.get("source"):
        version = _first(body, "version")
        return f"from {_first(body, 'source')}{f', version {version}' if version else ''}"
    facts = body.get("facts")
    if isinstance(facts, dict):
        return ", ".join(facts)
    if isinstance(facts, list):
        return ", ".join(str(f.get("name", f)) if isinstance(f, dict) else str(f) for f in facts)
    return ""


def _rules(event: Recorded) -> str:
    return ", ".join(event.policy.rules) if event.policy else ""


def _problem(problem: Any) -> str:
    return str(problem.get("text", problem)) if isinstance(problem, dict) else str(problem)
