"""Messaging: what is sent to customers. Its answers never repeat a message's text; `/admin/outbox` does."""

import re
import sqlite3
from typing import Annotated, Any, Literal

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, listed, operation, read, refused
from handrail.simulators.database import Row

_ADDRESS = {"email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "sms": re.compile(r"\+?[0-9][0-9 ()/-]{4,}")}


class MessageBody(Body):
    channel: Literal["email", "sms"]
    to: Annotated[str, Field(min_length=1, max_length=254)]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    reference: Annotated[str, Field(max_length=500)] = ""


@operation("POST", "/messaging/messages")
def send_message(call: Call) -> Answered:
    body = read(MessageBody, call)
    if not _ADDRESS[body.channel].fullmatch(body.to):
        raise refused("unreachable", f"This is nothing that a message by {body.channel} could go to.", "to")
    row = call.tables.insert(
        "messages", id=call.tables.next_id("message"), channel=body.channel, recipient=body.to, text=body.text,
        reference=body.reference, created_at=call.now,
    )  # fmt: skip
    return 201, _shown(row)


@operation("GET", "/messaging/messages")
def find_messages(call: Call) -> Answered:
    given = call.filters("reference")
    return 200, listed([_shown(row) for row in call.tables.find("messages", "reference = ?", given["reference"])])


def outbox(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every message with its text, oldest first."""
    rows: list[Row] = db.execute("SELECT * FROM messages ORDER BY n").fetchall()
    return [_shown(row) | {"text": row["text"]} for row in rows]


def _shown(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("id", "channel", "reference", "created_at")}
    return told | {"to": row["recipient"]}
