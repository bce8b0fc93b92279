"""Nothing that is committed names the machine that it was written on, or the registry that it was installed from."""

import re
from pathlib import Path

import pytest

from tests.house.repository import files, text_of

MACHINE = re.compile(
    r"(?<![\w.])/(?:root|Users)/[\w.-]+"
    r"|(?<![\w.])/work/(?:main|shared|\.\w+)\b"
    r"|(?<![\w.])/home/(?!handrail\b)[\w.-]+"
    r"|(?<![\w.])/opt/pypi"
    r"|[A-Z]:\\Users\\"
    r"|(?:https?|file)://[\w.:-]*(?:pypi|pythonhosted|npmjs|deb\.debian|devpi|artifactory|nexus)[\w.-]*"
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"
)
THIS = Path("tests/house/test_no_machine_in_files.py")


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path}:{number}: {match.group()}"
        for path in files()
        if path != THIS
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if (match := MACHINE.search(line))
    ]

    assert not found, "Use a path relative to the repository, and let pip find its registry itself:\n" + "\n".join(
        found
    )


def test_constraints_are_exact_versions_of_other_peoples_packages() -> None:
    lines = [line for line in text_of(Path("constraints.txt")).splitlines() if not line.startswith("#")]

    assert len(lines) > 50
    odd = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.!+]*", line)]
    assert odd == []
    assert not [line for line in lines if line.startswith("handrail")]


@pytest.mark.parametrize(
    "line",
    [
        "cd /work/main",
        'venv = "/root/project/.venv"',
        "see /home/maria/notes",
        r"C:\Users\maria",
        "https://pypi.example.org/simple",
        "https://files.pythonhosted.org/packages/x.whl",
        "pip install --index-url x",
    ],
)
def test_a_line_that_names_one_is_found(line: str) -> None:
    assert MACHINE.search(line)


@pytest.mark.parametrize("line", ["/v1/work/{reference}", "goto(/work/refund-ab12)", "framework/root.py"])
def test_a_line_of_ours_is_left_alone(line: str) -> None:
    assert not MACHINE.search(line)
