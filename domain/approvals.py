"""Gates: what people are asked to decide, and who may decide it."""

from datetime import datetime
from typing import Any

from domain.answers import Denial
from domain.calls import Actor, ActorKind
from domain.commands import Decide, Outcome
from domain.edits import Editable
from domain.money import Money
from domain.values import Value


class Vote(Value):
    actor: Actor
    outcome: Outcome
    at: datetime
    reason: str = ""
    note: str = ""
    edits: dict[str, Any] = {}
    """With an approval: what he wants otherwise. It voids this gate, and is his approval of `instead`."""
    instead: str = ""
    """Digest of effect + facts + policy version with his edits."""


class Gate(Value):
    """One question to people, bound by `digest` to effect + facts + policy version."""

    number: int
    digest: str
    rule: str
    text: str
    roles: list[str]
    roles_late: list[str] = []
    """Roles that may decide as well once it is escalated."""
    approvers: int = 1
    requester: Actor
    asked_by: str = ""
    """Who had asked before the requester took the run over: neither of them decides."""
    amount: Money | None = None
    bulk_up_to: int = 0
    """Minor units up to which it may be decided together with others; 0: only by itself."""
    opened_at: datetime
    due_at: datetime
    expires_at: datetime
    escalated: bool = False
    votes: list[Vote] = []
    editable: list[Editable] = []
    """What may be changed with an approval."""
    edited_by: Vote | None = None
    """The edit that led to this question."""

    @property
    def approvals(self) -> int:
        return sum(vote.outcome is Outcome.APPROVE for vote in self.votes)

    @property
    def rejection(self) -> Vote | None:
        return next((vote for vote in self.votes if vote.outcome is Outcome.REJECT), None)

    @property
    def edit(self) -> Vote | None:
        """Something else is approved than was asked: this question is over."""
        return next((vote for vote in self.votes if vote.edits), None)

    @property
    def approved(self) -> bool:
        return self.rejection is None and self.edit is None and self.approvals >= self.approvers

    @property
    def requesters(self) -> set[str]:
        return {self.requester.id, self.asked_by} - {""}

    @property
    def settled(self) -> bool:
        return self.approved or self.rejection is not None or self.edit is not None


def may_decide(gate: Gate | None, actor: Actor, decision: Decide, at: datetime) -> Denial | None:
    """Why this person may not decide this gate in this way now; None when he may."""
    if actor.kind is not ActorKind.HUMAN:
        return Denial(rule="gate.human_only", text="Only a person may decide this.")
    if gate is None:
        return Denial(rule="gate.none", text="Nothing to decide: no gate is open here now.")
    if gate.settled:
        who = ", ".join(vote.actor.label for vote in gate.votes)
        return Denial(rule="gate.decided", text=f"This was decided already by {who}.")
    if decision.digest != gate.digest:
        return Denial(rule="gate.stale", text="The effect or the facts changed since you saw them; look again.")
    if actor.persons & gate.requesters:
        text = "Nobody decides his own request, nor another for him; ask a colleague."
        return Denial(rule="gate.own_request", text=text)
    if refused := _beyond_mandate(gate, actor, decision, at):
        return refused
    if not actor.roles & set(gate.roles):
        return Denial(rule="gate.role", text=f"This needs the role {' or '.join(gate.roles)}.")
    votes = [vote for vote in gate.votes if vote.outcome is not Outcome.REQUEST_INFO]
    if any(vote.actor.persons & actor.persons for vote in votes):
        text = "You approved this already, in your own name or another's; another person is needed too."
        return Denial(rule="gate.voted", text=text)
    return (_no_edit(decision) if decision.edits else None) or (_not_in_bulk(gate) if decision.in_bulk else None)


def _no_edit(decision: Decide) -> Denial | None:
    if decision.outcome is not Outcome.APPROVE or decision.in_bulk:
        text = "Edits go with an approval of this one request; take them out, or approve it by itself."
        return Denial(rule="gate.edit_outcome", text=text)
    if not decision.reason:
        return Denial(rule="gate.edit_reason", text="Changing what is approved needs a reason.")
    return None


def carried(gate: Gate, edit: Vote | None, at: datetime) -> list[Vote]:
    """Who changed what is asked has approved it so, as far as his authority goes; above that others decide."""
    if edit is None or edit.instead != gate.digest:
        return []
    mandate = edit.actor.mandate
    same = Decide(outcome=edit.outcome, digest=gate.digest, on_behalf_of=mandate.principal if mandate else "")
    if may_decide(gate, edit.actor, same, at):
        return []
    return [edit.model_copy(update={"edits": {}, "instead": ""})]


def _beyond_mandate(gate: Gate, actor: Actor, decision: Decide, at: datetime) -> Denial | None:
    """A delegate decides in the name that his decision says, within its time and amount."""
    mandate = actor.mandate
    if decision.on_behalf_of != (mandate.principal if mandate else ""):
        return Denial(rule="gate.mandate", text=f"You do not act for {decision.on_behalf_of or 'anybody'} here.")
    if mandate is None:
        return None
    who = mandate.name or mandate.principal
    if at >= mandate.until:
        return Denial(rule="gate.mandate_over", text=f"{who}'s delegation to you ended at {mandate.until:%H:%M} UTC.")
    if mandate.up_to is not None and gate.amount is not None and not _within(gate.amount, mandate.up_to):
        text = f"{who} delegated decisions up to {mandate.up_to} to you; this is about {gate.amount}."
        return Denial(rule="gate.mandate_amount", text=text)
    return None


def _not_in_bulk(gate: Gate) -> Denial | None:
    if not gate.bulk_up_to:
        return Denial(rule="gate.no_bulk", text="Such a request is decided by itself, not together with others.")
    if gate.amount is not None and gate.amount.minor > gate.bulk_up_to:
        limit = Money(minor=gate.bulk_up_to, currency=gate.amount.currency)
        text = f"Together with others at most {limit} each; this is about {gate.amount}. Decide it by itself."
        return Denial(rule="gate.bulk_limit", text=text)
    return None


def _within(amount: Money, limit: Money) -> bool:
    return amount.currency == limit.currency and amount <= limit
