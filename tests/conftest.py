"""Ends each pytest process with the exit code that its tests earned.

Hazard: the Temporal SDK's native threads can abort the interpreter while it shuts down (`PyGILState_Release`, exit 134;
sdk-python #300, seen in about 4 of 100 processes, November 2026), which turns a green run red. So the process ends
without that shutdown, after everything is reported: pytest's own summary, and in an xdist worker the results, which
are sent before `pytest_unconfigure`. `atexit` handlers do not run: what a fixture starts, the fixture ends.
"""

import os
import sys
from typing import Any

import pytest

pytest_plugins = ["tests.desk.plugin"]

_SESSION = pytest.StashKey[pytest.Session]()


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[_SESSION] = session


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table of the slow proofs. Here and not beside them: xdist's controller loads no conftest of a subfolder."""
    if hasattr(config, "workerinput"):
        return
    from tests.full.tables import summary

    if text := summary(terminalreporter.stats):
        terminalreporter.section("end states")
        terminalreporter.write_line(text)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    session = config.stash.get(_SESSION, None)
    if session is None:  # `--help` and the like: no session was run
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(session.exitstatus))
