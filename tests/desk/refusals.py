"""What a door says when it says no."""

from collections.abc import Awaitable
from typing import Any

from tests.desk.doors import Problem


async def refusal(saying: Awaitable[Any]) -> Problem:
    """The problem that this was answered with; fails when it was accepted."""
    try:
        answer = await saying
    except Problem as problem:
        return problem
    raise AssertionError(f"this was not refused: {answer!r}")
