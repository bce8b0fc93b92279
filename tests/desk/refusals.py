"""What a door says when it says no."""

from collections.abc import Awaitable
from typing import Any

from domain.answers import Answer
from tests.desk.doors import Problem


async def refusal(saying: Awaitable[Any]) -> Problem:
    """The problem that this was answered with; fails when it was accepted."""
    try:
        answer = await saying
    except Problem as problem:
        return problem
    raise AssertionError(f"this was not refused: {answer!r}")


def rule(answer: Answer) -> str:
    """The rule that said no; empty when none did."""
    return answer.denied.rule if answer.denied else ""
