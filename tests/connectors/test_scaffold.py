"""`python -m connectors new` makes a folder that passes lint and types, and `check` says honestly what it lacks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT

SYSTEMS = "crm,orders,billing,cases,events"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy, so that no other test sees the new folder."""
    left_out = shutil.ignore_patterns("__pycache__")
    for folder in ("connectors", "domain", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(house: Path, module: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.full
def test_a_new_connector_is_clean_and_its_check_names_what_is_missing(house: Path) -> None:
    made = run(house, "connectors", "new", "acme", "--can", SYSTEMS)
    files = made.stdout.splitlines()[:3]

    assert made.returncode == 0, made.stderr
    assert files == ["connectors/acme/__init__.py", "connectors/acme/connector.py", "tests/connectors/test_acme.py"]
    assert run(house, "ruff", "check", *files).stdout.strip() == "All checks passed!"
    assert run(house, "ruff", "format", "--check", *files).returncode == 0
    checked = run(house, "connectors", "check", "acme")
    assert checked.returncode == 1
    assert "acme serves crm, orders, billing, cases, events: 0 checks passed" in checked.stdout
    assert "missing W2 an answer lost after applying" in checked.stdout
    assert "has no world yet" in checked.stdout


@pytest.mark.full
def test_a_new_connector_passes_strict_typing(house: Path) -> None:
    run(house, "connectors", "new", "acme", "--can", SYSTEMS)
    typed = run(house, "mypy", "connectors/acme", "tests/connectors/test_acme.py")

    assert typed.returncode == 0, typed.stdout


def test_nothing_is_overwritten_and_wrong_words_are_named(house: Path) -> None:
    run(house, "connectors", "new", "acme")
    again = run(house, "connectors", "new", "acme")
    wrong = run(house, "connectors", "new", "zenith", "--can", "biling")

    assert (again.returncode, "is there already; nothing was written" in again.stderr) == (1, True)
    assert (wrong.returncode, "no system biling; there are: crm, orders" in wrong.stderr) == (2, True)


def test_list_tells_how_safe_each_write_is(house: Path) -> None:
    told = run(house, "connectors", "list").stdout

    assert "serves: crm, orders, billing, cases, claims, payouts, messaging, events" in told
    assert "refund_payment: class A, native_key, cannot be undone" in told
    assert "open_case: class A, native_key, undone by withdraw_case" in told


def test_check_of_an_unknown_name_tells_those_that_there_are(house: Path) -> None:
    told = run(house, "connectors", "check", "strpe")

    assert (told.returncode, told.stderr.strip()) == (2, "'strpe' is no connector; there are: simulator.")
