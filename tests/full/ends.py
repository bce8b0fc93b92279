"""The right end of a refund, read from the systems' own exports: what moved, what was left behind, what was told."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.full.rig import Rig
from tests.full.world import Subject

Row = dict[str, Any]


@dataclass
class End:
    """How one case ended. A case without problems has three empty lists."""

    case: str
    reference: str = ""
    wrong: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    unowned: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        problems = [*self.wrong, *self.duplicates, *self.unowned]
        return f"{self.case} [{self.reference}]: {'; '.join(problems) or 'right'}"


@dataclass
class Records:
    """An export of all systems, by what a case asks for."""

    books: Row
    refunds: dict[str, list[Row]]
    cases: dict[str, list[Row]]
    notes: dict[str, list[Row]]
    marks: dict[str, list[Row]]

    @classmethod
    async def read(cls, rig: Rig) -> "Records":
        export, books = await rig.admin("GET", "dataset"), await rig.admin("GET", "books")
        order_of = {capture["id"]: capture["order_id"] for capture in export["captures"]}
        refunds = [r | {"order_id": order_of[r["payment_id"]]} for r in export["refunds"] if r["state"] != "failed"]
        marks = {order["id"]: order["marks"] for order in export["orders"]}
        return cls(
            books,
            _by("order_id", refunds),
            _by("order_id", export["cases"]),
            _by("customer_id", export["notes"]),
            marks,
        )

    def problems_of_books(self) -> list[str]:
        return [] if self.books["balanced"] else [f"The books do not balance: {self.books['problems']}."]


@dataclass(frozen=True)
class Expected:
    """`paid`: minor units by instrument; empty: nothing moved and all was taken back."""

    status: str
    paid: dict[str, int] = field(default_factory=dict)


def judge(end: End, who: Subject, answer: Row, history: Row, records: Records, right: Expected) -> End:
    """`end` with all that differs from the right end."""
    if not answer["terminal"]:
        end.unowned.append(f"still {answer['status']}: {answer['say']}")
    if answer["status"] != right.status:
        end.wrong.append(f"it is {answer['status']} ({answer['say']}), not {right.status}")
    if not history["verified"]["ok"]:
        end.wrong.append(f"its evidence does not verify: {history['verified']['problems']}")
    _money(end, records.refunds[who.order], right)
    _case(end, records.cases[who.order], right)
    _count(end, "mark", records.marks[who.order], 1 if right.paid else 0)
    _count(end, "note", records.notes[who.customer], 1 if right.paid else 0)
    return end


def _money(end: End, refunds: list[Row], right: Expected) -> None:
    paid: dict[str, int] = defaultdict(int)
    for refund in refunds:
        paid[refund["instrument_id"]] += refund["amount"]["minor"]
        if refund["state"] != "settled":
            end.unowned.append(f"{refund['id']} is {refund['state']}")
    if len(refunds) > len(right.paid):
        end.duplicates.append(f"{len(refunds)} refunds, not {len(right.paid)}: {[r['reference'] for r in refunds]}")
    if paid != right.paid:
        end.wrong.append(f"refunded {dict(paid)}, not {right.paid}")


def _case(end: End, cases: list[Row], right: Expected) -> None:
    if len(cases) > 1:
        end.duplicates.append(f"{len(cases)} cases: {[c['id'] for c in cases]}")
    wanted = "resolved" if right.paid else "withdrawn"
    left = [f"{c['id']} is {c['state']}, not {wanted}" for c in cases if c["state"] != wanted]
    end.wrong += left
    if right.paid and not cases:
        end.wrong.append("no case")
    if right.paid and any(len(c["comments"]) != 1 for c in cases):
        end.duplicates.append(f"comments on the case: {[c['comments'] for c in cases]}")


def _count(end: End, what: str, found: list[Row], wanted: int) -> None:
    if len(found) > max(wanted, 1):
        end.duplicates.append(f"{len(found)} {what}s")
    elif len(found) != wanted:
        end.wrong.append(f"{len(found)} {what}s, not {wanted}")


def _by(name: str, rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found
