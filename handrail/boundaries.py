"""What a policy in force allows, as rows that a person reads."""

from typing import Any

from domain.boundaries import spans
from domain.calls import ActorKind
from domain.policies import AuthorityPolicy, CustomerPolicy, PolicyBase
from domain.policy_changes import amounts, words

_COUNTS = {
    "max_failures": "at most {} failed attempts, then it is locked",
    "max_wrong": "at most {} wrong codes, then it is locked",
    "codes_per_call": "per conversation: at most {} codes",
    "codes_per_customer_day": "per customer and day: at most {} codes",
    "window_days": "within {} days",
    "level": "gives the caller assurance level {}",
}
ALL = "all"
"""Customers of no segment, and of those in which nothing else is said."""


def outline(document: PolicyBase) -> dict[str, Any]:
    """`rows`: per kind of actor, segment of the process, segment of customers, and range of amounts; `limits`: what
    counts over time, and whatever the amount, in words."""
    rows: list[dict[str, str]] = []
    for kind in ActorKind:
        for segment in ["", *sorted(document.autonomy_in)]:
            if segment and document.autonomy_of(kind, segment) is document.autonomy_of(kind):
                continue
            rows += _rows(document, kind, segment)
    for told in _segments(document):
        rows += _otherwise(document, told)
    return {
        "policy": document.policy,
        "version": document.version,
        "digest": document.digest,
        "rows": rows,
        "limits": [*_limits(document), *_limits_of_segments(document)],
    }


def _segments(document: PolicyBase) -> list[CustomerPolicy]:
    """The document as it counts in each segment of customers, in the order in which they are tried."""
    if not isinstance(document, CustomerPolicy):
        return []
    return [document.in_segment(segment.name) for segment in document.segments]


def _otherwise(document: PolicyBase, told: CustomerPolicy) -> list[dict[str, str]]:
    """Only what differs from what holds for all."""
    rows: list[dict[str, str]] = []
    for kind in ActorKind:
        for part in ["", *sorted({*document.autonomy_in, *told.autonomy_in})]:
            mine, for_all = _rows(told, kind, part), _rows(document, kind, part)
            same = [row | {"customers": ALL} for row in mine] == for_all
            as_whole = part and [row | {"who": str(kind)} for row in mine] == _rows(told, kind, "")
            rows += [] if same or as_whole else mine
    return rows


def _rows(document: PolicyBase, kind: ActorKind, segment: str) -> list[dict[str, str]]:
    row = {
        "who": f"{kind}{f' ({segment})' if segment else ''}",
        "customers": getattr(document, "segment", "") or ALL,
        "autonomy": str(document.autonomy_of(kind, segment)),
    }
    if not isinstance(document, AuthorityPolicy):
        return [{**row, "amount": "no amounts", "needs": "see the limits below"}]
    currency = document.currencies[0]
    return [
        {**row, "amount": amounts(span.above, span.up_to, currency), "needs": words(span.say)}
        for span in spans(document, kind, segment)
    ]


def _limits(document: PolicyBase) -> list[str]:
    said = document.model_dump(mode="json")
    told = _over_time(document)
    told += [text.format(said[name]) for name, text in _COUNTS.items() if said.get(name) is not None]
    if isinstance(document, AuthorityPolicy):
        told.append(f"in {', '.join(document.currencies)}, each at face value")
    if ceiling := said.get("priority_ceiling"):
        told.append(f"highest priority: {', '.join(f'{kind} {top}' for kind, top in ceiling.items())}")
    if isinstance(document, AuthorityPolicy) and document.cooling_off:
        told.append(document.cooling_off.told())
    if isinstance(document, CustomerPolicy) and document.case:
        told += document.case.told()
    return [*told, *document.limits_in_words()]


def _over_time(document: PolicyBase) -> list[str]:
    currency = document.currencies[0] if isinstance(document, AuthorityPolicy) else "EUR"
    limits = document.limits if isinstance(document, CustomerPolicy) else []
    return [text for limit in limits for text in limit.told(currency)]


def _limits_of_segments(document: PolicyBase) -> list[str]:
    for_all = [*_over_time(document), *document.limits_in_words()]
    return [
        f"{told.segment}: {text}"
        for told in _segments(document)
        for text in [*_over_time(told), *told.limits_in_words()]
        if text not in for_all
    ]
