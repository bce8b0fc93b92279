"""One difference between two policy documents, in words, and whether it gives more freedom."""

from enum import StrEnum
from typing import Any

from domain.policies import CustomerPolicy
from domain.values import Value


class Direction(StrEnum):
    WIDER = "wider"
    NARROWER = "narrower"
    OTHER = "other"
    """Neither: a clock, an order, a text."""
    UNKNOWN = "unknown"


class Change(Value):
    """One difference, in words."""

    policy: str
    what: str
    before: str
    after: str
    direction: Direction

    @property
    def wider(self) -> bool:
        return self.direction in (Direction.WIDER, Direction.UNKNOWN)


def change(policy: str, what: str, before: Any, after: Any, wider: bool) -> Change:
    direction = Direction.WIDER if wider else Direction.NARROWER
    return Change(policy=policy, what=what, before=say(before), after=say(after), direction=direction)


def say(value: Any) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(say, value)) or "none" if isinstance(value, list) else str(value)


def named(old: CustomerPolicy, new: CustomerPolicy) -> list[str]:
    """All customers, then each segment of either document."""
    return list(dict.fromkeys(["", *(segment.name for segment in (*old.segments, *new.segments))]))


def with_customers(customers: str) -> str:
    return f", customers {customers}" if customers else ""
