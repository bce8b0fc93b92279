"""A case that is open with its team, and its caller changes his mind: what changes on it, and what is another case."""

from datetime import datetime

from domain.answers import Denial
from domain.calls import ActorKind
from domain.case_intake import CasePlan, CaseRequest, effect_of, facts_lacking, priority_of, same_case, which_category
from domain.case_policy import CasePolicy, Priority
from domain.cases import Case, CaseChange
from domain.standing import Standing, needs_caller, switched_off


def may_amend(
    before: CaseRequest, after: CaseRequest, policy: CasePolicy, standing: Standing, at: datetime
) -> Denial | None:
    """Whether the open case may be changed to this, judged as it is asked for. A wrong wish changes nothing."""
    category = policy.categories.get(after.category)
    off = switched_off(policy, standing, "case", after.category)
    if off:
        return Denial(rule=off.rule, text=off.text)
    if standing.actor.kind is ActorKind.AI and needs_caller(standing, at):
        text = "The caller's verification is over: verify him again and open the case anew; it joins this one."
        return Denial(rule="case.caller", text=text)
    lacks = facts_lacking(after, category) if category else [which_category(after, policy)]
    if category and category.order and not after.order_id:
        return Denial(rule="amend.arguments", text=f"A {category.title.lower()} is about an order; give its number.")
    if lacks:
        faults = " ".join(f"{missing.field}: {missing.reason}" for missing in lacks)
        return Denial(rule="amend.arguments", text=f"The case cannot be changed to this: {faults}")
    return None


def is_another(
    before: CaseRequest, after: CaseRequest, case: Case, cases: list[Case], policy: CasePolicy, at: datetime
) -> bool:
    """About another order, to be confirmed first, or known as a case already: then this one is taken back, and the
    request is judged from the start."""
    others = [other for other in cases if other.id != case.id]
    moved = (after.category, after.subject) != (before.category, before.subject)
    known = moved and same_case(after, others, policy, at) is not None
    return after.order_id != before.order_id or policy.categories[after.category].confirm or known


def change_of(
    before: CaseRequest, after: CaseRequest, case: Case, policy: CasePolicy, kind: ActorKind, who: str
) -> CaseChange:
    """What is new on the case. Where the team has put it stays, unless its category or priority is what changed."""
    category = policy.categories[after.category]
    moved = after.category != before.category
    priority = case.priority
    if moved or after.priority != before.priority:
        priority = priority_of(after, category, policy, kind)
    wanted = {
        "subject": after.subject if after.subject != before.subject else "",
        "category": after.category if moved else "",
        "queue": category.queue if moved else "",
        "priority": priority,
    }
    new = {name: word for name, word in wanted.items() if word and word != getattr(case, name)}
    more = [one for one in after.attachments if one not in before.attachments]
    return CaseChange(case_id=case.id, comment=_told(before, after, who), attachments=more, before=case, **new)


def _told(before: CaseRequest, after: CaseRequest, who: str) -> str:
    """What the team reads of it, old and new; empty: nothing is different."""
    was, now = _words(before), _words(after)
    lines = [
        f"{name}: {was.get(name) or 'nothing'} -> {now.get(name) or 'nothing'}"
        for name in dict.fromkeys([*was, *now])
        if was.get(name) != now.get(name)
    ]
    lines += [f"more evidence: {one.reference}" for one in after.attachments if one not in before.attachments]
    return "\n".join([f"{who}: the customer changed it.", *lines]) if lines else ""


def _words(ask: CaseRequest) -> dict[str, str]:
    facts = {name.replace("_", " "): text for name, text in sorted(ask.facts.items())}
    said = {"category": ask.category, "subject": ask.subject, "priority": ask.priority or ""}
    return {**said, "description": ask.description, **facts}


def plan_after(plan: CasePlan, after: CaseRequest, case: Case, policy: CasePolicy) -> CasePlan:
    """The plan as it stands once the case is changed."""
    category = policy.categories[after.category]
    priority = Priority(case.priority) if case.priority in set(Priority) else plan.priority
    effect = effect_of(plan.way, after, category, plan.case, case.queue, priority)
    changes = {"effect": effect, "category": after.category, "queue": case.queue, "priority": priority}
    return plan.model_copy(update=changes)
