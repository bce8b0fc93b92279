"""The forms by which a person says what the caller says: yes, who he is, what was asked for, another wish."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from domain.packet import Packet
from domain.step_up import METHOD as ONE_TIME_CODE
from domain.values import digest
from handrail.console import words
from handrail.console.fields import Field, Kind, fields
from handrail.console.offer import Asked, Offer, of

ATTEST_LEVELS = (("1", "1: he knows what is on record"), ("2", "2: he has what is on record"), ("3", "3: by an app"),
                 ("4", "4: in person, or called back"))  # fmt: skip


def confirm(asked: Asked) -> Iterable[Offer]:
    if asked.answer.digest:
        hidden = {"digest": asked.answer.digest}
        yield Offer("confirm", "confirm", "The caller's yes", "The caller says yes to this", hidden=hidden,
                    look="primary")  # fmt: skip


def verify(asked: Asked) -> Iterable[Offer]:
    if ONE_TIME_CODE in asked.answer.methods or asked.packet.process == "step_up":
        code = replace(of("verify", "code")[0], required=True, ask="Type the code that the caller gives you.")
        yield Offer("verify", "verify-code", "The caller gives a code", "Check the code", [code])
    if asked.attests and asked.packet.process != "step_up":
        level, method, customer = of("verify", "level", "method", "customer_id")
        level = replace(level, kind=Kind.CHOICE, options=ATTEST_LEVELS, value=str(asked.packet.assurance.needed or ""),
                        required=True)  # fmt: skip
        known = asked.packet.caller.customer_ref
        customer = replace(customer, value=known, required=True, ask="Say which customer it is.")
        method = replace(method, required=True, ask="Say how you have verified the caller.")
        yield Offer("verify", "verify-attest", "I have verified the caller", "I vouch for this caller",
                    [method, level, customer], hint="Your name stands for it in the record.")  # fmt: skip
    if asked.packet.process != "step_up":
        yield Offer("verify", "verify-again", "Look again", "Verified elsewhere: look again")


def provide(asked: Asked) -> Iterable[Offer]:
    wanted = [one for missing in asked.answer.missing for one in _missing(asked, missing.field)]
    explained = {missing.field: missing for missing in asked.answer.missing}
    filled_in = []
    for one in wanted:
        missing = explained[one.path[1]]
        options = tuple((code, words.plain(code)) for code in missing.options)
        filled_in.append(replace(one, help=missing.reason, options=options, kind=Kind.CHOICE if options else one.kind))
    if filled_in:
        note = of("provide", "note")
        yield Offer("provide", "provide", "Give what was asked for", "Pass it on", [*filled_in, *note])


def _missing(asked: Asked, name: str) -> list[Field]:
    """`evidence.photo` is a thing of the tool's list `evidence`, whose kind is known; `facts.colour` a text."""
    schema = asked.card.arguments_schema if asked.card else {}
    head, _, tail = name.partition(".")
    item = schema.get("properties", {}).get(head, {}).get("items")
    label = words.plain(tail or name)
    if tail and item:
        made = fields({**item, "$defs": schema.get("$defs", {})}, ("facts", name))
        return [replace(one, label=f"{label}, {one.label.lower()}") for one in made if one.path[-1] != "kind"]
    return [Field(("facts", name), label, Kind.TEXT, longest=500)]


def amend(asked: Asked) -> Iterable[Offer]:
    if asked.card is None or not asked.card.arguments_schema.get("properties"):
        return
    known = arguments(asked.packet)
    made = fields(asked.card.arguments_schema, ("arguments",), known)
    hint = "The rules judge it anew; what was begun is undone first."
    yield Offer("amend", "amend", "Change what is asked for", "Change the request", made,
                hidden={"seen": digest(known)}, hint=hint)  # fmt: skip


def arguments(packet: Packet) -> dict[str, Any]:
    """What is asked for now, as the tool takes it."""
    plain = {slot.name: slot.value for slot in packet.slots if "." not in slot.name}
    facts = {slot.name.partition(".")[2]: slot.value for slot in packet.slots if slot.name.startswith("facts.")}
    return plain | ({"facts": facts} if facts else {})
