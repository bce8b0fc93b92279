"""The fault matrix: each fault at each step of the refund, and what the right end is."""

from dataclasses import dataclass
from typing import Any

from tests.full.ends import Expected
from tests.full.world import Subject

KINDS = (
    "slow", "rate_limited", "error_before", "error_after", "lost_answer", "cut", "garbage", "wrong_shape", "html",
    "refuse", "refuse_200", "no_op", "stale", "key_ignored",
)  # fmt: skip
REFUSALS = ("refuse", "refuse_200")
WRITES_ONLY, READS_ONLY = ("no_op", "key_ignored"), ("stale",)

BOTH_TENDERS = {"card": 1_500, "gift": 500}


@dataclass(frozen=True)
class Step:
    """An operation of the systems at one place of the refund."""

    name: str
    operation: str
    by_path: str = ""
    """`order` or `customer`: a read that carries no reference is aimed at by its path."""
    after: int = 0
    """How many calls of the operation the run makes before this one."""
    writes: bool = False
    before_money: bool = False
    """A refusal here takes the run back; later ones leave it to a person."""
    undoing: bool = False
    """It happens only because billing refuses the refund."""

    def kinds(self) -> list[str]:
        return [kind for kind in KINDS if kind not in (READS_ONLY if self.writes else WRITES_ONLY)]


STEPS = (
    Step("get_order", "get_order", by_path="order"),
    Step("get_payments", "get_payments", by_path="order"),
    Step("get_customer", "get_customer", by_path="customer"),
    Step("find_cases", "find_cases", by_path="customer"),
    Step("open_case", "open_case", writes=True, before_money=True),
    Step("get_case (read back)", "get_case"),
    Step("set_mark", "set_mark", writes=True, before_money=True),
    Step("get_order (mark read back)", "get_order", by_path="order", after=1),
    Step("refund", "refund", writes=True, before_money=True),
    Step("refund (second tender)", "refund", writes=True, after=1),
    Step("get_refund (read back)", "get_refund"),
    Step("add_note", "add_note", writes=True),
    Step("find_notes (read back)", "find_notes"),
    Step("update_case (resolve)", "update_case", writes=True),
    Step("get_case (resolution read back)", "get_case", after=1),
    Step("clear_mark (undo)", "clear_mark", writes=True, undoing=True),
    Step("get_order (undo read back)", "get_order", by_path="order", after=2, undoing=True),
    Step("find_cases (undo)", "find_cases", undoing=True),
    Step("update_case (undo)", "update_case", writes=True, undoing=True),
    Step("get_case (undo read back)", "get_case", after=1, undoing=True),
)


@dataclass(frozen=True)
class Cell:
    """One fault at one step; `times` None: until it is cleared."""

    step: Step
    kind: str
    times: int | None
    who: Subject

    def __str__(self) -> str:
        lasting = "until cleared" if self.times is None else f"{self.times}x"
        return f"{self.kind} {lasting} at {self.step.name}, order {self.who.order}"

    def faults(self, reference: str) -> list[dict[str, Any]]:
        step = self.step
        fault: dict[str, Any] = {
            "operation": step.operation,
            "kind": self.kind,
            "times": self.times,
            "after": step.after,
        }
        if self.kind == "rate_limited":
            fault["retry_after_s"] = 0.3
        aim = {"order": self.who.order, "customer": self.who.customer}.get(step.by_path)
        aimed = {"path_contains": aim} if aim else {"reference_contains": reference}
        return [fault | aimed, *self.standing(reference)]

    def standing(self, reference: str) -> list[dict[str, Any]]:
        """What is refused all the time, so that the step is reached at all."""
        refusal = {"operation": "refund", "kind": "refuse", "reference_contains": reference}
        return [refusal] if self.step.undoing else []

    def right(self) -> Expected:
        if self.step.undoing or (self.step.before_money and self.kind in REFUSALS):
            return Expected("undone")
        return refunded(self.who)


def refunded(who: Subject) -> Expected:
    """The first line went back to both tenders."""
    return Expected("done", {f"{tender}-{who.tag}": minor for tender, minor in BOTH_TENDERS.items()})
