"""The one door behind every door."""

from handrail.rail.body import TemporalRail, connect
from handrail.rail.face import (
    BadArguments,
    GateTag,
    InboxQuery,
    NotAllowed,
    OtherArguments,
    Rail,
    RailError,
    Refused,
    ToolCard,
    Unavailable,
    UnknownCommand,
    UnknownDelegation,
    UnknownTool,
    UnknownWork,
    WorkItem,
)

__all__ = [
    "BadArguments",
    "GateTag",
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
    "UnknownDelegation",
    "UnknownTool",
    "UnknownWork",
    "WorkItem",
    "connect",
]
