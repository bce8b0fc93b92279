"""Running a suite without pytest: for `python -m connectors check` and for testing the kit itself."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

import pytest

from connectors.conformance.stage import Stage
from connectors.conformance.suite import Conformance, check_of
from connectors.conformance.world import World


class End(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXEMPT = "exempt"


@dataclass(frozen=True)
class Verdict:
    check: str
    operation: str
    end: End
    text: str
    """The check's sentence, and why it did not pass."""


async def verdicts(
    suite: type[Conformance],
    opened: Callable[[], AbstractAsyncContextManager[World]],
    only: frozenset[str] = frozenset(),
) -> AsyncIterator[Verdict]:
    """Every check of the suite (or `only` these), each in a world of its own."""
    for name in sorted(dir(suite)):
        check = check_of(name) if name.startswith("test_") else ""
        if not check or (only and check not in only):
            continue
        staged = "stage" in inspect.signature(getattr(suite, name)).parameters
        for operation in suite.operations() if staged else [""]:
            async with opened() as world:
                yield await _judge(suite, name, check, operation, world)


async def _judge(suite: type[Conformance], name: str, check: str, operation: str, world: World) -> Verdict:
    says, exempt = " ".join(name.split("_")[2:]), suite.exemption(check, operation)
    stage = Stage(world, operation) if operation else None
    try:
        await getattr(suite(), name)(stage or world)
    except pytest.skip.Exception as skipped:
        return Verdict(check, operation, End.SKIPPED, f"{says}: {skipped}")
    except (Exception, pytest.fail.Exception) as failed:
        end = End.EXEMPT if exempt else End.FAILED
        return Verdict(check, operation, end, f"{says}: {exempt or failed or type(failed).__name__}")
    finally:
        if stage:
            await stage.close()
    if exempt:
        return Verdict(check, operation, End.FAILED, f"{says}: it passes now, so take away its exemption")
    return Verdict(check, operation, End.PASSED, says)
