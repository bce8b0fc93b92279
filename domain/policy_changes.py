"""What a change of a policy document makes wider or narrower.

Who may do what up to which amount is compared by asking the rules (`domain.boundaries`); the other words by the
direction in which each of them gives more freedom. A word whose direction nobody has told counts as wider: a person
looks at it.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.autonomy import Autonomy
from domain.boundaries import NEVER, Say, ask, spans
from domain.calls import ActorKind
from domain.money import Money
from domain.policies import AuthorityPolicy, PolicyBase
from domain.values import Value


class Direction(StrEnum):
    WIDER = "wider"
    NARROWER = "narrower"
    OTHER = "other"
    """Neither: a clock, an order, a text."""
    UNKNOWN = "unknown"


class Change(Value):
    """One difference, in words."""

    policy: str
    what: str
    before: str
    after: str
    direction: Direction

    @property
    def wider(self) -> bool:
        return self.direction in (Direction.WIDER, Direction.UNKNOWN)


_PROBED = {
    "currencies", "assurance", "payee_change_level", "confirm_above", "auto_up_to", "approval", "per_action",
    "autonomy", "autonomy_in",
}  # fmt: skip
_MORE_IS_WIDER = {
    "customer_day", "ai_agent_hour", "ai_agent_hour_count", "window_days", "statuses", "reasons", "to_stored_value",
    "cancel_reasons", "open_statuses", "after_sales_statuses", "like_for_like", "up_to", "kinds", "recent_claims",
    "late_notice_days", "evidence_above", "within", "max_failures", "valid_for", "level", "channels",
    "code_expires_after", "max_wrong", "codes_per_call", "codes_per_customer_day", "confirmation_expires_after",
    "reopen_days", "priority_ceiling", "ai_agent_hours", "escalate_to", "currencies", "expires_after", "bulk_up_to",
    "ahead_days", "most_moves",
}  # fmt: skip
_LESS_IS_WIDER = {
    "locking_changes", "one_request_per_order", "lock_for", "digits", "new_coverage_days", "facts", "evidence",
    "attachments", "confirm", "order", "needs", "rejection_stands_for", "notice",
}  # fmt: skip
_NEITHER = {
    "tender_order", "refund_days", "remind_every", "escalate_after", "info_expires_after", "info_remind_every", "text",
    "queues", "queue", "title", "targets", "calendars", "remind_at", "escalate_first_response", "escalate_resolution",
    "same_subject", "same_text", "related_days", "recent_days", "look_every", "remedy", "events", "priority", "roles",
    "lasts", "offers",
}  # fmt: skip
_DURATION = TypeAdapter(timedelta)
_RANKS = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


def changes(old: PolicyBase, new: PolicyBase) -> list[Change]:
    """Authority first, then the document's other words, by name."""
    found: list[Change] = []
    if isinstance(old, AuthorityPolicy) and isinstance(new, AuthorityPolicy):
        found += _authority(old, new)
    else:
        found += _autonomy(old, new)
    skipped = {"policy", "version", "switched", *_PROBED} if isinstance(new, AuthorityPolicy) else {"policy", "version"}
    skipped |= {"switched", "autonomy", "autonomy_in"}
    before, after = old.model_dump(mode="json", exclude=skipped), new.model_dump(mode="json", exclude=skipped)
    return found + list(_words(new.policy, "", before, after))


def same_version(old: PolicyBase, new: PolicyBase) -> bool:
    """Other rules under the same version: the record would say one name for both."""
    return old.version == new.version and old.digest != new.digest


def _authority(old: AuthorityPolicy, new: AuthorityPolicy) -> Iterator[Change]:
    before, after = set(old.currencies), set(new.currencies)
    for currency in sorted(before ^ after):
        words = ("never", "within the limits") if currency in after else ("within the limits", "never")
        yield _change(new.policy, f"requests in {currency}", *words, currency in after)
    currency = min(before & after, key=old.currencies.index, default="")  # limits are alike in all of them
    for kind in ActorKind if currency else ():
        for segment in ["", *sorted({*old.autonomy_in, *new.autonomy_in})]:
            yield from _spans(old, new, kind, segment, currency)


