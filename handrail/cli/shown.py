"""How answers and work items look to a person."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.money import Money

COLOURS = {
    "done": "green",
    "accepted": "cyan",
    "needs_input": "yellow",
    "needs_confirmation": "yellow",
    "needs_verification": "yellow",
    "needs_approval": "magenta",
    "denied": "red",
    "handed_off": "magenta",
    "undone": "red",
    "reconciling": "dark_orange",
}
NO = frozenset({"denied", "undone"})
"""Statuses that are a business no."""


def plain(value: Any) -> str:
    """In one line: money as `12.00 EUR`, lists as `a, b`, objects as `name value · name value`."""
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return str(Money.model_validate(value))
    if isinstance(value, dict):
        return " · ".join(f"{name} {plain(part)}" for name, part in value.items() if part not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return str(value)


def answer_panel(answer: dict[str, Any]) -> Panel:
    status = str(answer.get("status", "?"))
    colour = COLOURS.get(status, "white")
    parts: list[RenderableType] = [Text(f"“{answer['say']}”", "italic")] if answer.get("say") else []
    if denied := answer.get("denied"):
        parts.append(Text.assemble(("rule ", "dim"), (denied["rule"], "bold"), "  ", denied["text"]))
    parts += [_missing(missing) for missing in answer.get("missing") or []]
    if answer.get("effect"):
        parts.append(_effect(answer["effect"]))
    if facts := _facts(answer):
        parts.append(facts)
    title = Text.assemble((f" {status} ", f"bold {colour} reverse"), f" {answer.get('reference', '')} ")
    return Panel(Group(*parts), title=title, title_align="left", border_style=colour, box=box.ROUNDED, padding=(0, 1))


def _missing(missing: dict[str, Any]) -> Text:
    options = f" ({', '.join(missing['options'])})" if missing.get("options") else ""
    return Text.assemble(("needed ", "dim"), (missing["field"], "bold"), f"  {missing['reason']}{options}")


def _effect(effect: dict[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    amount = plain(effect["amount"]) if effect.get("amount") else ""
    table.add_row(Text("effect", "dim"), Text(f"{effect['action']} {effect['subject']}", "bold"), Text(amount, "bold"))
    for move in effect.get("moves") or []:
        table.add_row("", f"to {move['label'] or move['target']}", plain(move["amount"]))
    if effect.get("irreversible"):
        table.add_row("", Text(effect["irreversible"], "dim italic"), "")
    return table


def _facts(answer: dict[str, Any]) -> RenderableType | None:
    rows = {
        "digest": answer.get("digest"),
        "methods": ", ".join(answer.get("methods") or []),
        "next": ", ".join(answer.get("next") or []),
        "ask again in": f"{answer['retry_after_s']:g} s" if answer.get("retry_after_s") else "",
    } | {name: plain(value) for name, value in (answer.get("result") or {}).items()}
    rows = {name: value for name, value in rows.items() if value not in ("", None)}
    if not rows:
        return None
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        table.add_row(Text(name, "dim"), Text(str(value)))
    return table


def inbox_table(items: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in ("reference", "status", "queue", "due", "owner"):
        table.add_column(column, no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("title", overflow="fold")
    for item in items:
        status = item["status"]
        value = plain({"minor": item["value_minor"], "currency": item["currency"]}) if item.get("currency") else ""
        table.add_row(
            item["reference"],
            Text(status, COLOURS.get(status, "")),
            item.get("queue", ""),
            (item.get("due_at") or "")[:16].replace("T", " "),
            item.get("owner", ""),
            value,
            item.get("title", ""),
        )
    return table
