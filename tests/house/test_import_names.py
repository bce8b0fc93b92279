"""Nothing else that is installed owns `workflows`, `activities`, `connectors`, `domain` and the like."""

import importlib.util
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.house.import_names import OURS, offenders
from tests.house.repository import ROOT


def install(folder: Path, name: str, *files: str, top_level: str = "") -> None:
    """A distribution as pip leaves it on disk."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    if top_level:
        (info / "top_level.txt").write_text(top_level)


def test_no_installed_distribution_owns_a_name_of_ours() -> None:
    assert offenders() == []


@pytest.mark.parametrize("name", OURS)
def test_our_names_are_imported_from_this_repository(name: str) -> None:
    spec = importlib.util.find_spec(name)
    places = [spec.origin, *(spec.submodule_search_locations or [])] if spec else []

    assert any(place and Path(place).is_relative_to(ROOT) for place in places), f"{name} comes from {places}"


@pytest.mark.parametrize(
    ("file", "owned"),
    [
        ("workflows/engine.py", "workflows"),
        ("worker.py", "worker"),
        ("domain/fast.cpython-311-x86_64-linux-gnu.so", "domain"),
    ],
)
def test_a_distribution_that_owns_one_is_named(tmp_path: Path, file: str, owned: str) -> None:
    install(tmp_path, "prefect-lookalike", file)
    install(tmp_path, "harmless", "harmless/workflows.py")

    [sentence] = offenders(distributions(path=[str(tmp_path)]))

    assert sentence.startswith(f"prefect-lookalike 1.0 installs the top-level name '{owned}'")
    assert "Uninstall it" in sentence


def test_a_declared_top_level_name_counts_as_owned(tmp_path: Path) -> None:
    install(tmp_path, "legacy", top_level="connectors\nlegacy\n")

    assert len(offenders(distributions(path=[str(tmp_path)]))) == 1


def test_handrail_itself_may_own_them(tmp_path: Path) -> None:
    install(tmp_path, "handrail", "workflows/refund.py", "worker.py")

    assert offenders(distributions(path=[str(tmp_path)])) == []
