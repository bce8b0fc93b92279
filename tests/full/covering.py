"""Which cases are played: every one there is; or few, in which each thing that is called still meets each fault once.

The choice is the same in each run: places that are alike take turns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.full.calls import Call
from tests.full.cells import Spot
from tests.full.matrix import KINDS, READS_ONLY, REFUSALS, WRITES_ONLY
from tests.full.trail import Trail

_LASTING = ("error_before", "lost_answer", "garbage", "no_op", *REFUSALS)
_LASTING_READS = ("error_before", "garbage", "stale", "refuse")
_FIRST = ("error_before", "lost_answer", "rate_limited", "cut", "no_op", "garbage")
"""After these a write is looked up or sent again."""


@dataclass(frozen=True)
class Case:
    spot: Spot
    kind: str
    times: int | None = 1
    then: str = ""


Pick = Callable[[Spot, int], list[Case]]
"""The cases at one place; the number is the turn, for kinds that take turns."""


def everywhere(trails: Iterable[Trail], pick: Pick) -> list[Case]:
    return [case for turn, spot in enumerate(_spots(trails)) for case in pick(spot, turn)]


def by_tool_and_step(spot: Spot) -> str:
    """The same write of the same step of a tool; its reads of one sort, whatever they are for."""
    return f"{spot.way.scenario.tool} {spot.call.operation} {spot.step if spot.call.writes else ''}"


def once_each(trails: Iterable[Trail], pick: Pick, alike: Callable[[Spot], str], most: int = len(KINDS)) -> list[Case]:
    """At one of the places that are alike, another for each case, far from the last; so many cases for those at the
    most."""
    groups: dict[str, list[Spot]] = defaultdict(list)
    for spot in _spots(trails):
        groups[alike(spot)].append(spot)
    found = []
    for turn, key in enumerate(sorted(groups)):
        cases = [pick(spot, turn) for spot in groups[key]]
        kinds = len(cases[0])
        apart = len(cases) // kinds if 0 < kinds < len(cases) else 1
        for n in [(turn * most + i) % kinds for i in range(min(most, kinds))]:
            found.append(cases[(turn + n * apart) % len(cases)][n])
    return found


def sorted_fault(spot: Spot, turn: int) -> list[Case]:
    """Of a read one of each sort."""
    return [Case(spot, kind) for kind in spot.call.kinds(turn)]


def lasting(spot: Spot, turn: int) -> list[Case]:
    """Of a read one kind."""
    kinds = _LASTING if spot.call.writes else (_LASTING_READS[turn % len(_LASTING_READS)],)
    return [Case(spot, kind, None) for kind in kinds]


def two_faults(spot: Spot, turn: int) -> list[Case]:
    """An attempt at a write fails, and the next in another way."""
    kinds = _kinds(spot.call)
    firsts = _FIRST if spot.call.writes else ()
    return [Case(spot, first, 1, kinds[(turn + 5 * n) % len(kinds)]) for n, first in enumerate(firsts)]


def held(spot: Spot, turn: int) -> list[Case]:
    """At a write, for as long as it takes to kill something."""
    return [Case(spot, "slow", None)] if spot.call.writes else []


def held_after(spot: Spot, turn: int) -> list[Case]:
    """And when it was made: while it is read back."""
    before = spot.way.calls[: spot.way.calls.index(spot.call)]
    return held(spot, turn) or ([Case(spot, "slow", None)] if before and before[-1].writes else [])


def _spots(trails: Iterable[Trail]) -> Iterator[Spot]:
    for trail in trails:
        for way in trail.ways:
            yield from (Spot(trail, way, call) for call in way.calls)


def _kinds(call: Call) -> list[str]:
    return [kind for kind in KINDS if kind not in (READS_ONLY if call.writes else WRITES_ONLY)]
