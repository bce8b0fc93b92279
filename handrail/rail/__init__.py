"""The one door behind every door."""

from handrail.rail.body import TemporalRail, connect
from handrail.rail.face import (
    BadArguments,
    InboxQuery,
    NotAllowed,
    OtherArguments,
    Rail,
    RailError,
    Refused,
    ToolCard,
    Unavailable,
    UnknownCommand,
    UnknownTool,
    UnknownWork,
    WorkItem,
)

__all__ = [
    "BadArguments",
    "InboxQuery",
    "NotAllowed",
    "OtherArguments",
    "Rail",
    "RailError",
    "Refused",
    "TemporalRail",
    "ToolCard",
    "Unavailable",
    "UnknownCommand",
    "UnknownTool",
    "UnknownWork",
    "WorkItem",
    "connect",
]
