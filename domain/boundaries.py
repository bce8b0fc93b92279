"""What may be done up to which amount, found by asking the rules themselves.

No limit is read and judged a second time here: the shared rules of `standing` are put to a caller with every level of
assurance, for each amount at which the document could change its mind. So this cannot say other than what they do.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from domain.assurance import Assurance
from domain.calls import Actor, ActorKind
from domain.money import Money
from domain.policies import AuthorityPolicy
from domain.standing import Standing, approved, assured, autonomous, confirmed, within_cap
from domain.values import Value
from domain.verdicts import AskApproval

_AT = datetime(2000, 1, 1, tzinfo=UTC)
LEVELS = range(5)
NEVER = 5
"""More assurance than there is."""


class Say(Value):
    """What the rules say of one amount, for one kind of actor."""

    refused: str = ""
    """The rule that refuses it, whoever approves."""
    level: int = 0
    """Assurance of the caller that is enough."""
    payee_level: int = 0
    """... when money goes to another instrument than the one that paid."""
    confirm: bool = False
    roles: list[str] = []
    """Who must approve; empty: nobody."""
    approvers: int = 0
    suggests: bool = False
    """It is only suggested: a person approves it, or takes the run over."""


class Span(Value):
    """Amounts from `above` (exclusive; -1: from nothing) up to `up_to` (inclusive; None: without end)."""

    above: int
    up_to: int | None
    say: Say


def spans(policy: AuthorityPolicy, kind: ActorKind, segment: str = "", currency: str = "") -> list[Span]:
    """From zero upwards, without a gap; neighbours differ."""
    edges = sorted(_edges(policy))
    tops: list[int | None] = [*edges, None]
    found: list[Span] = []
    for above, top in pairwise([-1, *tops]):
        assert above is not None
        say = ask(policy, kind, above + 1, segment, currency)
        if found and found[-1].say == say:
            found[-1] = found[-1].model_copy(update={"up_to": top})
        else:
            found.append(Span(above=above, up_to=top, say=say))
    return found


def ask(policy: AuthorityPolicy, kind: ActorKind, minor: int, segment: str = "", currency: str = "") -> Say:
    """Everything that stands before an action of this amount."""
    amount = Money(minor=minor, currency=currency or policy.currencies[0])
    process = policy.policy
    who = Standing(actor=Actor(id="boundaries", kind=kind))
    gate = autonomous(amount, "", policy, who, process, segment) or approved(amount, "", policy, who, process)
    refusal = within_cap(amount, policy, who.actor, process)
    if refusal is None and gate is not None and not isinstance(gate, AskApproval):
        refusal = gate
    if refusal:
        return Say(refused=refusal.rule)
    wanted = gate if isinstance(gate, AskApproval) else None
    return Say(
        level=_level(amount, policy, kind, other_payee=False),
        payee_level=_level(amount, policy, kind, other_payee=True),
        confirm=confirmed(amount, "", "", policy, who, process) is not None,
        roles=wanted.roles if wanted else [],
        approvers=wanted.approvers if wanted else 0,
        suggests=wanted is not None and wanted.rule.endswith(".suggest"),
    )


def _level(amount: Money, policy: AuthorityPolicy, kind: ActorKind, *, other_payee: bool) -> int:
    """The lowest level of assurance with which the rule is content."""
    for level in LEVELS:
        seen = Assurance(tenant="t", call_id="c", customer_id="C", level=level, expires_at=_AT + timedelta(hours=1))
        standing = Standing(actor=Actor(id="boundaries", kind=kind), assurance=seen)
        if assured(amount, "C", policy, standing, _AT, other_payee=other_payee, process=policy.policy) is None:
            return level
    return NEVER


def _edges(policy: AuthorityPolicy) -> set[int]:
    """Every number in the document is an amount at which a rule might change its mind; one above it, it has."""
    return {0, *(number for number in _numbers(policy.model_dump(mode="json")) if number >= 0)}


def _numbers(part: Any) -> Iterator[int]:
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _numbers(inner)
    elif isinstance(part, int) and not isinstance(part, bool):
        yield part