def _spans(
    old: AuthorityPolicy, new: AuthorityPolicy, kind: ActorKind, segment: str, currency: str
) -> Iterator[Change]:
    """Ranges of amounts of which the rules now say another thing, joined where they say the same."""
    edges = {
        span.up_to for policy in (old, new) for span in spans(policy, kind, segment, currency) if span.up_to is not None
    }
    met: list[tuple[int, int | None, Say, Say]] = []
    for above, top in pairwise([-1, *sorted(edges), None]):
        assert above is not None
        before, after = (ask(policy, kind, above + 1, segment, currency) for policy in (old, new))
        if segment and (before, after) == tuple(ask(p, kind, above + 1, "", currency) for p in (old, new)):
            continue  # told without the segment already
        if met and met[-1][1] == above and met[-1][2:] == (before, after):
            met[-1] = (met[-1][0], top, before, after)
        else:
            met.append((above, top, before, after))
    where = f"{kind} agents{f' ({segment})' if segment else ''}"
    for above, top, before, after in met:
        if words(before) != words(after):
            what = f"{where}, {amounts(above, top, currency)}"
            yield Change(
                policy=new.policy, what=what, before=words(before), after=words(after),
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


def _autonomy(old: PolicyBase, new: PolicyBase) -> Iterator[Change]:
    """Of documents without amounts."""
    for segment in ["", *sorted({*old.autonomy_in, *new.autonomy_in})]:
        for kind in ActorKind:
            before, after = old.autonomy_of(kind, segment), new.autonomy_of(kind, segment)
            if before is not after and (not segment or before is not old.autonomy_of(kind)):
                name = f"autonomy of {kind} agents{f' ({segment})' if segment else ''}"
                yield _change(new.policy, name, before, after, Autonomy(after).rank > Autonomy(before).rank)


def _words(policy: str, path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from _words(policy, f"{path}.{name}" if path else name, before.get(name), after.get(name))
        return
    names = path.split(".")
    named = next((name for name in reversed(names) if name in _MORE_IS_WIDER | _LESS_IS_WIDER | _NEITHER), "")
    if not named:
        direction = Direction.UNKNOWN
    elif named in _NEITHER:
        direction = Direction.OTHER
    else:
        direction = _compared(before, after, more=named in _MORE_IS_WIDER)
    yield Change(policy=policy, what=path, before=_say(before), after=_say(after), direction=direction)


def _compared(before: Any, after: Any, *, more: bool) -> Direction:
    """More is wider, or less is; None: without limit, or (under a name) not there."""
    if isinstance(before, list) and isinstance(after, list):
        gained, lost = [x for x in after if x not in before], [x for x in before if x not in after]
        grows, shrinks = bool(gained), bool(lost)
    else:
        then, now = _size(before), _size(after)
        if then is None or now is None:
            return Direction.UNKNOWN
        grows, shrinks = now > then, now < then
    widens, narrows = (grows, shrinks) if more else (shrinks, grows)
    return Direction.WIDER if widens else Direction.NARROWER if narrows else Direction.OTHER


def _size(value: Any) -> float | None:
    if value is None:
        return float("inf")
    if isinstance(value, (bool, int, float)):
        return float(value)
    if value in _RANKS:
        return _RANKS[value]
    try:
        return _DURATION.validate_python(value).total_seconds()
    except ValidationError:
        return None


def _change(policy: str, what: str, before: Any, after: Any, wider: bool) -> Change:
    direction = Direction.WIDER if wider else Direction.NARROWER
    return Change(policy=policy, what=what, before=_say(before), after=_say(after), direction=direction)


def _say(value: Any) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(_say, value)) or "none" if isinstance(value, list) else str(value)
