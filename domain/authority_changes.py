"""What a change of a document makes wider or narrower of who may do what up to which amount: by asking the rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

from domain.boundaries import NEVER, Say, ask, spans
from domain.calls import ActorKind
from domain.changes import Change, Direction, change, named, with_customers
from domain.money import Money
from domain.policies import AuthorityPolicy

PROBED = {
    "currencies", "assurance", "payee_change_level", "confirm_above", "auto_up_to", "approval", "per_action",
}  # fmt: skip
"""The words that are compared here."""


def authority_changes(old: AuthorityPolicy, new: AuthorityPolicy) -> Iterator[Change]:
    before, after = set(old.currencies), set(new.currencies)
    for currency in sorted(before ^ after):
        words = ("never", "within the limits") if currency in after else ("within the limits", "never")
        yield change(new.policy, f"requests in {currency}", *words, currency in after)
    currency = min(before & after, key=old.currencies.index, default="")  # limits are alike in all of them
    if not currency:
        return
    for customers in named(old, new):
        before_, after_ = old.in_segment(customers), new.in_segment(customers)
        parts = ["", *sorted({*before_.autonomy_in, *after_.autonomy_in})]
        for kind, part in product(ActorKind, parts):
            yield from _spans(_Pair(before_, after_, part, customers), _told_already(old, new, part, customers), kind)


@dataclass(frozen=True)
class _Pair:
    """Two documents as they count in a segment of the process and of the customers."""

    old: AuthorityPolicy
    new: AuthorityPolicy
    part: str = ""
    customers: str = ""

    @property
    def currency(self) -> str:
        return next(currency for currency in self.old.currencies if currency in self.new.currencies)

    def say(self, kind: ActorKind, minor: int) -> tuple[Say, Say]:
        before, after = (ask(policy, kind, minor, self.part, self.currency) for policy in (self.old, self.new))
        return before, after

    def edges(self, kind: ActorKind) -> set[int]:
        found = [span for policy in (self.old, self.new) for span in spans(policy, kind, self.part, self.currency)]
        return {span.up_to for span in found if span.up_to is not None}


def _told_already(old: AuthorityPolicy, new: AuthorityPolicy, part: str, customers: str) -> list[_Pair]:
    """Those that are told before: what is the same there is not told again."""
    wider = [_Pair(old, new)] if part or customers else []
    if part and customers:
        wider += [_Pair(old, new, part), _Pair(old.in_segment(customers), new.in_segment(customers), "", customers)]
    return wider


def _spans(pair: _Pair, told: list[_Pair], kind: ActorKind) -> Iterator[Change]:
    """Ranges of amounts of which the rules now say another thing, joined where they say the same."""
    met: list[tuple[int, int | None, Say, Say]] = []
    edges = pair.edges(kind).union(*(other.edges(kind) for other in told))
    for above, top in pairwise([-1, *sorted(edges), None]):
        assert above is not None
        before, after = pair.say(kind, above + 1)
        if any((before, after) == other.say(kind, above + 1) for other in told):
            continue
        if met and met[-1][1] == above and met[-1][2:] == (before, after):
            met[-1] = (met[-1][0], top, before, after)
        else:
            met.append((above, top, before, after))
    where = f"{kind} agents{f' ({pair.part})' if pair.part else ''}{with_customers(pair.customers)}"
    for above, top, before, after in met:
        if words(before) != words(after):
            what = f"{where}, {amounts(above, top, pair.currency)}"
            yield Change(
                policy=pair.new.policy, what=what, before=words(before), after=words(after),
                direction=_freedom(before, after),
            )  # fmt: skip


def _freedom(before: Say, after: Say) -> Direction:
    """Wider as soon as one thing that stood in the way is lower, whatever else became higher."""
    pairs = list(zip(_hurdles(before), _hurdles(after), strict=True))
    if any(now < then for then, now in pairs) or not set(after.roles) <= set(before.roles or after.roles):
        return Direction.WIDER
    if any(now > then for then, now in pairs) or before.roles != after.roles:
        return Direction.NARROWER
    return Direction.OTHER


def _hurdles(say: Say) -> list[int]:
    """What stands in the way; refused is above all."""
    if say.refused:
        return [1, NEVER + 1, NEVER + 1, 1, 99, 1]
    return [0, say.level, say.payee_level, int(say.confirm), say.approvers, int(say.suggests)]


def amounts(above: int, up_to: int | None, currency: str) -> str:
    low = "from 0.00" if above < 0 else f"above {_plain(above, currency)}"
    return f"{low} {currency}" if up_to is None else f"{low} up to {_plain(up_to, currency)} {currency}"


def words(say: Say) -> str:
    """`level 1, the caller confirms, 2 approvals by supervisor or finance`."""
    if say.refused:
        return f"never ({say.refused})"
    parts = [f"level {say.level}" + (f" ({say.payee_level} to another payee)" * (say.payee_level > say.level))]
    parts += ["the caller confirms"] * say.confirm
    if say.roles:
        plural = "s" * (say.approvers > 1)
        only = "suggested only: " if say.suggests else ""
        parts.append(f"{only}{say.approvers} approval{plural} by {' or '.join(say.roles)}")
    return ", ".join(parts if say.confirm or say.roles else [*parts, "at once"])


def _plain(minor: int, currency: str) -> str:
    return str(Money(minor=minor, currency=currency)).removesuffix(f" {currency}")
