"""Who decides for whom: `handrail delegation give sofia --until 2026-12-01T08:00+01:00`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from domain.money import Money
from handrail.cli.arguments import BadWord, arguments
from handrail.cli.calls import asked
from handrail.cli.door import door
from handrail.cli.options import HOME, As, Home, Json, Url
from handrail.cli.terminal import console, raw

delegation = typer.Typer(no_args_is_help=True, help="Lend another person your right to decide, for a time.")


@delegation.command()
def give(
    to: Annotated[str, typer.Argument(help="The id of the other person.")],
    until: Annotated[str, typer.Option(help="End, with time zone: 2026-12-01T08:00+01:00.")],
    since: Annotated[str, typer.Option(help="Begin, with time zone. Default: now.")] = "",
    up_to: Annotated[str, typer.Option(help="At most this amount each: 500.00EUR.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="Only this role of yours; may be given again.")] = None,
    away: Annotated[bool, typer.Option("--away", help="You are out of office: your work is offered to him.")] = False,
    reason: Annotated[str, typer.Option(help="Kept in the record.")] = "",
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Lend your right to decide gates."""

    def send() -> dict[str, Any]:
        body: dict[str, Any] = {"to": to, "until": _moment(until), "roles": role or [], "away": away, "reason": reason}
        body |= {"since": _moment(since)} if since else {}
        body |= arguments([f"up_to={up_to}"]) if up_to else {}
        given: dict[str, Any] = door(home, who, url).post("/v1/delegations", body)
        return given

    given = asked(send)
    raw(given) if as_json else console().print(_line(given), markup=False)


@delegation.command("list")
def list_them(
    everybodys: Annotated[bool, typer.Option("--all", help="Everybody's: needs the scope delegation:all.")] = False,
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """What you gave and got, and is not over yet."""
    document = asked(lambda: door(home, who, url).get("/v1/delegations", everybodys="true" if everybodys else ""))
    if as_json:
        return raw(document)
    for given in document["delegations"]:
        console().print(_line(given), markup=False)
    if not document["delegations"]:
        console().print("Nobody decides for anybody.")


@delegation.command()
def end(
    id: Annotated[str, typer.Argument(help="From `handrail delegation list`.")],
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Take it back, or give it back, before its time is over."""
    ended = asked(lambda: door(home, who, url).post(f"/v1/delegations/{id}/end", {}))
    raw(ended) if as_json else console().print(f"{ended['id']}: ended.", markup=False)


def _moment(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadWord(f"{text!r} is no moment; write it like 2026-12-01T08:00+01:00.") from None
    if at.tzinfo is None:
        raise BadWord(f"{text!r} has no time zone; add it: {text}+01:00, or {text}Z.")
    return at.isoformat()


def _line(given: dict[str, Any]) -> str:
    limit = given["up_to"]
    much = f", up to {Money.model_validate(limit)}" if limit else ""
    away = ", away" if given["away"] else ""
    roles = " and ".join(given["roles"])
    return (
        f"{given['id']}: {given['delegate']} decides for {given['principal']} ({roles}{much}{away}) "
        f"from {given['since']} until {given['until']}"
    )
