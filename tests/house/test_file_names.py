"""Files are named after things, not after roles."""

from pathlib import Path

import pytest

from tests.house.repository import files

ROLES = {
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "models",
    "services",
    "util",
    "utils",
}


def roles_in(path: Path) -> set[str]:
    """The parts of a path that are role names, alone or as the last word: `utils`, `_utils`, `refund_helpers`."""
    parts = [*path.parts[:-1], path.name.split(".")[0]]
    return {part for part in parts if part.strip("_") in ROLES or part.split("_")[-1] in ROLES}


def test_no_file_or_folder_is_named_after_a_role() -> None:
    named = [f"{path}: '{', '.join(sorted(roles_in(path)))}' says nothing" for path in files() if roles_in(path)]

    assert not named, "Name the file after the thing that is in it (money.py, refunds.py):\n" + "\n".join(named)


@pytest.mark.parametrize(
    "name",
    [
        "handrail/utils.py",
        "workflows/_common.py",
        "domain/models/order.py",
        "connectors/stripe/api_helpers.py",
        "core.md",
    ],
)
def test_a_role_name_is_found(name: str) -> None:
    assert roles_in(Path(name))


@pytest.mark.parametrize("name", ["domain/money.py", "docs/core-ideas.md", "connectors/remodels.py"])
def test_a_name_of_a_thing_is_left_alone(name: str) -> None:
    assert not roles_in(Path(name))
