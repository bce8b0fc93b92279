"""What a form asks for: fields made from a command's JSON Schema, and what was filled in, read back as its body."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from domain.money import Money
from handrail.console import typed, words
from handrail.console.forms import Form

A_LINE = 500
"""Up to so many characters are asked for in one line."""


class Kind(StrEnum):
    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    CHECK = "check"
    CHOICE = "choice"
    LINES = "lines"
    """Several texts, one in each line."""
    PAIRS = "pairs"
    """Names with their values, `name: value` in each line."""
    MONEY = "money"
    """`25.00 EUR`"""
    DATE = "date"
    MOMENT = "moment"
    """`2026-11-24T14:00`, in the time of the reader where a script tells which that is, else in UTC."""


@dataclass(frozen=True)
class Field:
    path: tuple[str, ...]
    """Where it belongs in the body: `("arguments", "address", "city")`. A digit is a place in a list."""
    label: str
    kind: Kind = Kind.LINE
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Of a choice: (code, words)."""
    required: bool = False
    help: str = ""
    longest: int = 2_000
    whole: bool = False
    """The options of a choice are numbers."""
    ask: str = ""
    """What to say when it is required and empty."""
    error: str = ""
    focus: bool = False
    """Where the reader begins: the first field with something wrong."""
    key: str = ""
    """The key on the keyboard that leads here."""

    @property
    def name(self) -> str:
        return "/".join(self.path)

    def filled(self, form: Form, errors: dict[str, str]) -> "Field":
        """As it was sent, with what is wrong about it."""
        return replace(self, value=form.get(self.name), error=errors.get(self.name, ""))

    def read(self, form: Form) -> Any:
        """The value; None: nothing was filled in. Raises typed.Unreadable."""
        text = form.get(self.name)
        if self.kind is Kind.CHECK:
            return True if text else None
        if not text:
            return None
        if self.kind is Kind.MOMENT:
            return typed.moment(text, form.get("minutes_from_utc"))
        if self.kind is Kind.CHOICE and self.options and text not in dict(self.options):
            raise typed.Unreadable(self.ask or f"There are: {', '.join(label for _, label in self.options)}.")
        if self.kind in _READ:
            return _READ[self.kind](text)
        return int(text) if self.whole else text


def fields(
    schema: dict[str, Any], path: tuple[str, ...] = (), value: Any = None, *, required: bool = False
) -> list[Field]:
    """One per value that the schema asks for, filled with what `value` has; lists get one more place, left empty.
    `required`: what it needs is needed here too, not only where something is filled in."""
    defs = schema.get("$defs", {})
    if not _plain(schema, defs).get("properties"):
        return []
    return _fields(schema, defs, path, value, label="", required=required)


def body(asked: list[Field], form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """What was filled in, nested as the command wants it; and what is wrong, by the field's name."""
    read: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in asked:
        try:
            value = field.read(form)
        except typed.Unreadable as wrong:
            errors[field.name] = str(wrong)
            continue
        if value is None and field.required:
            errors[field.name] = field.ask or f"{field.label} is needed."
        if value is not None:
            _put(read, field.path, value)
    return _lists(read), errors


def _fields(
    schema: dict[str, Any], defs: dict[str, Any], path: tuple[str, ...], value: Any, *, label: str, required: bool
) -> list[Field]:
    schema = _plain(schema, defs)
    properties = schema.get("properties", {})
    if properties and set(properties) != {"minor", "currency"}:
        held = value if isinstance(value, dict) else {}
        needed = set(schema.get("required", [])) if required or not path or held else set()
        return [
            field
            for name, part in properties.items()
            for field in _fields(
                part, defs, (*path, name), held.get(name), label=_within(label, name), required=name in needed
            )
        ]
    item = _plain(schema.get("items", {}), defs)
    if item.get("properties"):
        held_items = value if isinstance(value, list) else []
        places = [*held_items, None]
        return [
            field
            for n, held_item in enumerate(places)
            for field in _fields(
                item, defs, (*path, str(n)), held_item, label=f"{label} {n + 1}", required=required and not n
            )
        ]
    return [_one(schema, path, value, label or words.plain(path[-1]), required)]


def _one(schema: dict[str, Any], path: tuple[str, ...], value: Any, label: str, required: bool) -> Field:
    longest = schema.get("maxLength", 2_000)
    options = tuple((code, words.plain(code)) for code in schema.get("enum", []) if code)
    return Field(
        path=path,
        label=label,
        kind=_kind(schema, longest),
        value=_shown(value),
        options=options,
        required=required,
        help=schema.get("description", "").replace(", in minor units", "").replace(" in minor units", ""),
        longest=longest,
        whole=schema.get("type") == "integer",
    )


def _kind(schema: dict[str, Any], longest: int) -> Kind:
    if schema.get("enum"):
        return Kind.CHOICE
    if schema.get("format") == "date":
        return Kind.DATE
    match schema.get("type"):
        case "object":
            return Kind.MONEY if schema.get("properties") else Kind.PAIRS
        case "array":
            return Kind.LINES
        case "integer" | "number":
            return Kind.NUMBER
        case "boolean":
            return Kind.CHECK
        case _:
            return Kind.LINE if longest <= A_LINE or "pattern" in schema else Kind.TEXT


def _plain(schema: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """Without references, and without the null of what may be left out."""
    own = {name: part for name, part in schema.items() if name not in {"$ref", "anyOf"}}
    if "$ref" in schema:
        return {**_plain(defs[schema["$ref"].rpartition("/")[2]], defs), **own}
    if "anyOf" in schema:
        some = next(part for part in schema["anyOf"] if part.get("type") != "null")
        return {**_plain(some, defs), **own}
    return schema


def _within(label: str, name: str) -> str:
    return f"{label}, {words.plain(name).lower()}" if label else words.plain(name)


def _shown(value: Any) -> str:
    """As it is typed."""
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return str(Money.model_validate(value))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {text}" for name, text in value.items())
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


_READ: dict[Kind, Any] = {
    Kind.MONEY: typed.money,
    Kind.NUMBER: typed.number,
    Kind.LINES: typed.lines,
    Kind.PAIRS: typed.pairs,
}


def _put(into: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *above, last = path
    for name in above:
        into = into.setdefault(name, {})
    into[last] = value


def _lists(value: Any) -> Any:
    """What is named by digits alone is a list."""
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(part) for name, part in value.items()}
