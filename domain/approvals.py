"""Gates: what people are asked to decide, and who may decide it."""

from datetime import datetime

from domain.answers import Denial
from domain.calls import Actor, ActorKind
from domain.commands import Decide, Outcome
from domain.values import Value


class Vote(Value):
    actor: Actor
    outcome: Outcome
    at: datetime
    reason: str = ""
    note: str = ""


class Gate(Value):
    """One question to people, bound by `digest` to effect + facts + policy version."""

    number: int
    digest: str
    rule: str
    text: str
    roles: list[str]
    approvers: int = 1
    requester: Actor
    opened_at: datetime
    due_at: datetime
    expires_at: datetime
    escalated: bool = False
    votes: list[Vote] = []

    @property
    def approvals(self) -> int:
        return sum(vote.outcome is Outcome.APPROVE for vote in self.votes)

    @property
    def rejection(self) -> Vote | None:
        return next((vote for vote in self.votes if vote.outcome is Outcome.REJECT), None)

    @property
    def approved(self) -> bool:
        return self.rejection is None and self.approvals >= self.approvers

    @property
    def settled(self) -> bool:
        return self.approved or self.rejection is not None


def may_decide(gate: Gate | None, actor: Actor, decision: Decide) -> Denial | None:
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
    if actor.id == gate.requester.id:
        return Denial(rule="gate.own_request", text="Nobody decides his own request; ask a colleague.")
    if not actor.roles & set(gate.roles):
        return Denial(rule="gate.role", text=f"This needs the role {' or '.join(gate.roles)}.")
    if any(vote.actor.id == actor.id and vote.outcome is not Outcome.REQUEST_INFO for vote in gate.votes):
        return Denial(rule="gate.voted", text="You approved this already; another person is needed too.")
    return None
