"""Waiting for processes that are not this one's children, without polling."""

import os
import select


def ended(pid: int, within_s: float = 20) -> bool:
    """Whether the process is gone within the time."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], within_s)[0])
    finally:
        os.close(watched)
