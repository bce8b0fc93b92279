"""The README is true today: every command on it runs, on a real stack, and gives what it says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.embedded import Stack

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the shell printed when all of "By hand" was typed in."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    home = tmp_path_factory.mktemp("readme") / "home"
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.split("## By hand")[1], flags=re.DOTALL))
    with Stack(home, parts=["temporal", "simulators", "worker", "gateway"]) as stack:
        ours = {
            "HANDRAIL": stack.gateway_url,
            "HANDRAIL_HOME": str(home),
            "CLI": f"{sys.executable} -m handrail.cli",
            "NO_PROXY": "127.0.0.1",
        }
        environment = {**os.environ, **ours}
        shell = subprocess.run(
            ["sh", "-eu", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert shell.returncode == 0, shell.stdout[-2000:] + shell.stderr
        yield shell.stdout


def test_tools_are_listed_and_the_caller_is_verified(played: str) -> None:
    assert '"refund_order"' in played
    assert "The caller is verified as Mia Novak." in played


def test_the_small_refund_is_done_within_the_call(played: str) -> None:
    assert "Done: 12.00 EUR to card ending 4242, for order 4821." in played


def test_the_large_one_waits_for_a_person_and_is_done_once_approved(played: str) -> None:
    assert "need 1 approval by supervisor" in played
    assert "Done: 248.00 EUR to card ending 4242, for order 4821." in played


def test_the_history_is_shown_and_the_evidence_verifies(played: str) -> None:
    assert "send refund" in played
    assert "verifies" in played


def test_the_make_targets_that_it_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"make ([a-z-]+)", PAGE))

    assert [name for name in sorted(named) if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_excerpt_of_the_workflow_is_in_the_workflow() -> None:
    excerpt = re.search(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert excerpt
    source = (ROOT / "workflows" / "refund.py").read_text()
    lines = [line.strip() for line in excerpt.group(1).splitlines() if line.strip() and line.strip() != "..."]

    assert [line for line in lines if line not in source] == []
