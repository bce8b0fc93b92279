"""The calls that a scenario makes at the systems, found by watching a clean run; and the faults that can hit them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from handrail.simulators.calls import OPERATIONS
from tests.full.matrix import KINDS, READS_ONLY
from tests.full.world import Subject

Fault = dict[str, Any]
_SORTS = (
    ("error_before", "lost_answer", "rate_limited", "cut", "slow", "error_after"),
    ("garbage", "wrong_shape", "stale", "html"),
    ("refuse", "refuse_200"),
)
"""A read may fail and pass, say what cannot be understood or is no longer so, or be refused."""


@dataclass(frozen=True)
class Call:
    """The `after + 1`-th call of an operation that one run makes, among those that are aimed at in the same way."""

    operation: str
    aim: str
    """`reference`: it carries the run's, or reads an object that does. `path`: it names the subject."""
    after: int

    def __str__(self) -> str:
        return f"{self.operation} {self.after + 1}"

    @property
    def writes(self) -> bool:
        return OPERATIONS[self.operation].writes

    def kinds(self, turn: int) -> list[str]:
        """All that can go wrong with a write. Of a read, one of each sort, another at each turn: reads are many, and
        what a run makes of a failed one rests on its sort."""
        if self.writes:
            return [kind for kind in KINDS if kind not in READS_ONLY]
        return [sort[turn % len(sort)] for sort in _SORTS]

    def fault(self, kind: str, who: Subject, run: str, times: int | None, **more: Any) -> Fault:
        aim = {"reference_contains": run} if self.aim == "reference" else {"path_contains": who.tag}
        if kind == "rate_limited":
            more["retry_after_s"] = 0.3
        return {"operation": self.operation, "kind": kind, "times": times, "after": self.after} | aim | more


def calls(log: Iterable[dict[str, Any]], who: Subject, run: str) -> list[Call]:
    """Of the systems' log of one run, in order. Raises AssertionError for a call that no fault could be aimed at."""
    found: list[Call] = []
    made: Counter[tuple[str, str]] = Counter()
    for seen in log:
        operation, path = seen["operation"], unquote(seen["path"])
        aim = "reference" if run in seen["reference"] or who.tag not in path else "path"
        found.append(Call(operation, aim, made[operation, aim]))
        made[operation, aim] += 1
        if aim == "reference" and who.tag in path:
            made[operation, "path"] += 1
    return found
