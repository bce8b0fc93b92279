"""A new vendor's folder and test: complete enough to be imported and checked, honest about what is missing."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from connectors.catalogue import PORTS

_CONNECTOR = '''"""The connector to {title}."""

from pydantic import Field

from connectors.auth import ApiKey, Auth
from connectors.connector import Config, Connector, Manifest
from connectors.effects import Safety, WriteSpec
from connectors.errors import ConnectorError, Unsupported
from connectors.guard import writes
from connectors.replies import Reply
from connectors.secrets import Secret
from connectors.writes import Write
{imports}

class {title}Config(Config):
    api_key: Secret = Field(description="Say where {title} shows it, and which rights it needs.")


class {title}Connector(Connector[{title}Config]):
    manifest = Manifest(id="{name}", version="0.1.0", api_version="")

    def auth(self) -> Auth:
        return ApiKey(self.config.api_key)

    def classify(self, reply: Reply) -> ConnectorError | None:
        """Say what {title}'s own codes mean; None: judged by the status."""
        return None
{methods}'''
_TEST = '''"""{title} passes the conformance kit."""

from typing import Any

import pytest

from connectors.conformance import {suites}
from connectors.{name}.connector import {title}Connector


class Test{title}({suites}):
    connector_type = {title}Connector

    @pytest.fixture
    async def world(self) -> Any:
        pytest.fail("{title} has no world yet: see docs/add-a-connector.md, 'The world'.")
'''
_SUITES = {
    "crm": "CrmConformance",
    "orders": "OrderConformance",
    "billing": "RefundConformance",
    "cases": "CaseConformance",
    "messaging": "MessagingConformance",
    "claims": "ClaimConformance",
    "payouts": "PayoutConformance",
    "events": "EventConformance",
}


def write_vendor(root: Path, name: str, systems: list[str]) -> list[Path]:
    """The files that were made. Raises FileExistsError, KeyError for a system that is none."""
    title = "".join(part.capitalize() for part in name.split("_"))
    ports = [port for system in systems for port in PORTS[system]]
    imports = "\n".join(sorted({line for port in ports for line in _imports(port)}))
    methods = "".join(_methods(port, name) for port in ports)
    suites = ", ".join(_SUITES[system] for system in systems) or "Conformance"
    texts = {
        root / "connectors" / name / "__init__.py": f'"""The connector to {title}."""\n',
        root / "connectors" / name / "connector.py": _CONNECTOR.format(
            name=name, title=title, imports=imports, methods=methods
        ),
        root / "tests" / "connectors" / f"test_{name}.py": _TEST.format(name=name, title=title, suites=suites),
    }
    for path in texts:
        if path.exists():
            raise FileExistsError(f"{path.relative_to(root)} is there already; nothing was written.")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _tidy(root, list(texts))
    return list(texts)


def _methods(port: type, name: str) -> str:
    body = ast.parse(inspect.getsource(port)).body[0]
    assert isinstance(body, ast.ClassDef)
    functions = [f for f in body.body if isinstance(f, (ast.AsyncFunctionDef, ast.FunctionDef))]
    return "".join(f"\n{_method(function, name)}" for function in functions)


def _method(function: ast.AsyncFunctionDef | ast.FunctionDef, name: str) -> str:
    missing = f'        raise Unsupported("{name}: {function.name} is not written yet.")\n'
    kind = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    returns = ast.unparse(function.returns) if function.returns else "None"
    arguments = ast.unparse(function.args)
    if "attempt: " not in arguments:
        return f"    {kind} {function.name}({arguments}) -> {returns}:\n{missing}"
    draft = ast.unparse([*function.args.posonlyargs, *function.args.args][1])
    value = returns.removeprefix("Receipt[").removesuffix("]")
    return (
        f'    @writes(WriteSpec(safety=Safety.NONE, facts="{name}: say where the vendor describes it"))\n'
        f"    async def {function.name}(self, {draft}, w: Write) -> {value}:\n{missing}"
    )


def _imports(port: type) -> list[str]:
    """What the port's signatures need, taken from the port's own imports."""
    module = sys.modules[port.__module__]
    lines = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom) and node.module not in ("typing", None):
            lines += [f"from {node.module} import {alias.name}" for alias in node.names]
        if isinstance(node, ast.ClassDef) and not _is_port(module, node.name):
            lines.append(f"from {port.__module__} import {node.name}")
    return lines


def _is_port(module: ModuleType, name: str) -> bool:
    return bool(getattr(getattr(module, name), "_is_protocol", False))


def _tidy(root: Path, files: list[Path]) -> None:
    """Unused imports go, the rest is sorted and formatted. Without ruff the files stay as they are."""
    names = [str(path.relative_to(root)) for path in files]
    for command in (["check", "--quiet", "--select", "F401,I", "--fix"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *names], cwd=root, check=False)
