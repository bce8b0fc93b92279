"""Calling tools and reading what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer
from rich import box
from rich.table import Table

from handrail.cli import shown
from handrail.cli.arguments import BadWord, arguments
from handrail.cli.door import Door, DoorError, door, reference_path
from handrail.cli.options import HOME, As, Home, Json, Url
from handrail.cli.terminal import console, fail, raw

Result = TypeVar("Result")

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=VALUE]...", help="Text, numbers, JSON, lists as a,b, money as 12.00EUR, parts as a.b=1."
    ),
]


def asked(ask: Callable[[], Result]) -> Result:
    """The result; or the error, told, and exit code 2."""
    try:
        return ask()
    except (DoorError, BadWord) as error:
        fail(str(error))


def told(answer: dict[str, Any], as_json: bool) -> None:
    """Prints an Answer; a business no ends with exit code 1."""
    raw(answer) if as_json else console().print(shown.answer_panel(answer))
    if answer.get("status") in shown.NO:
        raise typer.Exit(1)


def tools(
    home: Home = HOME,
    who: As = "",
    url: Url = "",
    as_json: Json = False,
    openai: Annotated[bool, typer.Option("--openai", help="As OpenAI function definitions (JSON).")] = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="What each process is made of: steps with undo, rules, gates, tests.")
    ] = False,
) -> None:
    """List the tools that may be called."""
    if coverage:
        from handrail.cli.covered import tell

        return tell(as_json)
    style = "openai" if openai else ""
    document = asked(lambda: door(home, who, url).get("/v1/tools", format=style))
    if as_json or openai:
        return raw(document)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("tool", no_wrap=True, style="bold")
    table.add_column("arguments", overflow="fold")
    table.add_column("what it does", overflow="fold")
    for card in document["tools"]:
        table.add_row(card["name"], _signature(card["arguments_schema"]), card["description"])
    console().print(table)


def call(
    tool: Annotated[str, typer.Argument(help="See `handrail tools`.")],
    words: Words = None,
    home: Home = HOME,
    who: As = "",
    url: Url = "",
    as_json: Json = False,
    call_id: Annotated[str, typer.Option(help="The conversation; verification and known work hang on it.")] = "",
    channel: Annotated[str, typer.Option(help="voice, chat, desk, ...")] = "",
    confirm: Annotated[str, typer.Option(help="The digest of the effect that the caller said yes to.")] = "",
    request_id: Annotated[str, typer.Option(help="Idempotency key: the same again gives the same answer.")] = "",
    wait: Annotated[float | None, typer.Option(min=0, max=4, help="Seconds to wait for the end.")] = None,
) -> None:
    """Call a tool: start its run, or join the one that is under way."""

    def send() -> dict[str, Any]:
        way = door(home, who, url)
        body = {
            "arguments": arguments(words or [], _schema(way, tool)),
            "interaction": {"call_id": call_id, "channel": channel},
            "request_id": request_id,
            "confirm": confirm,
        }
        answer: dict[str, Any] = way.post(f"/v1/tools/{tool}", body, {} if wait is None else {"Prefer": f"wait={wait}"})
        return answer

    told(asked(send), as_json)


def work(
    reference: Annotated[str, typer.Argument(help="From an answer, or from the inbox.")],
    home: Home = HOME,
    who: As = "",
    url: Url = "",
    as_json: Json = False,
    wait: Annotated[float, typer.Option(min=0, max=10, help="Seconds to wait for the end, or for news.")] = 0,
    packet: Annotated[bool, typer.Option("--packet", help="The handoff packet instead (JSON).")] = False,
) -> None:
    """Show how a run stands."""
    way = asked(lambda: door(home, who, url))
    if packet:
        return raw(asked(lambda: way.get(f"{reference_path(reference)}/packet")))
    told(asked(lambda: way.get(reference_path(reference), wait=wait or "")), as_json)


def _schema(way: Door, tool: str) -> dict[str, Any]:
    """Empty for an unknown tool: the gateway then says which there are."""
    cards = {card["name"]: card for card in way.get("/v1/tools")["tools"]}
    schema: dict[str, Any] = cards[tool]["arguments_schema"] if tool in cards else {}
    return schema


def _signature(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    return " ".join(name if name in required else f"[{name}]" for name in schema.get("properties", {})).replace(
        "[", "\\["
    )
