"""What a caller may want, whatever the process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.desk.desk import Desk
from tests.desk.goods import Sold


@dataclass
class Matter:
    """One request, with what belongs to it."""

    tool: str
    arguments: dict[str, Any]
    sold: Sold
    policy: str = ""
    """Whose amounts rule it; empty: no money."""
    amendments: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """What answers a question for more."""
    rivals: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Other requests about the same thing: tool and arguments."""
    codes: bool = False
    """Its `verify` takes a one-time code."""


Lay = Callable[[Desk], Awaitable[Matter]]
"""Puts what the request needs into the systems."""
