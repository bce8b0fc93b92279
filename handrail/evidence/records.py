"""The record: the exact text of an event that is hashed, stored, exported and verified.

A record is one JSON object that names tenant, run, seq and the hash of the record before it; its own hash is the
SHA-256 of its bytes. Fields at their defaults are left out. Nothing is ever serialised again to check a hash.
"""

import hashlib
import json
from dataclasses import dataclass

from pydantic_core import to_json

from domain.evidence import Event
from handrail.evidence.redaction import redact_body, redact_cards, suspicious

GENESIS = "0" * 64
_ELSEWHERE = {"tenant", "run", "body", "personal", "seq", "commitments", "prev_hash", "hash"}


@dataclass(slots=True)
class Draft:
    """An event, redacted and serialised as far as possible before its place in the chain is known."""

    chain: str
    key: str
    tenant: str
    subject: str
    call_id: str
    opening: str
    rest: str
    personal: dict[str, str]

    def record(self, seq: int, prev_hash: str, commitments: dict[str, str]) -> str:
        sealed = f'"commitments":{json.dumps(commitments)},' if commitments else ""
        return f'{self.opening}"seq":{seq},"prev_hash":"{prev_hash}",{sealed}{self.rest}'


def chain_of(tenant: str, run: str) -> str:
    """The chain's name. A tenant has no `/`, so the name is unambiguous."""
    return f"{tenant}/{run}"


def draft(event: Event) -> Draft:
    """Raises ValueError when the event cannot be kept: personal values without a subject, a body that is no JSON."""
    if event.personal and not event.subject:
        raise ValueError(
            f"Event {event.key} of {event.run} has personal values ({', '.join(event.personal)}) but no subject; "
            "name the customer under whose key they are to be kept."
        )
    return Draft(
        chain=chain_of(event.tenant, event.run),
        key=event.key,
        tenant=event.tenant,
        subject=event.subject,
        call_id=event.call_id,
        opening=f'{{"tenant":{json.dumps(event.tenant)},"run":{json.dumps(event.run)},',
        rest=_rest(event),
        personal={name: redact_cards(value) for name, value in event.personal.items()},
    )


def hash_of(record: str) -> str:
    return hashlib.sha256(record.encode()).hexdigest()


def read(record: str, hash_: str, personal: dict[str, str] | None = None) -> Event:
    return Event.model_validate_json(record).model_copy(update={"hash": hash_, "personal": personal or {}})


def _rest(event: Event) -> str:
    """All but the place in the chain: starts inside the object, ends with its brace."""
    fields = event.model_dump_json(exclude=_ELSEWHERE, exclude_defaults=True)
    if not event.body:
        return fields[1:]
    return f'{fields[1:-1]},"body":{_body(event)}}}'


def _body(event: Event) -> str:
    try:
        text = to_json(event.body).decode()
    except ValueError as error:
        raise ValueError(f"The body of event {event.key} of {event.run} is no JSON: {error}") from error
    if not suspicious(text):
        return text
    return to_json(redact_body(json.loads(text))).decode()
