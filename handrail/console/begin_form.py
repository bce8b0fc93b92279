"""The form by which a person begins a run: what the tool asks for, as fields, in a conversation with a caller."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import ValidationError

from domain.answers import Answer
from domain.calls import Interaction
from handrail.console import words
from handrail.console.fields import Field, Kind, fields
from handrail.console.forms import Form
from handrail.console.offer import Offer
from handrail.gateway.forms import REQUEST_ID, InteractionForm
from handrail.rail import ToolCard

CHANNELS = (("desk", "At the desk"), ("voice", "Phone call"), ("chat", "Chat"), ("email", "E-mail"))
MOST_PLACES = 100
"""Of a list of records in one form."""
CALLBACK = Field(("callback_number",), "Callback number", longest=40)
_PLACE = re.compile(r"arguments/(\w+)/(\d{1,3})/")


@dataclass(frozen=True)
class Conversation:
    """Which caller it is for: all that is begun in one conversation shares its verification and what is known."""

    call: str
    channel: str = "desk"
    error: str = ""
    """Why it cannot be one."""

    @classmethod
    def of(cls, sent: Any) -> "Conversation":
        """From a form or the query of an address."""
        here = cls(str(sent.get("call") or "").strip(), str(sent.get("channel") or "desk"))
        try:
            here.interaction()
        except ValidationError:
            return replace(here, error="A conversation's id is up to 200 plain characters, without accents.")
        return here

    @classmethod
    def new(cls) -> "Conversation":
        return cls(f"desk-{uuid4().hex[:12]}")

    def interaction(self, callback_number: str = "") -> Interaction:
        """Raises ValidationError."""
        return InteractionForm(call_id=self.call, channel=self.channel, callback_number=callback_number)

    def at(self, tool: str = "", **more: str) -> str:
        """The address of its page, or of a tool's form in it."""
        query = urlencode({"call": self.call, "channel": self.channel, **more})
        return f"/begin{f'/{tool}' if tool else ''}?{query}"


def beginning(
    card: ToolCard, here: Conversation, *, sent: Form | None = None, known: dict[str, Any] | None = None
) -> Offer:
    """`sent`: with as many places in lists as the form has, not filled in yet. `known`: what it starts with."""
    own = sent.get("request_id") if sent else ""
    request_id = own if own and re.fullmatch(REQUEST_ID, own) else f"console-{uuid4().hex}"
    hidden = {"request_id": request_id, "call": here.call, "channel": here.channel}
    asked = fields(card.arguments_schema, ("arguments",), _places(sent) if sent else known, required=True)
    asked = [_marked(one) for one in asked]
    if not card.reads_only:
        asked.append(CALLBACK)
    return Offer(
        "begin", "begin", words.plain(card.name), words.plain(card.name), asked,
        hidden=hidden, look="primary", open=True,
    )  # fmt: skip


def unreachable(number: str) -> dict[str, str]:
    """What is wrong with a callback number, by the name of its field."""
    try:
        InteractionForm(callback_number=number)
    except ValidationError:
        return {CALLBACK.name: "A telephone number is digits, such as +49 30 5550101, up to 40 characters."}
    return {}


def anew(offer: Offer) -> Offer:
    """As another request: what was sent before under this id has been taken."""
    return replace(offer, hidden=offer.hidden | {"request_id": f"console-{uuid4().hex}"})


def lacking(offer: Offer, form: Form, answer: Answer) -> Offer:
    """As it was sent, with what the rail misses beside the fields; where only some words will do, they are offered."""
    offered = {
        f"arguments/{one.field.replace('.', '/')}": tuple((code, words.plain(code)) for code in one.options)
        for one in answer.missing
        if one.options
    }
    asked = [
        replace(one, kind=Kind.CHOICE, options=offered[one.name]) if one.name in offered else one
        for one in offer.fields
    ]
    missing = {f"arguments.{one.field}": one.reason for one in answer.missing} or {"": answer.say}
    offer = replace(offer, fields=asked)
    return (anew(offer) if answer.reference else offer).filled(form, missing)


def has_lists(card: ToolCard) -> bool:
    """Whether one may need more places than the form shows."""
    return any(len(one.path) > 3 and one.path[2].isdigit() for one in fields(card.arguments_schema, ("arguments",)))


def about(card: ToolCard) -> str:
    """What it does. The rest of the description tells an agent how to call it."""
    first = card.description.partition(". ")[0].strip()
    return f"{first.removesuffix('.')}." if first else ""


def _marked(one: Field) -> Field:
    """What is needed is said, and judged by the rail: it may be known from the conversation already."""
    label = f"{one.label} (needed)" if one.required and one.kind is not Kind.CHECK else one.label
    return replace(one, required=False, label=label)


def _places(sent: Form) -> dict[str, Any]:
    """How many records each list has in the form, the last ones left out when they are empty."""
    many: dict[str, int] = {}
    for name in sent.fields:
        if (found := _PLACE.match(name)) and sent.get(name):
            place = min(int(found[2]), MOST_PLACES - 1)
            many[found[1]] = max(many.get(found[1], 0), place + 1)
    return {name: [None] * places for name, places in many.items()}
