"""Velocity limits: how much, or how often, within a time. Declared in a document, counted in the book of limits.

They are reserved before the first step, committed when the run is done, and given back when it is undone.
"""

from datetime import timedelta
from enum import StrEnum

from pydantic import Field, model_validator

from domain.calls import Actor, ActorKind
from domain.limits import LimitEntry, counted
from domain.money import Money
from domain.sections import Section

"""ISO 4217 for no currency: of what is only counted."""


class Per(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    ALL = "all"
    """Everybody of the tenant together."""

    @property
    def words(self) -> str:
        return "for all together" if self is Per.ALL else f"per {self}"


class Most(Section):
    """How much and how often."""

    amount: int | None = Field(default=None, ge=0)
    """Minor units of money that leaves, in each currency by itself."""
    count: int | None = Field(default=None, ge=1)
    """How many times, whatever the currency."""


class VelocityLimit(Most):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    """Also the rule's: `refund.customer_day`."""
    per: Per
    within: timedelta = Field(gt=timedelta(0))
    of: list[ActorKind] = []
    """Only what these kinds of actor do counts; empty: what all do."""
    only: list[str] = []
    """Only in these segments of the process, such as a reason or a kind of change; empty: in all."""
    across: bool = False
    """Counted together with the limits of this name in other documents that say so too."""

    @model_validator(mode="after")
    def _limits_something(self) -> "VelocityLimit":
        if self.amount is None and self.count is None:
            raise ValueError(f"limits: {self.name} limits nothing; give it an amount, a count, or both.")
        return self

    def concerns(self, actor: Actor, action: str) -> bool:
        return (not self.of or actor.kind in self.of) and (not self.only or action in self.only)

    def told(self, currency: str) -> list[str]:
        """`per customer, within 1 day, ai, goodwill only: at most 1500.00 EUR`."""
        whom = [self.per.words, f"within {spoken(self.within)}", *(f"by {kind}" for kind in self.of)]
        head = ", ".join([*whom, *([f"{' or '.join(self.only)} only"] if self.only else [])])
        head += " (with other processes)" if self.across else ""
        money = [] if self.amount is None else [str(Money(minor=self.amount, currency=currency))]
        times = [] if self.count is None else [f"{self.count} times"]
        return [f"{head}: at most {most}" for most in (*money, *times)]


def velocity(
    limits: list[VelocityLimit], process: str, action: str, money: Money | None, customer_id: str, actor: Actor
) -> list[LimitEntry]:
    """What the action would use of each limit that concerns it. `money`: what would leave; None: nothing does."""
    found: list[LimitEntry] = []
    for limit in limits:
        if limit.concerns(actor, action):
            whose = {Per.CUSTOMER: customer_id, Per.AGENT: f"{actor.kind}:{actor.id}", Per.ALL: ""}[limit.per]
            scope = "across" if limit.across else process
            found += _entries(limit, f"{scope}:{limit.name}:{limit.per}:{whose}", process, money)
    return found


def _entries(limit: VelocityLimit, bucket: str, process: str, money: Money | None) -> list[LimitEntry]:
    """Amounts and times in a bucket each, so that a refusal names the one that is used up."""
    rule, window_s = f"{process}.{limit.name}", int(limit.within.total_seconds())
    what = process.replace("_", " ")
    head = f"{limit.per.words.capitalize()} within {spoken(limit.within)}"
    entries = []
    if limit.amount is not None and money is not None and money.minor > 0:
        most = Money(minor=limit.amount, currency=money.currency)
        text = f"{head} at most {most} may leave ({what}): {{left}} is left of it, {{asked}} was asked for."
        entries.append(
            LimitEntry(
                bucket=bucket, amount_minor=money.minor, currency=money.currency, cap_minor=limit.amount,
                window_s=window_s, rule=rule, text=text,
            )
        )  # fmt: skip
    if limit.count is not None:
        which = f": {' or '.join(limit.only)}" if limit.only else ""
        text = f"{head} at most {limit.count} of these ({what}{which}) are made; that is reached."
        times = f"{bucket}:times"
        entries.append(counted(times, rule, text.replace("_", " "), limit.count, window_s=window_s))
    return entries


def spoken(time: timedelta) -> str:
    """`1 hour`, `3 days`."""
    seconds = int(time.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            n = seconds // size
            return f"{n} {name}{'s' * (n != 1)}"
    return f"{seconds} seconds"
