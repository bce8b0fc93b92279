"""What was said in a conversation already, so that nobody is asked for it again by the next run of it.

Only facts: which order, which address, what happened, a proof by reference and hash. Never an amount, a reason, a
choice or an instrument; never what proves who the caller is. What happened belongs to one matter, and is no answer
about another one; of two orders that were named none is guessed.
"""

from collections.abc import Iterable
from typing import Any

from domain.answers import Missing
from domain.calls import ActorKind, Known, ToolCall
from domain.values import Value, digest

CALLBACK = "callback_number"
"""Where the caller can be reached later: no argument, but known like one."""
SAME_EVERYWHERE = ("order_id", "coverage_id", "claim_id", "address")
"""Arguments that mean the same in every tool."""
_ABOUT_ORDERS = ("proof_of_purchase",)
"""Proofs that are the same for whatever happens to an order."""
_SOURCES = {ActorKind.AI: "model", ActorKind.HUMAN: "person", ActorKind.SYSTEM: "system"}
_MATTER = ("category", "kind", "loss_on", "order_id", "coverage_id", "claim_id")
"""What tells one matter from another, as far as both say it."""


class Said(Value):
    """A run of the conversation, as far as it tells what was said."""

    reference: str
    process: str = ""
    call: ToolCall
    customer_id: str = ""
    """The verified caller then."""
    doubtful: list[str] = []
    """Fields that it asks for, whatever was said: an order that is not there."""
    sources: dict[str, str] = {}
    """Of arguments that came later than the call: `model`, `person`."""


def shared(field: str) -> bool:
    """Whether this is asked for once in a conversation."""
    return field in (*SAME_EVERYWHERE, "attachments") or field.startswith(("facts.", "evidence."))


def given(arguments: dict[str, Any], field: str) -> Any:
    """What the arguments say to this field; None: nothing."""
    section, _, name = field.partition(".")
    if section == "evidence":
        proofs = [proof for proof in arguments.get("evidence", []) if proof.get("kind") == name]
        return {key: proofs[-1][key] for key in ("ref", "sha256")} if proofs else None
    if section == "facts":
        return arguments.get("facts", {}).get(name) or None
    return arguments.get(field) or None


def taken(arguments: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The arguments with this said too."""
    section, _, name = field.partition(".")
    if section == "evidence":
        return arguments | {"evidence": [*arguments.get("evidence", []), {**value, "kind": name}]}
    if section == "facts":
        return arguments | {"facts": {**arguments.get("facts", {}), name: value}}
    return arguments | {field: value}


def answers(missing: Iterable[Missing], ask: ToolCall, said: list[Said], customer_id: str = "") -> dict[str, Known]:
    """What is known of these fields, by field. `customer_id`: the caller now; empty: the one who was verified last."""
    customer_id = customer_id or next((run.customer_id for run in reversed(said) if run.customer_id), "")
    mine = [run for run in said if run.customer_id in ("", customer_id)]
    found = {item.field: _known(item.field, ask, mine) for item in missing if shared(item.field)}
    wanted = {item.field: item.options for item in missing}
    return {
        field: known
        for field, known in found.items()
        if known and (not wanted[field] or known.value in wanted[field]) and not given(ask.arguments, field)
    }


def everything(said: list[Said]) -> list[Known]:
    """All that was said and may be asked for again, oldest first; the same twice counts once."""
    found = {(known.field, digest(known.value)): known for run in reversed(said) for known in _of(run)}
    return list(reversed(found.values()))


def callback(said: list[Said], customer_id: str = "") -> str:
    """The number that was given last, by this customer or before anybody was verified; empty: none was."""
    numbers = [run.call.interaction.callback_number for run in said if run.customer_id in ("", customer_id)]
    return next((number for number in reversed(numbers) if number), "")


def _known(field: str, ask: ToolCall, said: list[Said]) -> Known | None:
    """The one thing that was said to this; None: nothing, or not only one."""
    told = [known for run in said for known in _said_to(field, ask, run)]
    return told[-1] if len({digest(known.value) for known in told}) == 1 else None


def _said_to(field: str, ask: ToolCall, run: Said) -> list[Known]:
    if field in run.doubtful:
        return []
    section, _, name = field.partition(".")
    if field in SAME_EVERYWHERE:
        alike = True
    elif section == "evidence" and name in _ABOUT_ORDERS:
        alike = _same_order(ask, run.call) or _same_matter(ask, run.call)
    else:
        alike = _same_matter(ask, run.call)
    value = given(run.call.arguments, field) if alike else None
    if field == "attachments" and not value and _same_order(ask, run.call):
        photo = given(run.call.arguments, "evidence.photo")  # what was sent for a claim, for a case about its order
        value = [{"reference": photo["ref"], "sha256": photo["sha256"]}] if photo else None
    return [_as_known(field, value, run)] if value else []


def _of(run: Said) -> list[Known]:
    arguments = run.call.arguments
    fields = [*SAME_EVERYWHERE, "attachments", *(f"facts.{name}" for name in arguments.get("facts", {}))]
    fields += [f"evidence.{proof.get('kind', '')}" for proof in arguments.get("evidence", [])]
    told = [(field, given(arguments, field)) for field in fields if field not in run.doubtful]
    told.append((CALLBACK, run.call.interaction.callback_number))
    return [_as_known(field, value, run) for field, value in told if value]


def _as_known(field: str, value: Any, run: Said) -> Known:
    source = run.sources.get(field, _SOURCES[run.call.actor.kind])
    return Known(field=field, value=value, said_in=run.reference, source=source)


def _same_matter(ask: ToolCall, other: ToolCall) -> bool:
    """As far as both say it: the same kind of thing about the same order, with no fact that tells them apart."""
    if ask.tool != other.tool:
        return False
    facts, told = ask.arguments.get("facts", {}), other.arguments.get("facts", {})
    return _agree(ask.arguments, other.arguments, _MATTER) and _agree(facts, told, facts)


def _same_order(ask: ToolCall, other: ToolCall) -> bool:
    mine, theirs = ask.arguments, other.arguments
    names = [name for name in ("order_id", "coverage_id") if mine.get(name) and theirs.get(name)]
    return bool(names) and _agree(mine, theirs, names)


def _agree(mine: dict[str, Any], theirs: dict[str, Any], names: Iterable[str]) -> bool:
    return all(mine[name] == theirs[name] for name in names if mine.get(name) and theirs.get(name))
