"""The exit code is that of the tests, even when the interpreter aborts while it shuts down."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
ABORTS_AT_EXIT = "import atexit, os\natexit.register(os.abort)\n"
PASSES = "def test_passes():\n    assert True\n"
FAILS = "def test_fails():\n    assert False\n"


def run_pytest(folder: Path, tests: str, *args: str, hook: bool = True) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (folder / "test_it.py").write_text(ABORTS_AT_EXIT + tests)
    if hook:
        shutil.copy(CONFTEST, folder / "conftest.py")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_an_abort_at_exit_would_fail_a_green_run_without_the_hook(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, PASSES, hook=False).returncode == -6


@pytest.mark.parametrize(
    "processes", [[], pytest.param(["-n", "2"], marks=pytest.mark.full)], ids=["one-process", "xdist"]
)
@pytest.mark.parametrize(
    ("tests", "code", "closing"),
    [(PASSES, 0, "1 passed in"), (PASSES + FAILS, 1, "1 failed, 1 passed in"), ("", 5, "no tests ran in")],
    ids=["green", "red", "none"],
)
def test_the_run_ends_with_its_own_code_after_its_closing_line(
    tmp_path: Path, tests: str, code: int, closing: str, processes: list[str]
) -> None:
    run = run_pytest(tmp_path, tests, *processes)

    assert run.returncode == code, run.stdout + run.stderr
    assert closing in run.stdout.splitlines()[-1]
    if not processes:  # a worker that its controller ends on a busy machine may still abort, and nobody asks it
        assert run.stderr == ""


def test_an_interrupted_run_says_so_and_ends_with_two(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "def test_stops():\n    raise KeyboardInterrupt\n")

    assert run.returncode == 2
    assert "KeyboardInterrupt" in run.stdout
