"""How alike two short texts are, as people write them: other order, other case, typing errors."""

import re
from difflib import SequenceMatcher

_WORD = re.compile(r"\w+")
_FILLERS = frozenset(
    {"a", "an", "and", "das", "der", "die", "ein", "for", "has", "have", "i", "in", "is", "it", "mein", "mit", "my"}
    | {"not", "of", "on", "the", "to", "was", "with"}
)
_SAME_WORD = 0.8


def likeness(one: str, other: str) -> float:
    """0 to 1: the share of words that both have, where a word with a typing error counts as the same. Texts that name
    different numbers are not alike at all."""
    ours, theirs = words(one), words(other)
    if not ours or not theirs:
        return 1.0 if ours == theirs else 0.0
    if _numbers(ours) and _numbers(theirs) and not _numbers(ours) & _numbers(theirs):
        return 0.0  # another invoice is another thing, however alike the rest
    few, many = sorted((ours, theirs), key=len)
    left = sorted(many)
    shared = 0
    for word in sorted(few):
        if same := next((candidate for candidate in left if _same(word, candidate)), None):
            left.remove(same)
            shared += 1
    return 2 * shared / (len(ours) + len(theirs))


def words(text: str) -> set[str]:
    """The words that say something."""
    found = set(_WORD.findall(text.casefold()))
    return found - _FILLERS or found


def _numbers(said: set[str]) -> set[str]:
    """Those that name something: of days and pieces there are fewer."""
    return {word for word in said if word.isdigit() and len(word) >= 4}


def _same(word: str, other: str) -> bool:
    if word == other:
        return True
    if word.isdigit() or other.isdigit():
        return False
    return min(len(word), len(other)) > 3 and SequenceMatcher(None, word, other).ratio() >= _SAME_WORD
