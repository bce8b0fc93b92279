"""What a process in one file brings along for the proofs over all processes: values in its own test,
`tests/test_<policy>.py`.

`FIRST_RULED(policy, standing)` is what its rules say before anything is known; `MATTER`, what a caller may want of it;
`RECORDED`, ways through it whose histories are kept.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from workflows._catalog import policies


def brought(name: str) -> dict[str, Any]:
    """By policy: of each test that has such a value."""
    tests = [policy for policy in policies() if (Path(__file__).parent / f"test_{policy}.py").exists()]
    found = {policy: getattr(import_module(f"tests.test_{policy}"), name, None) for policy in tests}
    return {policy: value for policy, value in found.items() if value is not None}
