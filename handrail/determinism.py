"""What workflow code must not do: it is replayed, and must do the same again.

Temporal's sandbox watches for this while a workflow runs, by loading its modules anew for each run: measured, that was
more than a third of a worker's CPU (docs/performance.md). The same things are looked for here in the sources, once,
when a worker starts and in CI.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

_MODULES = {
    "time": "workflow.now() and workflow.sleep()", "random": "workflow.random()", "secrets": "workflow.random()",
    "uuid": "workflow.uuid4()", "os": "a setting read in an activity", "threading": "asyncio", "socket": "an activity",
    "subprocess": "an activity", "sqlite3": "an activity", "pathlib": "an activity", "tempfile": "an activity",
    "shutil": "an activity", "httpx": "an activity", "aiohttp": "an activity", "requests": "an activity",
}  # fmt: skip
_CALLS = {
    "datetime.now": "workflow.now()", "datetime.utcnow": "workflow.now()", "datetime.today": "workflow.now()",
    "date.today": "workflow.now().date()", "asyncio.wait": "workflow.wait()",
    "asyncio.as_completed": "workflow.as_completed()", "asyncio.to_thread": "an activity",
    "open": "an activity", "input": "an update", "__import__": "an import",
}  # fmt: skip


class NotReplayable(Exception):
    """Names each file, line and what to use instead."""


def check_workflows(folder: Path) -> None:
    """Raises NotReplayable when a process file or the machinery would not replay the same."""
    faults = [fault for file in sorted(folder.glob("*.py")) for fault in faults_of(file.read_text(), file.name)]
    if faults:
        raise NotReplayable("\n".join(faults))


def faults_of(source: str, name: str) -> list[str]:
    """What is wrong, in sentences; empty when it may be replayed."""
    found = [fault for node in ast.walk(ast.parse(source)) for fault in _faults(node)]
    return [
        f"workflows/{name} line {line}: a workflow is replayed; use {use}, not {what}." for line, what, use in found
    ]


def _faults(node: ast.AST) -> Iterator[tuple[int, str, str]]:
    match node:
        case ast.Import(names=names):
            imported = [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            imported = [module]
        case ast.Call(func=func):
            called = ast.unparse(func)
            for known, use in _CALLS.items():
                if called == known or called.endswith(f".{known}"):
                    yield node.lineno, f"{known}()", use
            return
        case ast.Global(names=globals_):
            yield node.lineno, f"global {', '.join(globals_)}", "the workflow's own attributes"
            return
        case _:
            return
    for module in imported:
        if instead := _MODULES.get(module.partition(".")[0]):
            yield node.lineno, f"the module {module}", instead
