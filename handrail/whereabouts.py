"""What a home tells others: who may sign in with what, and where the stack that runs in it listens."""

from __future__ import annotations

import json
from pathlib import Path

WHO = {"ai": "ai-voice-1", "agent": "ana", "supervisor": "sam", "second": "sofia", "finance": "finn"}
"""Short names for the ready-made credentials."""

_URLS = "stack.json"


def with_short_names(tokens: dict[str, str]) -> dict[str, str]:
    return tokens | {short: tokens[name] for short, name in WHO.items() if name in tokens}


def read_tokens(home: Path) -> dict[str, str]:
    """The ready-made tokens of the stack in `home`, by name (`sam`) and short name (`supervisor`); empty: none yet."""
    return with_short_names(_document(home / "credentials.json"))


def write_urls(home: Path, urls: dict[str, str]) -> None:
    (home / _URLS).write_text(json.dumps(urls, indent=2) + "\n")


def read_urls(home: Path) -> dict[str, str]:
    """`gateway`, `console`, `simulators`, `temporal` of the stack that started last in `home`; empty: none did."""
    return _document(home / _URLS)


def _document(file: Path) -> dict[str, str]:
    try:
        document: dict[str, str] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return document
