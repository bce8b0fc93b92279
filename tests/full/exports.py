"""What the systems hold of one subject, in a form in which two subjects of one scenario can be compared.

Ids and references that are new in each run, and times after the proofs began, are replaced by what they stand for.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.full.rig import Rig
from tests.full.world import Subject

Row = dict[str, Any]
Holdings = dict[str, list[Row]]
"""By part of the export: the rows of one subject."""
TAG = re.compile(r"(?<![0-9a-z])\d{5}p(?![0-9a-z])")
"""Within an id. A run's own may hold the like by chance."""
LATER = "LATER"
AGREED_DAYS = 14
"""Due times that are counted from now are sooner."""
_NEW_ID = re.compile(r"\b(case|refund|charge|note|claim|payout|message|replacement|voucher)-(\d+)\b")
_VOUCHER = re.compile(r"\bRV-(\d+)\b")
_EXPIRY = re.compile(r'"expires_on": "(\d{4}-\d\d-\d\d)"')
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[0-9:.]*(?:Z|\+00:00| UTC)?")
_REFERENCE = re.compile(r"RUN/([a-z_]+?)(\.undo)?\d*/(\d+)")
_CODE = re.compile(r"\b\d{6}\b(?= is your)")


@dataclass
class Export:
    """All systems at one moment, by subject."""

    held: dict[str, Holdings]
    books: Row

    @classmethod
    async def read(cls, rig: Rig) -> "Export":
        document = await rig.admin("GET", "dataset")
        document["messages"] = (await rig.admin("GET", "outbox"))["data"]
        held: dict[str, Holdings] = defaultdict(lambda: defaultdict(list))
        claims = {claim["id"]: json.dumps(claim) for claim in document["claims"]}
        for part, rows in document.items():
            for row in rows if isinstance(rows, list) else ():
                if found := TAG.search(json.dumps(row) + claims.get(row.get("claim_id", ""), "")):
                    held[found[0]][part].append(row)
        return cls(held, await rig.admin("GET", "books"))

    def of(self, who: Subject) -> Holdings:
        return self.held[who.tag]

    def problems(self) -> list[str]:
        """What no end state may show, whatever the case."""
        return [*self.books["problems"], *self.books["doubled"], *self.books["differences"]]


def comparable(held: Holdings, who: Subject, run: str, began: str) -> Holdings:
    """`began`: the time, as the systems write it, from which on times are new; those that lie `AGREED_DAYS` and more
    ahead were agreed with somebody, and stay."""
    agreed = (datetime.fromisoformat(began) + timedelta(days=AGREED_DAYS)).isoformat()
    kept = {part: [_without_plans(row) for row in rows] for part, rows in held.items() if rows}
    text = json.dumps(kept, sort_keys=True)
    text = text.replace(f"default:{run}", "RUN").replace(run, "RUN").replace(who.tag, "TAG")
    text = _REFERENCE.sub(_plain, text)
    text = _TIME.sub(lambda at: LATER if began <= at[0].replace(" ", "T") < agreed else _as_agreed(at[0]), text)
    text = _EXPIRY.sub(lambda on: f'"expires_on": "in {_weeks(began, on[1])} weeks"', text)
    text = _VOUCHER.sub(lambda number: f"voucher-{int(number[1])}", text)
    numbers: dict[str, dict[str, int]] = defaultdict(dict)

    def numbered(id: re.Match[str]) -> str:
        mine = numbers[id[1]]
        return f"{id[1]}-#{mine.setdefault(id[2], len(mine) + 1)}"

    found: Holdings = json.loads(_CODE.sub("CODE", _NEW_ID.sub(numbered, text)))
    return found


def _weeks(began: str, day: str) -> int:
    """Rounded: a proof may last past midnight."""
    return round((date.fromisoformat(day) - date.fromisoformat(began[:10])).days / 7)


def _as_agreed(time: str) -> str:
    """To the minute: systems and record write the same time in different ways."""
    return time[:16].replace(" ", "T")


def _without_plans(row: Row) -> Row:
    """When billing meant to settle is its own business, and so is the order in which a claim's undos came through."""
    kept = {name: value for name, value in row.items() if name != "settles_at"}
    if "diary" in kept:
        kept["diary"] = sorted(kept["diary"], key=lambda entry: (entry["reference"], entry["kind"]))
    return kept


def _plain(reference: re.Match[str]) -> str:
    """A write that was sent anew after a definite failure has another number in the hundreds; a team whose word was
    refused says it again."""
    n = 1 if reference[1] in ("resolve_case", "merge_case") else int(reference[3]) % 100
    return f"RUN/{reference[1]}{reference[2] or ''}/{n}"


def differences(actual: Any, wanted: Any, at: str = "") -> Iterator[str]:
    """`orders[0].status: open, not cancelled`."""
    if isinstance(actual, dict) and isinstance(wanted, dict):
        for name in sorted({*actual, *wanted}):
            yield from differences(actual.get(name), wanted.get(name), f"{at}.{name}".lstrip("."))
    elif isinstance(actual, list) and isinstance(wanted, list) and len(actual) == len(wanted):
        for n, (one, other) in enumerate(zip(actual, wanted, strict=True)):
            yield from differences(one, other, f"{at}[{n}]")
    elif (actual or None) != (wanted or None):
        yield f"{at}: {_short(actual)}, not {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 300 else f"{text[:300]}..."
