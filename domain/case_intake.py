"""The rules of taking in a case: is all there, is it known already, who works on it and by when."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from domain.answers import Effect, Missing
from domain.calls import ActorKind
from domain.case_clock import Dues, dues
from domain.case_policy import CasePolicy, Category, Priority
from domain.cases import Attachment, Case, CaseState
from domain.customers import Customer
from domain.likeness import likeness
from domain.limits import LimitEntry, counted
from domain.orders import Order
from domain.standing import Standing, entrusted, needs_caller, said_yes, switched_off
from domain.values import Value, digest
from domain.velocity import velocity
from domain.verdicts import Allow, AskInput, Ruled

OPENING_S = 2
"""For so long a case that is being opened keeps others of the same kind waiting: they look again, and join it."""
_MOST_RELATED = 10
Said = Annotated[str, Field(max_length=500)]


class CaseRequest(Value):
    """Something that a team has to look after."""

    category: str = Field(min_length=1, max_length=60, description="A category of the case policy.")
    subject: str = Field(min_length=3, max_length=200, description="What it is about, in one line.")
    description: str = Field(default="", max_length=4_000, description="What happened, in the caller's words.")
    order_id: str = Field(default="", max_length=100, description="The order's number, when it is about an order.")
    facts: dict[str, Said] = Field(
        default={}, max_length=20, description="The category's own facts by name; the answer names what is missing."
    )
    attachments: list[Attachment] = Field(default=[], max_length=20, description="Evidence, by reference and hash.")
    priority: Priority | None = Field(default=None, description="Only when the caller says why it is urgent.")

    @model_validator(mode="after")
    def _says_something(self) -> "CaseRequest":
        if not self.subject.strip():
            raise ValueError("subject: say in one line what it is about.")
        if len({a.reference for a in self.attachments}) != len(self.attachments):
            raise ValueError("attachments: one is named twice.")
        return self


class CaseFacts(Value):
    """What was seen. `order` is None when none was asked for, or the order system has no such order."""

    customer: Customer | None = None
    order: Order | None = None
    cases: list[Case] = []
    """The customer's, closed ones included."""
    diaries: list[Case] = []
    """Where they were asked for: all of those who own one of them."""


class Way(StrEnum):
    OPEN = "open_case"
    JOIN = "join_case"
    """There is one about this already."""
    REOPEN = "reopen_case"


class CasePlan(Value):
    way: Way
    effect: Effect
    customer_id: str
    order_id: str = ""
    case: Case | None = None
    """That is joined or reopened."""
    category: str
    queue: str
    priority: Priority
    due: Dues
    related: list[str] = []
    limits: list[LimitEntry] = []


def rule_case(
    ask: CaseRequest, seen: CaseFacts, policy: CasePolicy, standing: Standing, at: datetime, tenant: str = "default",
    *, by_event: bool = False,
) -> Ruled[CasePlan]:  # fmt: skip
    """The whole judgement: who asks, is all said, what would be done. `by_event`: a system's event asks, whoever acts
    on it now; there is no caller then."""
    by_event = by_event or standing.actor.kind is ActorKind.SYSTEM
    off = switched_off(policy, standing, "case", ask.category)
    first = off or (None if by_event else needs_caller(standing, at))
    if first:
        return Ruled(verdict=first)
    customer = (seen.order.customer_id if seen.order else "") if by_event else standing.customer_id
    category = policy.categories.get(ask.category)
    if category is None:
        return Ruled(verdict=AskInput(rule="case.category", missing=[which_category(ask, policy)]))
    missing = _order_lacks(ask, category, seen, customer) if by_event else lacking(ask, category, seen, customer)
    if missing:  # of an event nobody can be asked for more
        return Ruled(verdict=AskInput(rule="case.facts", missing=missing))
    plan = plan_case(ask, category, seen, customer, policy, standing, at, tenant)
    basis = digest([plan.effect.digest, policy.digest])
    verdict = (
        (said_yes(plan.effect, standing, "case") if category.confirm else None)
        or entrusted(basis, policy.approval, policy, standing, "case", ask.category)
        or Allow(rules=[f"case.{name}" for name in ("facts", "duplicates", "reopen", "priority", "targets")])
    )
    return Ruled(verdict=verdict, plan=plan, basis=basis)


