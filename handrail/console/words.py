"""Codes in plain words."""

import re
from typing import Any

from domain.money import Money
from domain.patience import Repeated

_FOR_MACHINES = frozenset({"version", "customer_id", "reference"})
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_CODE = re.compile(r"[a-z]+(_[a-z]+)+$")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^ ]*$")

_STATUS = {
    "done": ("Done", "good"),
    "accepted": ("Under way", "busy"),
    "needs_input": ("Needs input", "ask"),
    "needs_confirmation": ("Waits for the caller's yes", "ask"),
    "needs_verification": ("Caller to be verified", "ask"),
    "needs_approval": ("Needs approval", "ask"),
    "denied": ("Denied", "bad"),
    "handed_off": ("With a person", "ask"),
    "undone": ("Undone", "bad"),
    "reconciling": ("Finding out the outcome", "busy"),
    "planned": ("To come", "quiet"),
    "running": ("Running", "busy"),
    "failed": ("Failed", "bad"),
    "skipped": ("Skipped", "quiet"),
    "unknown": ("Outcome unknown", "bad"),
    "approve": ("Approved", "good"),
    "reject": ("Rejected", "bad"),
    "request_info": ("Asked for information", "ask"),
}

_DECISION = {
    "allow": "The rules allow it",
    "deny": "The rules forbid it",
    "confirm": "The caller has to confirm",
    "verify": "The caller has to be verified",
    "approve": "A person has to decide",
}

_CHANNEL = {"voice": "Phone call", "chat": "Chat", "desk": "Desk", "email": "E-mail"}

REJECTIONS = {
    "not_eligible": "Not eligible",
    "wrong_amount": "Wrong amount",
    "duplicate": "Already done or asked for",
    "suspected_fraud": "Suspected fraud",
    "caller_unsure": "Caller not surely identified",
    "other": "Other (say why in the note)",
}
"""Reason codes of a rejection."""

FIELDS: dict[tuple[str, str], dict[str, Any]] = {
    ("decide", "note"): {"label": "Note, kept in the record"},
    ("decide", "on_behalf_of"): {"label": "In whose name"},
    ("retry", "reason"): {"label": "Why, kept in the record"},
    ("verify", "code"): {"label": "The code"},
    ("verify", "method"): {"label": "How you have verified him"},
    ("verify", "level"): {"label": "How sure you are"},
    ("verify", "customer_id"): {"label": "Customer's id"},
    ("withdraw", "reason"): {"label": "Why, kept in the record"},
    ("take_over", "reason"): {"label": "Why, kept in the record"},
    ("take_over", "lease_s"): {"label": "For how long", "value": "3600"},
    ("claim", "lease_s"): {"label": "For how long", "value": "900"},
    ("release", "note"): {"label": "Note for colleagues"},
    ("hand_off", "text"): {"label": "What a colleague should know"},
    ("hand_off", "reason"): {"label": "Why", "value": "customer_request"},
    ("hand_back", "decision"): {"label": "What you decided"},
    ("hand_back", "message_for_caller"): {"label": "What the agent is to tell the caller"},
    ("hand_back", "may_say"): {"label": "What it may say besides, a sentence in each line"},
    ("hand_back", "next_contact"): {"label": "When the caller hears of us again"},
    ("resolve", "comment"): {"label": "How it was solved"},
    ("resolve", "into"): {"label": "Merge into case (its number)"},
    ("reassign", "queue"): {"label": "Team"},
    ("note", "text"): {"label": "Add a note for colleagues", "required": True, "ask": "The note is empty.", "key": "n"},
    ("note", "to_caller"): {"label": "The caller was told this"},
    ("note", "related"): {"label": "Related case (its number)"},
}
"""What a field is called on the page, by command and name, and how it starts."""


def status(code: str) -> str:
    return _STATUS[code][0] if code in _STATUS else plain(code)


def tone(code: str) -> str:
    """One of `good bad ask busy quiet`: how a status is coloured. Never the only sign: the words stand beside it."""
    return _STATUS[code][1] if code in _STATUS else "quiet"


def decision(code: str) -> str:
    return _DECISION.get(code) or f"The rules decided {plain(code).lower()}".strip()


def channel(code: str) -> str:
    return _CHANNEL.get(code) or plain(code)


def plain(code: str) -> str:
    """`policy_boundary` -> `Policy boundary`, `gate.opened` -> `Gate opened`."""
    text = code.replace("_", " ").replace(".", " ").strip()
    return text[:1].upper() + text[1:]


def shown(value: Any) -> str:
    """A fact's value for a person: money as `12.00 EUR`, instants without seconds, records as `name value · ...`."""
    if value in _NOTHING:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return str(Money.model_validate(value))
    if isinstance(value, list):
        return ", ".join(shown(v) for v in value)
    if isinstance(value, dict):
        return " · ".join(f"{plain(k).lower()} {shown(v)}" for k, v in value.items() if v not in _NOTHING)
    if isinstance(value, str) and _INSTANT.match(value):
        return f"{value[:10]} {value[11:16]}{' UTC' if value.endswith('Z') or value.endswith('+00:00') else value[-6:]}"
    return str(value)


def said(value: Any) -> str:
    """As `shown`, with codes in words: `arrived_late` -> `arrived late`."""
    return shown(_in_words(value))


def _in_words(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("_", " ") if _CODE.match(value) else value
    if isinstance(value, list):
        return [_in_words(part) for part in value]
    return {name: _in_words(part) for name, part in value.items()} if isinstance(value, dict) else value


def outline(value: Any) -> list[tuple[str, str]]:
    """A record as lines of (name, value), empty ones left out; an entry of a list is one line. `("", text)` for a plain
    value: `order` becomes `Status delivered`, `Lines 1 name Trail jacket · price 159.50 EUR`."""
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return [(str(n), said(_without_numbers(entry))) for n, entry in enumerate(value, 1)]
    if not isinstance(value, dict) or set(value) == {"minor", "currency"}:
        return [("", said(value))]
    return [
        (f"{plain(name)} {below}".strip(), text)
        for name, part in value.items()
        if part not in _NOTHING
        for below, text in (outline(part) if isinstance(part, list) else [("", said(part))])
    ]


def said_again(repeated: Repeated) -> str:
    """`The same call 5 times: refund_order, order id 4821`."""
    what = {"call": "The same call", "question": "The same question", "failure": "Failed", "calls": "Calls"}
    named = " ".join(filter(None, [repeated.tool, shown(repeated.arguments) if repeated.arguments else ""]))
    said = repeated.question or named
    how_often = f"{what.get(repeated.what, plain(repeated.what))}{f' {repeated.times} times' if repeated.times else ''}"
    return f"{how_often}: {said}" if said else how_often


def _without_numbers(entry: Any) -> Any:
    """Without what only machines read."""
    return {k: v for k, v in entry.items() if k not in _FOR_MACHINES} if isinstance(entry, dict) else entry
