"""Runs a connector's conformance suite in a process of its own and tells what is missing."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree


@dataclass
class Proof:
    passed: int = 0
    skipped: int = 0
    exempt: int = 0
    missing: list[str] = field(default_factory=list)
    """One sentence per check that did not pass, with the reason."""

    def __str__(self) -> str:
        counts = f"{self.passed} checks passed, {len(self.missing)} failed, {self.skipped} do not apply"
        return f"{counts}, {self.exempt} exempt"


def run_suite(root: Path, test: Path) -> Proof:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", str(test)]
        ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if not report.exists():
            return Proof(missing=[f"the suite did not run: {(ran.stderr or ran.stdout).strip()[-500:]}"])
        return _read(ElementTree.parse(report))


def _read(report: "ElementTree.ElementTree[ElementTree.Element]") -> Proof:
    proof = Proof()
    for case in report.iter("testcase"):
        failed = [*case.iter("failure"), *case.iter("error")]
        skipped = case.find("skipped")
        if failed:
            said = failed[0].get("message", "").strip().splitlines() or ["no reason given"]
            proof.missing.append(f"{_sentence(case.get('name', ''))}: {said[0]}")
        elif skipped is None:
            proof.passed += 1
        elif skipped.get("type") == "pytest.xfail":
            proof.exempt += 1
        else:
            proof.skipped += 1
    return proof


def _sentence(test: str) -> str:
    """`test_w7_the_finder_walks[open_case]` is `W7 the finder walks (open_case)`."""
    check, _, operation = test.removeprefix("test_").partition("[")
    number, _, words = check.partition("_")
    return f"{number.upper()} {words.replace('_', ' ')}" + (f" ({operation[:-1]})" if operation else "")
