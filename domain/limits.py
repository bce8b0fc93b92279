"""Cumulative and velocity limits: what a use would take from a bucket, and whether it fits."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.money import Money
from domain.values import Value

NO_MONEY = "XXX"
"""The currency of what is counted only: ISO 4217's code for none."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class KnownUse(Value):
    """A use that the system of record already lists, such as a refund on a payment."""

    reference: str = ""
    """The write reference stamped on it; empty when it was made elsewhere: then it always counts."""
    amount_minor: int = Field(ge=0)
    lapsed_minor: int = Field(default=0, ge=0)
    """What was taken under this reference and, for good, not used: a voucher that expired. The book counts it no more.
    Never what is lower for another reason: a use may be younger in the book than what was read."""


class LimitEntry(Value):
    """One use of one bucket, with the caps that it must fit under.

    Each entry is one use: two rules with different windows on the same thing are two buckets.
    Amounts count against amounts of the same currency only; `cap_count` counts all.
    """

    bucket: str = Field(min_length=1, max_length=300)
    """`payment:cap-1`, `customer:C-1:day`, `ai:agent-7:hour`."""
    amount_minor: int = Field(ge=0)
    currency: Currency
    cap_minor: int | None = None
    """Most that may be used within the window, this use included. None: no cap on the amount."""
    cap_count: int | None = None
    """Most uses within the window, this one included."""
    window_s: int | None = Field(default=None, gt=0)
    """None: for ever."""
    reference: str = ""
    """Under which the system of record will list this use; empty: the holder. See `known`."""
    known: list[KnownUse] = []
    """What the system of record lists now; counts unless its reference is held in this bucket of the book."""
    rule: str
    """The rule's id: `refund.customer_day_cap`."""
    text: str
    """The denial in words; `{left}` and `{asked}` are filled in with money."""


def counted(
    bucket: str, rule: str, text: str, times: int | None = 1, *, window_s: int | None = None, currency: str = NO_MONEY
) -> LimitEntry:
    """One use without an amount, of so many at most; by default one at a time, or once for ever."""
    return LimitEntry(
        bucket=bucket, amount_minor=0, currency=currency, cap_count=times, window_s=window_s, rule=rule, text=text
    )


class Use(Value):
    """A use as the book holds it."""

    bucket: str
    amount_minor: int
    currency: str
    reference: str = ""
    at: datetime | None = None
    """When it was committed. None: reserved, and it counts until it is committed or released."""

    def counts(self, window_s: int | None, now: datetime) -> bool:
        return self.at is None or window_s is None or self.at > now - timedelta(seconds=window_s)


class HoldState(StrEnum):
    NONE = "none"
    """The book knows no such holder."""
    RESERVED = "reserved"
    COMMITTED = "committed"
    RELEASED = "released"


class Used(Value):
    """What is used of a bucket, in one currency."""

    bucket: str
    currency: str
    reserved_minor: int = 0
    committed_minor: int = 0
    count: int = 0

    @property
    def total_minor(self) -> int:
        return self.reserved_minor + self.committed_minor


class ReserveOutcome(Value):
    """Granted, or the first entry that does not fit. A refusal leaves nothing behind."""

    granted: bool
    holder: str
    rule: str = ""
    bucket: str = ""
    text: str = ""
    currency: str = ""
    left_minor: int | None = None
    """With a refusal: what is left under the cap on the amount; None when there is none."""
    left_count: int | None = None


def judge_uses(holder: str, entries: list[LimitEntry], uses: list[Use], now: datetime) -> ReserveOutcome:
    """Whether all entries fit together beside `uses`, the book's of the same buckets; else the first misfit."""
    held = list(uses)
    for entry in entries:
        refusal = _misfit(holder, entry, held, now)
        if refusal:
            return refusal
        held.append(Use(bucket=entry.bucket, amount_minor=entry.amount_minor, currency=entry.currency))
    return ReserveOutcome(granted=True, holder=holder)


def _misfit(holder: str, entry: LimitEntry, held: list[Use], now: datetime) -> ReserveOutcome | None:
    mine = [use for use in held if use.bucket == entry.bucket]
    booked = {use.reference for use in mine if use.reference}
    counted = [use for use in mine if use.counts(entry.window_s, now)]
    foreign = [use for use in entry.known if use.reference not in booked]
    ours = [use for use in counted if use.currency == entry.currency]
    amount = sum(u.amount_minor for u in ours) - _lapsed(entry, ours) + sum(u.amount_minor for u in foreign)
    left_minor = None if entry.cap_minor is None else max(0, entry.cap_minor - amount)
    left_count = None if entry.cap_count is None else max(0, entry.cap_count - len(counted) - len(foreign))
    fits = entry.cap_minor is None or amount + entry.amount_minor <= entry.cap_minor
    if fits and (left_count is None or left_count >= 1):
        return None
    return ReserveOutcome(
        granted=False,
        holder=holder,
        rule=entry.rule,
        bucket=entry.bucket,
        text=_words(entry, left_minor),
        currency=entry.currency,
        left_minor=left_minor,
        left_count=left_count,
    )


def _lapsed(entry: LimitEntry, ours: list[Use]) -> int:
    """Of what the book counts."""
    booked: dict[str, int] = {}
    for use in ours:
        booked[use.reference] = booked.get(use.reference, 0) + use.amount_minor
    return sum(min(booked.get(use.reference, 0), use.lapsed_minor) for use in entry.known if use.reference)


def _words(entry: LimitEntry, left_minor: int | None) -> str:
    asked = str(Money(minor=entry.amount_minor, currency=entry.currency))
    left = str(Money(minor=left_minor or 0, currency=entry.currency))
    return entry.text.replace("{left}", left).replace("{asked}", asked)
