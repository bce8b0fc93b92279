"""The shape of a run's history: what was done in which order and how it closed, without who did it and when, and
without what a take-over adds (its commands, looks, waits, and sendings of a write that was begun before)."""

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from domain.evidence import Event

Row = dict[str, Any]
DONE = ("called", "intent", "receipt", "undone", "corrected", "verified", "closed")
"""Events of what was done. Asking is not among them: who asks whom follows from whose authority counts."""
SIDE_BY_SIDE = ("note_customer", "resolve_case")
"""The last two steps of a run with a case: neither waits for the other, so which of them is first is chance."""


def shape(events: Iterable[Event], steps: Iterable[Row], answer: Row) -> list[Row]:
    """`steps`: as the packet shows them at the end. `answer`: the last one."""
    told: list[Row] = [{"event": kind, "of": of} for kind, of in _done(events)]
    shown = [{name: step[name] for name in ("name", "label", "status", "undo", "irreversible")} for step in steps]
    return [*told, *shown, {name: answer[name] for name in ("status", "say", "result", "denied")}]


def _done(events: Iterable[Event]) -> list[tuple[str, str]]:
    """A write once, however often it was sent; what goes out side by side in one order. By their times: a receipt is
    written along with the next write, and of two that go out side by side the other may be written first."""
    in_time = sorted(events, key=lambda event: event.at)
    once = list(dict.fromkeys((event.type, _of(event)) for event in in_time if event.type in DONE))
    alike = [sorted(group) for _, group in groupby(once, key=_stretch)]
    return [pair for group in alike for pair in group]


def _stretch(done: tuple[str, str]) -> str:
    event, of = done
    return "side by side" if any(f"/{step}/" in of for step in SIDE_BY_SIDE) else event


def _of(event: Event) -> str:
    body = event.body
    if event.type == "called":
        return str(body["tool"])
    if event.type in ("verified", "closed"):
        return str(body.get("level", body.get("status")))
    ref = str(body.get("ref", ""))
    return re.sub(r"/(\d+)$", lambda n: f"/{int(n[1]) % 100}", ref) or event.step


def taken_at(events: Iterable[Event]) -> datetime | None:
    """When a person first took it over, by its record."""
    taken = (event for event in events if event.body.get("command") == "take_over" and not event.body.get("refused"))
    return next((event.at for event in taken), None)


def foreign_writes(events: list[Event], holder: str, late: list[str]) -> list[str]:
    """What was begun after the take-over in another's name than the holder's. `late`: what the systems saw before he
    said anything: its intent must be of the time before."""
    at = taken_at(events)
    if at is None:
        return [f"the record does not tell that {holder} had taken it over"]
    intents = [event for event in events if event.type == "intent"]
    begun = {event.body["ref"] for event in intents if event.at <= at}
    foreign = [event for event in intents if event.at > at and event.actor.id != holder]
    return [
        *(f"{event.body['ref']} was begun by {event.actor.id} after {holder} had taken it over" for event in foreign),
        *(
            f"{ref} was begun after {holder} had taken it over, and before he said so"
            for ref in late
            if ref not in begun
        ),
    ]
