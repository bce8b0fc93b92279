"""A form for one command: what it asks for, what it says by itself, and what becomes of what was filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from domain.answers import Answer
from domain.commands import COMMANDS
from domain.delegations import Delegation
from domain.packet import Packet
from handrail.console import words
from handrail.console.fields import Field, Kind, body, fields
from handrail.console.forms import Form
from handrail.rail import ToolCard


@dataclass(frozen=True)
class Offer:
    """A form for one command."""

    command: str
    id: str
    title: str
    button: str
    fields: list[Field] = field(default_factory=list)
    fixed: dict[str, Any] = field(default_factory=dict)
    """What is said without being asked: `{"outcome": "approve"}`. Never read from the form."""
    hidden: dict[str, str] = field(default_factory=dict)
    """What the form carries of the page on which it was shown: digests."""
    look: str = ""
    """`primary` or `danger`."""
    key: str = ""
    hint: str = ""
    open: bool = False
    error: str = ""
    """What is wrong with the whole of it."""

    @property
    def bare(self) -> bool:
        """One press, nothing to fill in."""
        return not self.fields

    @property
    def done(self) -> str:
        """The word by which the page says afterwards what was done."""
        return str(self.fixed.get("outcome") or self.fixed.get("action") or self.command)

    def body(self, form: Form) -> tuple[dict[str, Any], dict[str, str]]:
        """The command's body, and what is wrong with what was filled in, by the field's name."""
        carried = {name: form.get(name) for name in self.hidden if form.get(name)}
        said, errors = body(self.fields, form)
        if self.command == "amend":
            said, errors = self._amended(said, errors, carried.pop("seen", ""))
        return {**self.fixed, **carried, **said}, errors

    def filled(self, form: Form, errors: dict[str, str]) -> "Offer":
        """As it was sent, opened, with each error beside its field. Errors by the name of a field or by its place in
        the body, `facts.colour`; what is of no field is said above the form."""
        beside: dict[str, str] = {}
        for place, text in errors.items():
            name = self._field_at(place)
            beside[name] = f"{beside.get(name, '')} {text}".strip()
        asked = [one.filled(form, beside) for one in self.fields]
        first = next((n for n, one in enumerate(asked) if one.error), None)
        asked = [replace(one, focus=n == first) for n, one in enumerate(asked)]
        return replace(self, fields=asked, open=True, error=beside.get("", ""))

    def _field_at(self, place: str) -> str:
        dotted = place.replace("/", ".")
        below = next((f.name for f in self.fields if f"{'.'.join(f.path)}.".startswith(f"{dotted}.")), "")
        return next((f.name for f in self.fields if f"{dotted}.".startswith(f"{'.'.join(f.path)}.")), below)

    def _amended(
        self, said: dict[str, Any], errors: dict[str, str], seen: str
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Only what differs from what was asked; null for what is there no more."""
        before, now = self._as_shown(), said.get("arguments", {})
        if seen != self.hidden["seen"]:
            return {}, {"": "What is asked for has changed meanwhile. You see it as it is now; change that."}
        changed = {name: now.get(name) for name in {**before, **now} if before.get(name) != now.get(name)}
        if not changed and not errors:
            errors = {"": "Nothing is different from what was asked. Change something."}
        return {"arguments": changed}, errors

    def _as_shown(self) -> dict[str, Any]:
        shown = Form({one.name: one.value for one in self.fields})
        arguments: dict[str, Any] = body(self.fields, shown)[0].get("arguments", {})
        return arguments


@dataclass(frozen=True)
class Asked:
    """What forms are made from."""

    packet: Packet
    answer: Answer
    card: ToolCard | None = None
    """Of the tool that began the run."""
    mandates: Sequence[Delegation] = ()
    """In whose names the person may decide this."""
    own_right: bool = True
    """He may decide it in his own name."""
    attests: bool = False
    """He may vouch for a caller."""
    with_other: bool = False
    """Somebody else holds it."""


@cache
def _own(command: str) -> dict[str, Field]:
    return {one.path[0]: one for one in fields(COMMANDS[command].model_json_schema())}


def of(command: str, *names: str) -> list[Field]:
    """The command's own fields, in this order, with their labels."""
    made = _own(command)
    return [replace(made[name], help="", **words.FIELDS.get((command, name), {})) for name in names]


def like(value: Any, path: tuple[str, ...]) -> list[Field]:
    """Fields for a value whose schema is not known."""
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return [Field(path, words.plain(path[-1]), Kind.MONEY, words.shown(value))]
    if isinstance(value, dict):
        return [one for name, part in value.items() for one in like(part, (*path, name))]
    kind = Kind.NUMBER if isinstance(value, int) else Kind.TEXT if len(str(value)) > 60 else Kind.LINE
    return [Field(path, words.plain(path[-1]), kind, "" if value is None else str(value))]
