"""Where a run stands."""

from enum import StrEnum


class Phase(StrEnum):
    DECIDING = "deciding"
    """Facts are read and judged: there is no answer yet."""
    WORKING = "working"
    """The rules allow it; steps are taken."""
    PARKED = "parked"
    """Somebody is waited for: the caller, a person, or a system."""
    CLOSED = "closed"
