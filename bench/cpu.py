"""CPU seconds of processes, from /proc: what a busy neighbour on the machine changes least."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def used(pid: int) -> float:
    """User and system time of all its threads, in seconds; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


class Meter:
    """CPU per named process between two moments."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = {name: used(pid) for name, pid in pids.items()}

    def read(self) -> dict[str, float]:
        return {name: used(pid) - self._before[name] for name, pid in self._pids.items()}
