"""What the policy of cases says: categories with the facts they need, targets per priority, hours, escalation."""

from datetime import timedelta
from typing import ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from domain.business_time import ALWAYS, Calendar, Calendars, calendar_of
from domain.policies import ActionPolicy, ApprovalBand
from domain.sections import Priority as Priority
from domain.values import Value


class _Words(Value):
    """Unknown words are refused: a typo must not drop a rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NeededFact(_Words):
    """A fact that a category needs. `why` is told to the caller."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    why: str = Field(min_length=1)
    options: list[str] = []
    """Only these, when there are any."""
    optional: bool = False


class Remedy(_Words):
    """What the company offers by itself when the case comes from an event."""

    offer: str = Field(min_length=1)
    """What the customer is told: `free express delivery of the next order`."""
    code: str = Field(min_length=1)


class Category(_Words):
    title: str = Field(min_length=1)
    queue: str
    priority: Priority = Priority.NORMAL
    order: bool = False
    """It is about an order, so its number is needed."""
    needs: list[NeededFact] = []
    attachments: int = Field(default=0, ge=0)
    """At least so many pieces of evidence."""
    one_per_order: bool = False
    """Of one order there is one such case, however it is worded."""
    confirm: bool = False
    """The caller says yes to the exact case before it is opened."""
    remedy: Remedy | None = None
    events: list[str] = []
    """Kinds of event that open such a case: `shipment.delayed`."""

    @property
    def names(self) -> list[str]:
        return [fact.name for fact in self.needs]


class Target(_Words):
    """Within which business time somebody answers, and the case is resolved."""

    first_response: timedelta = Field(gt=timedelta(0))
    resolution: timedelta = Field(gt=timedelta(0))
    around_the_clock: bool = False
    """Nights, weekends and holidays count too."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.resolution < self.first_response:
            raise ValueError("resolution: a case is not resolved before it is answered.")
        return self


class Escalation(_Words):
    """What happens when a target is missed: another queue (empty: the same), and so many steps of priority up."""

    queue: str = ""
    raise_by: int = Field(default=0, ge=0, le=3)


class CasePolicy(ActionPolicy):
    name: ClassVar[str] = "case"
    opens_cases: ClassVar[bool] = False

    queues: list[str] = Field(min_length=1)
    categories: dict[str, Category] = Field(min_length=1)
    targets: dict[Priority, Target]
    calendars: Calendars
    """Business hours per tenant."""
    remind_at: list[float] = [0.75]
    """Reminders, as shares of the time to a target."""
    escalate_first_response: Escalation = Escalation()
    escalate_resolution: Escalation = Escalation()
    approval: ApprovalBand = ApprovalBand(roles=["supervisor"])
    """Who says yes to a case where `autonomy` leaves an agent only to suggest one, or has each approved."""
    priority_ceiling: dict[str, Priority]
    """The highest priority that this kind of actor may ask for."""
    same_subject: float = Field(default=0.6, ge=0, le=1)
    """From this likeness of subjects on, an open case about the same thing is the same case."""
    related_days: int = Field(default=30, ge=0)
    """Cases of the customer that are no older are told as related."""
    reopen_days: int = Field(default=14, ge=0)
    """A case resolved no longer ago is reopened rather than opened anew."""
    look_every: timedelta = timedelta(hours=4)
    """How often an open case is looked at when nothing is heard of it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        used = {category.queue for category in self.categories.values()}
        used |= {e.queue for e in (self.escalate_first_response, self.escalate_resolution) if e.queue}
        if unknown := sorted(used - set(self.queues)):
            raise ValueError(f"queues: {', '.join(unknown)} is used, but is no queue here.")
        if lacking := [p.value for p in Priority if p not in self.targets]:
            raise ValueError(f"targets: {', '.join(lacking)} has none; every priority needs one.")
        if any(not 0 < share < 1 for share in self.remind_at):
            raise ValueError("remind_at: a reminder comes before its target; give shares between 0 and 1.")
        return self

    @property
    def actions(self) -> list[str]:
        return list(self.categories)

    def calendar(self, tenant: str, priority: Priority) -> Calendar:
        if self.targets[priority].around_the_clock:
            return ALWAYS
        return calendar_of(tenant, self.calendars)
