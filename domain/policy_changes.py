"""What a change of a policy document makes wider or narrower.

Who may do what up to which amount is compared by asking the rules (`domain.boundaries`); the other words by the
direction in which each of them gives more freedom. A word whose direction nobody has told counts as wider: a person
looks at it.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.authority_changes import PROBED, authority_changes
from domain.authority_changes import amounts as amounts
from domain.authority_changes import words as words
from domain.autonomy import Autonomy
from domain.calls import ActorKind
from domain.changes import Change as Change
from domain.changes import Direction as Direction
from domain.changes import change, named, say, with_customers
from domain.limit_changes import cooling_changes, limit_changes, segment_changes
from domain.policies import AuthorityPolicy, CustomerPolicy, PolicyBase, Wider

_MORE_IS_WIDER = {
    "window_days", "statuses", "reasons", "to_stored_value",
    "cancel_reasons", "open_statuses", "after_sales_statuses", "like_for_like", "up_to", "kinds", "recent_claims",
    "late_notice_days", "evidence_above", "within", "max_failures", "valid_for", "level", "channels",
    "code_expires_after", "max_wrong", "codes_per_call", "codes_per_customer_day", "confirmation_expires_after",
    "reopen_days", "priority_ceiling", "escalate_to", "currencies", "expires_after", "bulk_up_to",
}  # fmt: skip
_LESS_IS_WIDER = {
    "locking_changes", "one_request_per_order", "lock_for", "digits", "new_coverage_days", "facts", "evidence",
    "attachments", "confirm", "order", "needs", "rejection_stands_for",
}  # fmt: skip
_NEITHER = {
    "tender_order", "refund_days", "remind_every", "escalate_after", "info_expires_after", "info_remind_every", "text",
    "queues", "queue", "title", "targets", "calendars", "remind_at", "escalate_first_response", "escalate_resolution",
    "same_subject", "same_text", "related_days", "recent_days", "look_every", "remedy", "events", "priority", "roles",
    "case", "when", "by_rule", "not_for", "to_do",
}  # fmt: skip
_SHARED = {
    **dict.fromkeys(_MORE_IS_WIDER, Wider.MORE),
    **dict.fromkeys(_LESS_IS_WIDER, Wider.LESS),
    **dict.fromkeys(_NEITHER, Wider.NEITHER),
}
_COMPARED = {
    "policy", "version", "switched", "autonomy", "autonomy_in", "limits", "segments", "segment", "cooling_off",
}  # fmt: skip
"""By rules of their own, or never."""
_DURATION = TypeAdapter(timedelta)
_RANKS = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


def changes(old: PolicyBase, new: PolicyBase) -> list[Change]:
    """Authority first, then limits over time, then the document's other words, by name."""
    found: list[Change] = []
    if isinstance(old, AuthorityPolicy) and isinstance(new, AuthorityPolicy):
        found += authority_changes(old, new)
    else:
        found += _autonomy(old, new)
    if isinstance(old, CustomerPolicy) and isinstance(new, CustomerPolicy):
        found += [*segment_changes(old, new), *limit_changes(old, new)]
    found += cooling_changes(old, new)
    for_all = list(_other_words(old, new))
    found += for_all
    if isinstance(old, CustomerPolicy) and isinstance(new, CustomerPolicy):
        for name in named(old, new)[1:]:
            mine = [one for one in _other_words(old.in_segment(name), new.in_segment(name)) if one not in for_all]
            found += [one.model_copy(update={"what": one.what + with_customers(name)}) for one in mine]
    return found


def _other_words(old: PolicyBase, new: PolicyBase) -> Iterator[Change]:
    skipped = _COMPARED | (PROBED if isinstance(new, AuthorityPolicy) else set())
    before, after = old.model_dump(mode="json", exclude=skipped), new.model_dump(mode="json", exclude=skipped)
    return _words(new.policy, "", before, after, _SHARED | _own(type(new)))


def _own(shape: type[PolicyBase]) -> dict[str, Wider]:
    """What the model says of its own words."""
    marks = {
        name: [mark for mark in field.metadata if isinstance(mark, Wider)] for name, field in shape.model_fields.items()
    }
    return {name: found[0] for name, found in marks.items() if found}


def same_version(old: PolicyBase, new: PolicyBase) -> bool:
    """Other rules under the same version: the record would say one name for both."""
    return old.version == new.version and old.digest != new.digest


def _autonomy(old: PolicyBase, new: PolicyBase) -> Iterator[Change]:
    """Of documents without amounts."""
    yield from _levels(old, new, old, new, "")
    if isinstance(old, CustomerPolicy) and isinstance(new, CustomerPolicy):
        for name in named(old, new)[1:]:
            yield from _levels(old.in_segment(name), new.in_segment(name), old, new, name)


def _levels(
    old: PolicyBase, new: PolicyBase, old_for_all: PolicyBase, new_for_all: PolicyBase, customers: str
) -> Iterator[Change]:
    for part, kind in product(["", *sorted({*old.autonomy_in, *new.autonomy_in})], ActorKind):
        pair = old.autonomy_of(kind, part), new.autonomy_of(kind, part)
        told = [(old.autonomy_of(kind), new.autonomy_of(kind))] if part else []
        told += [(old_for_all.autonomy_of(kind, part), new_for_all.autonomy_of(kind, part))] if customers else []
        if pair[0] is not pair[1] and pair not in told:
            name = f"autonomy of {kind} agents{f' ({part})' if part else ''}{with_customers(customers)}"
            yield change(new.policy, name, *pair, Autonomy(pair[1]).rank > Autonomy(pair[0]).rank)


def _words(policy: str, path: str, before: Any, after: Any, known: dict[str, Wider]) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from _words(policy, f"{path}.{name}" if path else name, before.get(name), after.get(name), known)
        return
    names = path.split(".")
    wider = next((known[name] for name in reversed(names) if name in known), None)
    if wider is None:
        direction = Direction.UNKNOWN
    elif wider is Wider.NEITHER:
        direction = Direction.OTHER
    else:
        direction = _compared(before, after, more=wider is Wider.MORE)
    yield Change(policy=policy, what=path, before=say(before), after=say(after), direction=direction)


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
