"""What `handrail doctor` finds. Nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from handrail.embedded.home import Home
from handrail.settings import Settings


class Finding(NamedTuple):
    level: Literal["ok", "warn", "fail"]
    what: str
    text: str
    advice: str = ""
    """What to do about it."""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """One finding or more of each check."""
    from handrail.cli import machine_checks, reach_checks, state_checks

    checks: list[Check] = [machine_checks.python, machine_checks.home, machine_checks.temporal_server]
    checks += [machine_checks.ports, state_checks.database, state_checks.keys, state_checks.tokens]
    checks += [state_checks.policies, reach_checks.search_attributes, reach_checks.gateway, reach_checks.connectors]
    return [finding for check in checks for finding in _safely(check, settings)]


def running(settings: Settings) -> int | None:
    """The pid of the stack that runs in the settings' home."""
    return Home(settings.home).holder()


def _safely(check: Check, settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except Exception as error:
        name = check.__name__.replace("_", " ")
        return [Finding("fail", name, f"{type(error).__name__}: {error}", "This check itself broke; report it.")]
