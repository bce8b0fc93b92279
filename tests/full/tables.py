"""The table of the matrices: how many cases, and the three numbers that must be zero. Printed when all has run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.full.ends import End

OUT = Path(__file__).resolve().parents[2] / "bench" / "out" / "test-full.txt"
ROW = "full-row"
Row = tuple[str, int, int, int, int]
_HEAD = ("matrix", "cases", "wrong end states", "duplicates", "unowned unknowns")


def row(matrix: str, ends: list[End]) -> Row:
    return (
        matrix, len(ends), sum(bool(e.wrong) for e in ends), sum(bool(e.duplicates) for e in ends),
        sum(bool(e.unowned) for e in ends),
    )  # fmt: skip


def settle(record: Callable[[str, object], None], matrix: str, ends: list[End]) -> None:
    """Notes the row for the table; fails with every case that did not end right."""
    record(ROW, list(row(matrix, ends)))
    bad = [end for end in ends if end.wrong or end.duplicates or end.unowned]
    assert not bad, f"{len(bad)} of {len(ends)} cases of '{matrix}' ended wrong:\n" + "\n".join(map(str, bad))


def summary(stats: dict[str, list[pytest.TestReport]]) -> str:
    """The table of all rows that the tests noted, also kept in a file; empty when no matrix ran."""
    reports = [report for kind in ("passed", "failed") for report in stats.get(kind, [])]
    noted = [value for report in reports for name, value in report.user_properties if name == ROW]
    if not noted:
        return ""
    text = table([tuple(cells) for cells in noted])  # type: ignore[arg-type,misc]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text + "\n")
    return text


def table(rows: list[Row]) -> str:
    total = ("all", *(sum(column) for column in list(zip(*rows, strict=True))[1:]))
    lines = [_HEAD, *sorted(rows), total]
    widths = [max(len(str(line[n])) for line in lines) for n in range(len(_HEAD))]
    shown = ["  ".join(_cells(line, widths)) for line in lines]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([shown[0], rule, *shown[1:-1], rule, shown[-1]])


def _cells(line: tuple[object, ...], widths: list[int]) -> list[str]:
    """The first column to the left, numbers to the right."""
    first, *numbers = zip(map(str, line), widths, strict=True)
    return [first[0].ljust(first[1]), *(number.rjust(width) for number, width in numbers)]
