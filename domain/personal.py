"""What a record says of a person: where he lives and what he is called, masked in the chain and kept beside it.

Words that the rail itself has read or been given are found in any sentence; what only a model wrote is not.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from domain.customers import Address, Customer, NewAddress

NAME, ADDRESS, WORDS, BESIDE = "[name]", "[address]", "[their words]", "[beside the chain]"
_SHORTEST = 3
_A_SENTENCE = 8
_OF_A_PERSON = {"first_name": NAME, "last_name": NAME}


def words_of(values: Iterable[Any]) -> dict[str, str]:
    """By what is to be masked, its mask. Customers, whatever has an `address`, texts in somebody's own words; of lists
    each entry."""
    words: dict[str, str] = {}
    for value in values:
        if isinstance(value, list):
            words |= words_of(value)
        if isinstance(value, str) and len(value) >= _A_SENTENCE:
            words[value] = WORDS
        if isinstance(value, Customer):
            words[f"{value.first_name} {value.last_name}".strip()] = NAME
        words |= dict.fromkeys(_lines(getattr(value, "address", None)), ADDRESS)
    return {word: mask for word, mask in words.items() if len(word) >= _SHORTEST}


def _lines(address: Any) -> list[str]:
    """The whole of it, and each part that names a place by itself."""
    if isinstance(address, NewAddress):
        address = address.address()
    if not isinstance(address, Address):
        return []
    return [str(address), f"{address.postal_code} {address.city}", address.line1, address.line2]


def set_aside(
    body: Mapping[str, Any], words: Mapping[str, str], whole: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body with its personal words masked, and the fields that held them as they were, as text or JSON. `whole`:
    fields that are set aside altogether."""
    longest_first = sorted(words.items(), key=lambda one: -len(one[0]))
    kept: dict[str, Any] = {}
    beside: dict[str, str] = {}
    for name, value in body.items():
        kept[name] = BESIDE if name in whole and value else _masked(value, longest_first)
        if kept[name] != value:
            beside[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return kept, beside


def _masked(value: Any, words: list[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        for word, mask in words:
            value = value.replace(word, mask)
        return value
    if isinstance(value, list):
        return [_masked(entry, words) for entry in value]
    if not isinstance(value, dict):
        return value
    if "line1" in value:
        return ADDRESS
    return {name: _OF_A_PERSON.get(name) or _masked(part, words) for name, part in value.items()}
