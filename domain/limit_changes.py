"""What a change of a document makes wider or narrower over time, and for which customers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from domain.changes import Change, Direction, named, say, with_customers
from domain.cooling import CoolingOff
from domain.limits import NO_MONEY
from domain.policies import AuthorityPolicy, CustomerPolicy, PolicyBase
from domain.velocity import VelocityLimit


def segment_changes(old: CustomerPolicy, new: CustomerPolicy) -> Iterator[Change]:
    """Who is in which segment: a person looks at it, for whom it is wider depends on the customer."""
    before = {segment.name: segment.labels for segment in old.segments}
    after = {segment.name: segment.labels for segment in new.segments}
    for name in named(old, new)[1:]:
        if before.get(name) != after.get(name):
            labels = [say(found.get(name)) for found in (before, after)]
            yield Change(
                policy=new.policy, what=f"labels of customers {name}", before=labels[0], after=labels[1],
                direction=Direction.UNKNOWN,
            )  # fmt: skip
    if list(before) != list(after) and sorted(before) == sorted(after):
        yield Change(
            policy=new.policy, what="order of the segments of customers", before=say(list(before)),
            after=say(list(after)), direction=Direction.UNKNOWN,
        )  # fmt: skip


def limit_changes(old: CustomerPolicy, new: CustomerPolicy) -> Iterator[Change]:
    """Over time: per limit, and where a segment of customers has another number."""
    for customers in named(old, new):
        before, after = ({limit.name: limit for limit in p.in_segment(customers).limits} for p in (old, new))
        for_all = [{limit.name: limit for limit in p.limits} for p in (old, new)]
        for name in dict.fromkeys([*before, *after]):
            pair = before.get(name), after.get(name)
            same = customers and pair == (for_all[0].get(name), for_all[1].get(name))
            if pair[0] != pair[1] and not same:
                what = f"limit {name}{with_customers(customers)}"
                yield _limit(new.policy, what, *pair, currency=_currency(new))


def cooling_changes(old: PolicyBase, new: PolicyBase) -> Iterator[Change]:
    """Of what is held up after the customer's record was changed."""
    before, after = (getattr(policy, "cooling_off", None) for policy in (old, new))
    if before == after:
        return
    told = [say(of.told() if isinstance(of, CoolingOff) else of) for of in (before, after)]
    freer = after is None or (before is not None and any(now < then for then, now in _hurdles(before, after)))
    direction = Direction.WIDER if freer else Direction.NARROWER
    yield Change(policy=new.policy, what="cooling-off", before=told[0], after=told[1], direction=direction)


def _hurdles(old: Any, new: Any) -> list[tuple[float, float]]:
    """What stands in the way, before and after. Of a duration alone (no code to a young address), how long."""
    if isinstance(old, timedelta):
        return [(old.total_seconds(), new.total_seconds())]
    lost = set(old.after) - set(new.after)
    more_may = set(new.roles) - set(old.roles)
    lasts = old.lasts.total_seconds(), new.lasts.total_seconds()
    return [lasts, (old.level, new.level), (old.approvers, new.approvers), (1, 1 - len(lost)), (1, 1 - len(more_may))]


def _limit(policy: str, what: str, old: VelocityLimit | None, new: VelocityLimit | None, *, currency: str) -> Change:
    told = ["; ".join(limit.told(currency)) if limit else "nothing" for limit in (old, new)]
    if old is None or new is None:
        direction = Direction.NARROWER if new else Direction.WIDER
    elif old.model_dump(exclude=_NUMBERS) != new.model_dump(exclude=_NUMBERS):
        direction = Direction.UNKNOWN
    else:
        pairs = [(_most(old.amount), _most(new.amount)), (_most(old.count), _most(new.count))]
        pairs.append((-old.within.total_seconds(), -new.within.total_seconds()))
        direction = Direction.WIDER if any(now > then for then, now in pairs) else Direction.NARROWER
    return Change(policy=policy, what=what, before=told[0], after=told[1], direction=direction)


_NUMBERS = {"amount", "count", "within"}


def _most(number: int | None) -> float:
    return float("inf") if number is None else number


def _currency(policy: CustomerPolicy) -> str:
    return policy.currencies[0] if isinstance(policy, AuthorityPolicy) else NO_MONEY
