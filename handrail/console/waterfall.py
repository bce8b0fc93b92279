"""The history of a run as a waterfall: one row per event, with a bar from where a step began to where it ended.

Waiting for a person takes hours and a write takes milliseconds, so the axis is compressed: every gap between two
events is as wide as the logarithm of its length. The true times stand beside the bars.
"""

import json
import math
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from domain.evidence import EventType
from handrail.console import times, words
from handrail.console.recorded import Recorded, told

WIDTH = 1_000
"""Of the axis, in units of the drawing."""
NARROWEST = 6

_TONES = {
    "receipt": "good",
    "failed": "bad",
    "undone": "bad",
    "waiting": "ask",
    "commanded": "ask",
    "intent": "busy",
}
_ENDS_WRITE = {"receipt", "failed", "undone", "intent"}


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
    events: int
    ok: bool
    problems: list[str]
    head: str
    lasted: str

    @property
    def decision(self) -> Recorded | None:
        """The last decision of a person."""
        made = [bar.event for bar in self.bars if bar.event.type == EventType.COMMANDED and bar.event.ends_waiting]
        return made[-1] if made else None


def waterfall(history: dict[str, Any], now: datetime) -> Waterfall:
    """From `{"reference", "events": [...], "verified": {"ok", "problems"}}`. What is not over lasts until `now`."""
    recorded = sorted((Recorded.model_validate(e) for e in history.get("events", [])), key=lambda e: e.seq)
    events = _readings_together(recorded)
    verified = history.get("verified") or {}
    over = not events or any(e.type == EventType.CLOSED for e in events)
    moments = [e.at for e in events] + ([] if over else [max(now, events[-1].at)])
    places = _places(moments)
    return Waterfall(
        bars=[_bar(events, moments, places, i) for i in range(len(events))],
        events=len(recorded),
        ok=bool(verified.get("ok")),
        problems=[str(problem) for problem in verified.get("problems", [])],
        head=recorded[-1].hash if recorded else "",
        lasted=times.span(max(0.0, (moments[-1] - moments[0]).total_seconds())) if moments else "",
    )


def _readings_together(events: list[Recorded]) -> list[Recorded]:
    """Facts that were read in one go become one row; the bodies stay complete."""
    rows: list[Recorded] = []
    for (kind, step), group in groupby(events, key=lambda e: (e.type, e.step)):
        together = list(group)
        if kind != EventType.SEEN or not step or len(together) == 1:
            rows += together
            continue
        body = {"fact": [e.body.get("fact", "") for e in together], "facts": [e.body for e in together]}
        rows.append(together[0].model_copy(update={"body": body, "hash": together[-1].hash}))
    return rows


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
    headline, detail = told(event)
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
    later = range(i + 1, len(events))
    if event.type == EventType.WAITING and not event.reminds:
        return next((j for j in later if events[j].ends_waiting), last)
    if event.type == EventType.INTENT:
        ends = (j for j in later if events[j].type in _ENDS_WRITE and events[j].same_write(event))
        return next(ends, last)
    return i


def _tone(event: Recorded) -> str:
    if event.type == EventType.CLOSED:
        return words.tone(str(event.body.get("status", "done")))
    if event.type == EventType.DECIDED and event.policy and event.policy.decision == "deny":
        return "bad"
    return _TONES.get(event.type, "quiet")
