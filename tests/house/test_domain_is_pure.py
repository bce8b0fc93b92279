"""`domain` is words and rules: pydantic and the standard library, without I/O, clock, randomness or environment."""

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.house.repository import files, text_of

ALLOWED = {"domain", "pydantic", "pydantic_core", "typing_extensions"}
WORLD = {
    "asyncio", "ftplib", "glob", "http", "io", "multiprocessing", "os", "pathlib", "random", "secrets", "selectors",
    "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
CLOCK_AND_CHANCE = {"now", "today", "utcnow", "uuid1", "uuid4"}
FILES = [path for path in files() if path.parts[0] == "domain" and path.suffix == ".py"]


def impurities(source: str) -> Iterator[str]:
    """One sentence for each thing in the source that a pure module does not do."""
    for node in ast.walk(ast.parse(source)):
        for module in _imported(node):
            if module in WORLD:
                yield f"line {node.lineno} imports {module}: pass the value in as an argument."  # type: ignore[attr-defined]
            elif module not in ALLOWED and module not in sys.stdlib_module_names:
                yield f"line {node.lineno} imports {module}: domain has pydantic and the standard library only."  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and called.attr in CLOCK_AND_CHANCE:
                yield f"line {node.lineno} calls {called.attr}(): pass the time or the id in as an argument."
            if isinstance(called, ast.Name) and called.id in CLOCK_AND_CHANCE | {"open", "print", "input"}:
                yield f"line {node.lineno} calls {called.id}(): that is the world, not a rule."


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").split(".")[0]]
    return []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_domain_module_does_not_touch_the_world(path: object) -> None:
    assert list(impurities(text_of(path))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source",
    [
        "import httpx",
        "from temporalio import workflow",
        "from connectors import errors",
        "import os",
        "def f():\n    import random",
        "from datetime import datetime\nat = datetime.now()",
        "import uuid\nid = uuid.uuid4()",
        "text = open('policy.yaml').read()",
    ],
)
def test_an_impure_line_is_found(source: str) -> None:
    assert list(impurities(source))
