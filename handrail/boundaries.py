"""What a policy in force allows, as rows that a person reads."""

from typing import Any

from domain.boundaries import spans
from domain.calls import ActorKind
from domain.money import Money
from domain.policies import AuthorityPolicy, PolicyBase
from domain.policy_changes import amounts, words

_PER = {
    "customer_day": "per customer and day: at most {}",
    "ai_agent_hour": "per AI agent and hour: at most {}",
}
_COUNTS = {
    "ai_agent_hour_count": "per AI agent and hour: at most {} times",
    "max_failures": "at most {} failed attempts, then it is locked",
    "max_wrong": "at most {} wrong codes, then it is locked",
    "codes_per_call": "per conversation: at most {} codes",
    "codes_per_customer_day": "per customer and day: at most {} codes",
    "window_days": "within {} days",
    "level": "gives the caller assurance level {}",
}


def outline(document: PolicyBase) -> dict[str, Any]:
    """`rows`: per kind of actor, segment and range of amounts; `limits`: what counts over time, in words."""
    rows: list[dict[str, str]] = []
    for kind in ActorKind:
        for segment in ["", *sorted(document.autonomy_in)]:
            if segment and document.autonomy_of(kind, segment) is document.autonomy_of(kind):
                continue
            rows += _rows(document, kind, segment)
    return {
        "policy": document.policy,
        "version": document.version,
        "digest": document.digest,
        "rows": rows,
        "limits": _limits(document),
    }


def _rows(document: PolicyBase, kind: ActorKind, segment: str) -> list[dict[str, str]]:
    row = {"who": f"{kind}{f' ({segment})' if segment else ''}", "autonomy": str(document.autonomy_of(kind, segment))}
    if not isinstance(document, AuthorityPolicy):
        return [{**row, "amount": "no amounts", "needs": "see the limits below"}]
    currency = document.currencies[0]
    return [
        {**row, "amount": amounts(span.above, span.up_to, currency), "needs": words(span.say)}
        for span in spans(document, kind, segment)
    ]


def _limits(document: PolicyBase) -> list[str]:
    said = document.model_dump(mode="json")
    currency = document.currencies[0] if isinstance(document, AuthorityPolicy) else "EUR"
    told = [text.format(Money(minor=said[name], currency=currency)) for name, text in _PER.items() if said.get(name)]
    told += [text.format(said[name]) for name, text in _COUNTS.items() if said.get(name) is not None]
    if isinstance(document, AuthorityPolicy):
        told.append(f"in {', '.join(document.currencies)}, each at face value")
    if ceiling := said.get("priority_ceiling"):
        told.append(f"highest priority: {', '.join(f'{kind} {top}' for kind, top in ceiling.items())}")
    return told + document.limits_in_words()
