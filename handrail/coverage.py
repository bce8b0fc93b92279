"""What each process is made of, read from its code: steps with undo, rules, gates, policy, packet, tests.

Nothing here is kept by hand (see `handrail.runbooks`). The steps are all that a process *may* take; which of them it
takes depends on the plan.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.policies import ApprovalBand, AuthorityPolicy, CustomerPolicy, PolicyBase
from handrail.policies import Shelf
from handrail.runbooks import Step, functions, parts_planned, rules, steps, written
from workflows._casefile import CaseFile
from workflows._catalog import Tool, tools
from workflows._process import Process

_ASKED = {"not_verified": "verification", "assurance": "step-up", "confirmation": "the caller's yes"}
"""By the rule with which the caller is asked."""


@dataclass
class Covered:
    """One process."""

    process: str
    tools: list[str]
    reads_only: bool
    steps: list[Step] = field(default_factory=list)
    own_books: list[str] = field(default_factory=list)
    """Steps in Handrail's own books: a millisecond's work, safe to repeat."""
    rules: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    """Gates of the caller: `verification`, `the caller's yes`."""
    gates: list[str] = field(default_factory=list)
    """Gates of people: the roles that may be asked."""
    policy: str = ""
    version: str = ""
    packet: str = ""
    tests: int = 0
    test_files: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        return {**vars(self), "steps": [vars(step) for step in self.steps]}


def coverage(shelf: Shelf, tests: Path | None) -> list[Covered]:
    """One entry per process, by name. `tests`: the folder of tests, where there is one."""
    by_process: dict[str, list[Tool]] = {}
    for tool in tools().values():
        by_process.setdefault(tool.process_name, []).append(tool)
    return [_covered(name, mine, shelf, tests) for name, mine in sorted(by_process.items())]


def _covered(name: str, mine: list[Tool], shelf: Shelf, tests: Path | None) -> Covered:
    process = mine[0].process
    model = process.policy_model
    document = model.model_validate(shelf.read(model.name)) if model else None
    found = Covered(process=name, tools=sorted(tool.name for tool in mine), reads_only=process.reads_only)
    reached = list(functions(process))
    found.steps, found.own_books = steps(reached, parts_planned(process, reached))
    if isinstance(document, CustomerPolicy) and document.case and not found.reads_only:
        found.steps += [step for step in steps(written(CaseFile))[0] if step not in found.steps]
    prefixes = {name, *([model.name] if model else [])}
    prefixes |= {prefix.partition("_")[0] for prefix in prefixes}
    found.rules = rules(process, reached, prefixes, model.name if model else name)
    found.asks = [told for rule, told in _ASKED.items() if rule in {spoken.partition(".")[2] for spoken in found.rules}]
    if document:
        found.policy, found.version = document.policy, document.version
    if document:
        found.gates = _roles(document, found.rules)
    plan = process.planned_steps is not Process.planned_steps
    found.packet = (
        "handoff packet" + (" with the plan" if plan else "") + ("" if found.reads_only else ", return packet")
    )
    if tests and tests.is_dir():
        found.test_files, found.tests = _tests(tests, found)
    return found


def _roles(document: PolicyBase, spoken: list[str]) -> list[str]:
    """Those of its bands of approval. Of a document with amounts only where the process asks for approvals at all."""
    if isinstance(document, AuthorityPolicy) and f"{document.policy}.approval" not in spoken:
        return []
    parts = [part for value in dict(document).values() for part in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(role for part in parts if isinstance(part, ApprovalBand) for role in part.roles))


def _tests(folder: Path, covered: Covered) -> tuple[list[str], int]:
    """Test files in the process' own folder, or that name one of its tools; and how many tests they hold."""
    files, count = [], 0
    names = re.compile("|".join(rf"\b{re.escape(tool)}\b" for tool in covered.tools))
    for file in sorted(folder.rglob("test_*.py")):
        text = file.read_text()
        if file.parent.name in (covered.process, covered.policy) or names.search(text):
            files.append(str(file.relative_to(folder)))
            count += len(re.findall(r"^(?:async )?def test_", text, re.MULTILINE))
    return files, count