def lacking(ask: CaseRequest, category: Category, seen: CaseFacts, customer: str) -> list[Missing]:
    """All that is missing or wrong, at once: nobody is asked twice."""
    return [*_order_lacks(ask, category, seen, customer), *facts_lacking(ask, category)]


def facts_lacking(ask: CaseRequest, category: Category) -> list[Missing]:
    """Of the category's own facts and its evidence."""
    found = []
    for fact in category.needs:
        given = ask.facts.get(fact.name, "").strip()
        if (not given and not fact.optional) or (given and fact.options and given not in fact.options):
            found.append(Missing(field=f"facts.{fact.name}", reason=fact.why, options=fact.options))
    for name in sorted(set(ask.facts) - set(category.names)):
        told = ", ".join(category.names) or "none; use the description"
        reason = f"A {category.title.lower()} has no fact {name}; there are: {told}."
        found.append(Missing(field=f"facts.{name}", reason=reason, options=category.names))
    if len(ask.attachments) < category.attachments:
        reason = f"A {category.title.lower()} needs evidence: {category.attachments} at least, by reference and hash."
        found.append(Missing(field="attachments", reason=reason))
    return found


def _order_lacks(ask: CaseRequest, category: Category, seen: CaseFacts, customer: str) -> list[Missing]:
    if not ask.order_id and category.order:
        reason = f"A {category.title.lower()} is about an order; ask for its number."
        return [Missing(field="order_id", reason=reason)]
    if ask.order_id and (seen.order is None or not customer or seen.order.customer_id != customer):
        reason = f"No order {ask.order_id} was found for this caller; ask for the number again."
        return [Missing(field="order_id", reason=reason)]
    return []


def plan_case(
    ask: CaseRequest, category: Category, seen: CaseFacts, customer: str, policy: CasePolicy, standing: Standing,
    at: datetime, tenant: str,
) -> CasePlan:  # fmt: skip
    known = same_case(ask, seen.cases, policy, at)
    way = Way.OPEN if known is None else Way.REOPEN if known.closed else Way.JOIN
    priority = priority_of(ask, category, policy, standing.actor.kind)
    if known and known.priority in set(Priority):
        priority = Priority(known.priority)
    queue = known.queue if known and known.queue in policy.queues else category.queue
    near = related(ask, seen.cases, known, policy, at)
    plan = CasePlan(
        way=way, effect=effect_of(way, ask, category, known, queue, priority), customer_id=customer,
        order_id=ask.order_id, case=known, category=ask.category, queue=queue, priority=priority,
        due=dues(at, priority, tenant, policy), related=[case.id for case in near],
    )  # fmt: skip
    return plan.model_copy(update={"limits": _limits(plan, policy, standing)})


def same_case(ask: CaseRequest, cases: list[Case], policy: CasePolicy, at: datetime) -> Case | None:
    """The customer's case about the same thing: an open one, else one resolved so lately that it is reopened.

    Same category and order, and a subject that is alike where that counts. Of several the likest, then the oldest. One
    that was merged stands for the one that it went into.
    """
    by_id = {case.id: case for case in cases}
    alike = [(likeness(ask.subject, case.subject), case) for case in cases if _about_the_same(ask, case)]
    alike.sort(key=lambda scored: (-scored[0], scored[1].created_at or at, scored[1].id))
    fit = [_survivor(case, by_id) for score, case in alike if score >= _least(ask, policy)]
    open_ones = (case for case in fit if not case.closed)
    return next(open_ones, None) or next((case for case in fit if _may_reopen(case, policy, at)), None)


