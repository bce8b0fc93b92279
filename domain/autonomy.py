"""How much an agent may do by itself: per process, kind of actor and, where a policy says so, segment."""

from enum import StrEnum


class Autonomy(StrEnum):
    ACT = "act"
    """Within the policy's limits, by itself."""
    APPROVE_EACH = "approve_each"
    """A person approves each action, whatever the amount."""
    SUGGEST = "suggest"
    """It only says what it would do; a person approves that, or takes the run over."""
    OFF = "off"
    """Not at all: the caller is handed to a person."""

    @property
    def rank(self) -> int:
        """Grows with the freedom."""
        return [Autonomy.OFF, Autonomy.SUGGEST, Autonomy.APPROVE_EACH, Autonomy.ACT].index(self)


def strictest(levels: list[Autonomy]) -> Autonomy:
    return min(levels, key=lambda level: level.rank, default=Autonomy.ACT)
