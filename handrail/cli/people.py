"""What people do with waiting work."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from domain.bulk import BulkOutcome
from domain.commands import COMMANDS, Outcome
from handrail.cli import shown
from handrail.cli.arguments import arguments
from handrail.cli.calls import Words, asked, told
from handrail.cli.door import Door, DoorError, door, reference_path
from handrail.cli.options import HOME, As, Home, Json, Url
from handrail.cli.terminal import console, raw


class Queue(StrEnum):
    APPROVALS = "approvals"
    REPAIRS = "repairs"
    HANDOFFS = "handoffs"


def inbox(
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
    queue: Annotated[Queue | None, typer.Option(help="Only this queue.")] = None,
    status: Annotated[str, typer.Option(help="Only this status.")] = "",
    customer: Annotated[str, typer.Option(help="Only this customer.")] = "",
    call: Annotated[str, typer.Option(help="Only this conversation.")] = "",
    owner: Annotated[str, typer.Option(help="Only what this person holds.")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="Finished work too.")] = False,
    offered: Annotated[
        bool, typer.Option("--offered", help="Only what you may decide for somebody who is away.")
    ] = False,
) -> None:
    """List work that waits for people."""
    document = asked(
        lambda: door(home, who, url).get(
            "/v1/work",
            queue=queue.value if queue else "",
            status=status,
            customer=customer,
            call=call,
            owner=owner,
            open_only="false" if closed else "",
            offered="true" if offered else "",
        )
    )
    if as_json:
        return raw(document)
    items = document["items"]
    console().print(shown.inbox_table(items) if items else "Nothing waits.")


def decide(
    reference: Annotated[str, typer.Argument(help="From the inbox.")],
    outcome: Annotated[Outcome, typer.Argument(help="What you decide.")],
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
    reason: Annotated[str, typer.Option(help="A reason code.")] = "",
    note: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    digest: Annotated[
        str, typer.Option(help="The gate's digest that you saw. Default: the one that is shown now.")
    ] = "",
    behalf: Annotated[str, typer.Option("--for", help="The id of the person who delegated to you.")] = "",
    edit: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="With approve: what is to be otherwise, e.g. amount=60.00EUR."),
    ] = None,
) -> None:
    """Decide a gate: approve, reject, or ask for information."""

    def send() -> dict[str, Any]:
        way = door(home, who, url)
        gate = _gate(way, reference) if edit or not digest else {}
        edits = arguments(edit or [], _form_of(gate.get("editable", [])))
        body = {
            "outcome": outcome.value,
            "digest": digest or str(gate["digest"]),
            "reason": reason,
            "note": note,
        } | {name: said for name, said in (("on_behalf_of", behalf), ("edits", edits)) if said}
        return _reply(way, reference, "decide", body)

    told(asked(send), as_json)


def decide_all(
    outcome: Annotated[BulkOutcome, typer.Argument(help="What you decide about all of them.")],
    references: Annotated[list[str], typer.Argument(help="From the inbox; REF@DIGEST binds to what you saw.")],
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
    reason: Annotated[str, typer.Option(help="A reason code.")] = "",
    note: Annotated[str, typer.Option(help="Kept with each decision.")] = "",
    behalf: Annotated[str, typer.Option("--for", help="The id of the person who delegated to you.")] = "",
) -> None:
    """Decide several gates of one kind, each within the amount that the policy allows for that."""

    def send() -> list[dict[str, Any]]:
        way = door(home, who, url)
        rows = way.get("/v1/work", queue="approvals", limit=500)["items"]
        shown_now = {row["reference"]: (row["gate"] or {}).get("digest") for row in rows}
        items = []
        for word in references:
            reference, _, digest = word.partition("@")
            items.append({"reference": reference, "digest": digest or shown_now.get(reference) or "none is open"})
        body = {"outcome": outcome.value, "items": items, "reason": reason, "note": note, "on_behalf_of": behalf}
        results: list[dict[str, Any]] = way.post("/v1/decisions", body)["results"]
        return results

    results = asked(send)
    if as_json:
        raw({"results": results})
    for line in [] if as_json else results:
        why = f": {line['text']}" if line["text"] else ""
        console().print(f"{line['reference']}: {line['result'].replace('_', ' ')}{why}", markup=False)
    if any(line["result"] != "decided" for line in results):
        raise typer.Exit(1)


def tell(
    reference: Annotated[str, typer.Argument(help="From an answer, or from the inbox.")],
    command: Annotated[
        str, typer.Argument(help="confirm, withdraw, provide, verify, claim, release, retry, note, ...")
    ],
    words: Words = None,
    home: Home = HOME,
    who: As = "",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Say any other command to a run: `handrail tell REF withdraw reason="changed my mind"`."""
    form = COMMANDS.get(command)  # unknown: the door says which there are
    body = asked(lambda: arguments(words or [], form.model_json_schema() if form else None))
    told(asked(lambda: _reply(door(home, who, url), reference, command, body)), as_json)


def _reply(way: Door, reference: str, command: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = way.post(f"{reference_path(reference)}/{command}", body)["answer"]
    return answer


def _gate(way: Door, reference: str) -> dict[str, Any]:
    packet = way.get(f"{reference_path(reference)}/packet")
    gate: dict[str, Any] | None = packet.get("gate")
    if not gate:
        raise DoorError(f"{reference} waits at no gate: its status is {packet.get('status') or 'unknown'}.")
    return gate


def _form_of(editable: list[dict[str, Any]]) -> dict[str, Any]:
    """What may be edited, as a schema: money, or text."""
    kinds = {field["name"]: "object" if isinstance(field["now"], dict) else "string" for field in editable}
    return {"properties": {name: {"type": kind} for name, kind in kinds.items()}}
