"""JSON from strangers: what other parsers wave through is refused here, with the place and the reason.

Refused: duplicate keys (two parsers may see two different amounts), NaN and infinities, numbers that a database cannot
hold, NUL and lone surrogates (PostgreSQL and UTF-8 cannot hold them), and depth that ends in a recursion error.
"""

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 32
LARGEST_INT = 2**63 - 1


class NotStrictJson(ValueError):
    """`field` is the path (`arguments.amount.minor`), empty when it cannot be told."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def loads(raw: bytes) -> Any:
    """Raises NotStrictJson, never anything else."""
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as failure:
        raise NotStrictJson(f"The body is not UTF-8 at byte {failure.start}.") from failure
    except json.JSONDecodeError as failure:
        raise NotStrictJson(
            f"The body is not JSON: {failure.msg} at line {failure.lineno} column {failure.colno}."
        ) from failure
    except RecursionError as failure:
        raise NotStrictJson(f"The body is nested deeper than {MAX_DEPTH} levels.") from failure
    _walk(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NotStrictJson("This key is there twice; send it once.", _printable(twice))
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > LARGEST_INT:
        raise NotStrictJson("A whole number is larger than 64 bits.")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotStrictJson("A number is too large.")
    return number


def _constant(name: str) -> NoReturn:
    raise NotStrictJson(f"{name} is no JSON number.")


def _walk(value: Any) -> None:
    todo: list[tuple[Any, str, int]] = [(value, "", 1)]
    while todo:
        item, path, depth = todo.pop()
        if isinstance(item, str):
            _text(item, path)
        elif isinstance(item, dict):
            _shallow(depth, path)
            for key, inner in item.items():
                _text(key, path)
                todo.append((inner, f"{path}.{key}" if path else key, depth + 1))
        elif isinstance(item, list):
            _shallow(depth, path)
            todo.extend((inner, f"{path}.{place}", depth + 1) for place, inner in enumerate(item))


def _shallow(depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        raise NotStrictJson(f"The body is nested deeper than {MAX_DEPTH} levels.", path.split(".")[0])


def _text(text: str, path: str) -> None:
    if "\x00" in text:
        raise NotStrictJson("Text must not contain NUL characters.", path)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotStrictJson("Text must not contain lone surrogates.", path) from None


def _printable(key: str) -> str:
    return key.encode("utf-8", "replace").decode().replace("\x00", "")[:100]
