"""A run's history for a person: who, what, when, how long, in one picture."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from handrail.cli.story import Moment, moments

BAR = 22
_MARKS = {
    "called": ("▶", "cyan"),
    "seen": ("◦", "blue"),
    "decided": ("◆", "yellow"),
    "said": ("”", "white"),
    "write": ("●", "green"),
    "receipt": ("●", "green"),
    "failed": ("✗", "red"),
    "undone": ("↶", "red"),
    "waiting": ("⏸", "magenta"),
    "commanded": ("☞", "magenta"),
    "verified": ("✓", "cyan"),
    "note": ("✎", "white"),
    "closed": ("■", "bold green"),
}


def waterfall(document: dict[str, Any]) -> RenderableType:
    """`document`: what `GET /v1/work/{reference}/history` answers."""
    told = moments(document.get("events", []))
    if not told:
        return Text(f"{document['reference']}: nothing is on record yet.", "dim")
    scale = _Scale(told)
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, width=BAR)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for moment in told:
        _, colour = _mark(moment)
        table.add_row(
            Text(duration(moment.at - told[0].at), "dim"),
            Text(scale.bar(moment), colour),
            _kind(moment),
            Text(moment.who if moment.who != before else "", "bold"),
            _text(moment),
        )
        before = moment.who
    return Group(_head(document, told), table, _foot(document))


def duration(length: timedelta) -> str:
    """`0 ms`, `340 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = length.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, hours = divmod(round(seconds), 60), divmod(round(seconds / 60), 60)
    if minutes[0] < 60:
        return f"{minutes[0]} min {minutes[1]} s"
    days = divmod(round(seconds / 3600), 24)
    return f"{hours[0]} h {hours[1]} min" if hours[0] < 24 else f"{days[0]} d {days[1]} h"


class _Scale:
    """Time on `BAR` columns. A pause counts by its logarithm, so that a day's wait does not hide the milliseconds."""

    def __init__(self, told: list[Moment]) -> None:
        times = sorted({time for moment in told for time in (moment.at, moment.until)})
        self._place: dict[datetime, float] = {times[0]: 0.0}
        for before, after in pairwise(times):
            self._place[after] = self._place[before] + math.log1p((after - before).total_seconds() * 1000)
        self._full = max(self._place.values()) or 1.0

    def bar(self, moment: Moment) -> str:
        start, end = self._column(moment.at), self._column(moment.until)
        if moment.at == moment.until:
            return " " * start + "╵"
        fill = "┄" if moment.kind == "waiting" else "━"
        return " " * start + fill * max(1, end - start)

    def _column(self, at: datetime) -> int:
        return min(BAR - 1, int(self._place[at] / self._full * (BAR - 1)))


def _kind(moment: Moment) -> Text:
    sign, colour = _mark(moment)
    return Text.assemble((f"{sign} ", colour), (moment.kind, colour))


def _mark(moment: Moment) -> tuple[str, str]:
    if moment.kind == "write" and moment.good is not True:
        return ("✗", "red") if moment.good is False else ("○", "yellow")
    return _MARKS.get(moment.kind, ("·", "white"))


def _text(moment: Moment) -> Text:
    text = Text(moment.title, "bold" if moment.kind in ("write", "closed", "decided") else "")
    if moment.until > moment.at:
        text.append(f"  {duration(moment.until - moment.at)}", "dim not bold")
    return text.append("".join(f"\n{line}" for line in moment.details if line), "dim not bold")


def _head(document: dict[str, Any], told: list[Moment]) -> Text:
    length = duration(max(moment.until for moment in told) - told[0].at)
    began = told[0].at.strftime("%Y-%m-%d %H:%M:%S %Z")
    return Text.assemble(
        (document["reference"], "bold"), (f"   {began}, {length}, {len(document['events'])} events\n", "dim")
    )


def _foot(document: dict[str, Any]) -> Text:
    verified = document.get("verified")
    if not verified:
        return Text("\nThe chain was not verified.", "yellow")
    last = document["events"][-1].get("hash", "")
    if verified.get("ok"):
        return Text.assemble(("\n✓ the chain is whole", "green"), (f"   last hash {last[:16]}", "dim"))
    problems = "".join(f"\n  {_problem(problem)}" for problem in verified.get("problems", []))
    return Text(f"\n✗ the record does not verify:{problems}", "bold red")


def _problem(problem: Any) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    return f"event {problem['seq']}: {problem['text']}" if problem.get("seq") else str(problem.get("text", problem))
