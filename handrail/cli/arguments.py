"""`key=value` words become a tool's arguments, by the tool's own JSON Schema where it is known."""

from __future__ import annotations

import json
from typing import Any

from domain.money import written


class BadWord(ValueError):
    """A word that is no argument; says how one looks."""


def arguments(words: list[str], schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """`["order_id=4821", "amount=12.00EUR", "address.city=Graz"]` -> `{"order_id": "4821", "amount": {...}, ...}`.

    Dots go into nested objects. A value whose schema says text stays text; lists may be written `a,b`; anything else
    is JSON if it can be read as such, else text. Raises BadWord.
    """
    result: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not all(name.split(".")):
            raise BadWord(f"{word!r} is no argument; write key=value, for example order_id=4821 or amount=12.00EUR.")
        *outer, last = name.split(".")
        inside, expected = result, schema or {}
        for key in outer:
            inside = inside.setdefault(key, {})
            expected = _property(expected, key, schema)
            if not isinstance(inside, dict):
                raise BadWord(f"{word!r}: {key} has a value already; it cannot have parts as well.")
        if last in inside:
            raise BadWord(f"{word!r}: {name} is given twice.")
        inside[last] = _value(text, _property(expected, last, schema), word)
    return result


def _value(text: str, expected: dict[str, Any], word: str) -> Any:
    kinds = _kinds(expected)
    if kinds == {"string"}:
        return text
    if "array" in kinds and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if (not kinds or "object" in kinds) and (money := _money(text, word)):
        return money
    try:
        return json.loads(text)
    except ValueError:
        return text


def _money(text: str, word: str) -> dict[str, Any] | None:
    try:
        money = written(text)
    except ValueError as wrong:
        raise BadWord(f"{word!r} is no amount: {wrong}") from None
    return money.model_dump() if money else None


def _property(schema: dict[str, Any], name: str, root: dict[str, Any] | None) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("properties", {}).get(name, {})
    options = [_resolved(option, root) for option in found.get("anyOf", [found])]
    real = [option for option in options if option.get("type") != "null"]
    return real[0] if len(real) == 1 else {"anyOf": real}


def _resolved(schema: dict[str, Any], root: dict[str, Any] | None) -> dict[str, Any]:
    target = schema.get("$ref", "")
    if not target.startswith("#/$defs/"):
        return schema
    defined: dict[str, Any] = (root or {}).get("$defs", {}).get(target.removeprefix("#/$defs/"), {})
    return defined


def _kinds(schema: dict[str, Any]) -> set[str]:
    """The JSON types that the schema allows; empty: it does not say."""
    if "anyOf" in schema:
        return {kind for option in schema["anyOf"] for kind in _kinds(option)}
    if "enum" in schema and all(isinstance(value, str) for value in schema["enum"]):
        return {"string"}
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)
