"""Resident memory of processes, from /proc."""

from pathlib import Path


def resident_mib(pid: int) -> float:
    """Raises FileNotFoundError when it is gone."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status tells no VmRSS.")