def related(ask: CaseRequest, cases: list[Case], known: Case | None, policy: CasePolicy, at: datetime) -> list[Case]:
    """The customer's other cases that whoever works on this one should know, newest first."""
    since = at - timedelta(days=policy.related_days)
    near = [
        case
        for case in cases
        if case.state is not CaseState.WITHDRAWN and (known is None or case.id != known.id)
        and not case.merged_into and (not case.closed or (case.created_at or at) >= since)
        and (case.category == ask.category or (ask.order_id and case.order_id == ask.order_id))
    ]  # fmt: skip
    return sorted(near, key=lambda case: case.created_at or at, reverse=True)[:_MOST_RELATED]


def body_of(ask: CaseRequest) -> str:
    """What the team reads: the caller's words, then the facts."""
    lines = [ask.description] if ask.description else []
    lines += [f"{name.replace('_', ' ')}: {text}" for name, text in sorted(ask.facts.items())]
    return "\n".join(lines)


def _least(ask: CaseRequest, policy: CasePolicy) -> float:
    return 0.0 if ask.order_id and policy.categories[ask.category].one_per_order else policy.same_subject


def _about_the_same(ask: CaseRequest, case: Case) -> bool:
    return case.category == ask.category and case.order_id == ask.order_id and case.state is not CaseState.WITHDRAWN


def _survivor(case: Case, by_id: dict[str, Case]) -> Case:
    seen = {case.id}
    while (into := by_id.get(case.merged_into)) and into.id not in seen:
        seen.add(into.id)
        case = into
    return case


def _may_reopen(case: Case, policy: CasePolicy, at: datetime) -> bool:
    resolved = case.state is CaseState.RESOLVED and not case.merged_into
    return resolved and bool(case.resolved_at) and at - case.resolved_at <= timedelta(days=policy.reopen_days)  # type: ignore[operator]


def priority_of(ask: CaseRequest, category: Category, policy: CasePolicy, kind: ActorKind) -> Priority:
    """What was asked for, up to the ceiling of this kind of actor; only a person may go below the category's."""
    if ask.priority is None:
        return category.priority
    ceiling = policy.priority_ceiling.get(kind, category.priority)
    asked = min(ask.priority, ceiling, key=lambda priority: priority.rank)
    if kind is ActorKind.HUMAN:
        return asked
    return max(asked, category.priority, key=lambda priority: priority.rank)


def sentence(words: str) -> str:
    """What somebody wrote, with a full stop unless it has an end of its own."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def effect_of(
    way: Way, ask: CaseRequest, category: Category, known: Case | None, queue: str, priority: Priority
) -> Effect:
    subject = f"order {ask.order_id}" if ask.order_id else f"{category.title.lower()}"
    title = sentence(f"{category.title}: {ask.subject}")
    summary = {
        Way.OPEN: f"A case is opened for {queue.replace('_', ' ')} with {priority} priority. {title}",
        Way.JOIN: f"This is added to case {known.id if known else ''}, which is about the same. {title}",
        Way.REOPEN: f"Case {known.id if known else ''} about the same is opened again. {title}",
    }[way]
    details: dict[str, Any] = {
        "category": ask.category, "queue": queue, "priority": priority.value, "title": ask.subject,
        "facts": dict(sorted(ask.facts.items())), "attachments": [a.sha256 for a in ask.attachments],
        "case_id": known.id if known else "",
    }  # fmt: skip
    return Effect(action=way.value, subject=subject, details=details, summary=summary)


def _limits(plan: CasePlan, policy: CasePolicy, standing: Standing) -> list[LimitEntry]:
    """One case of a kind is opened at a time, so that the second caller finds the first one's; and a flood is cut."""
    if plan.way is not Way.OPEN:
        return []
    entries = [
        counted(
            f"case:{plan.customer_id}:{plan.category}:{plan.order_id}", "case.in_flight",
            "Another case of this kind is being opened for this customer.", window_s=OPENING_S,
        )
    ]  # fmt: skip
    return entries + velocity(policy.limits, "case", plan.category, None, plan.customer_id, standing.actor)


def which_category(ask: CaseRequest, policy: CasePolicy) -> Missing:
    reason = f"{ask.category} is no category of a case; choose the one that fits."
    return Missing(field="category", reason=reason, options=sorted(policy.categories))
