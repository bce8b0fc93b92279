"""When a run is a matter for people: the word `case` of a policy document, and whether there is such a case already."""

from enum import StrEnum

from pydantic import Field

from domain.cases import Case, CaseState
from domain.sections import Priority, Section
from domain.values import Value


class Occasion(StrEnum):
    """What a run meets that people should look after."""

    APPROVAL = "approval"
    """A person has to decide."""
    INFORMATION = "information"
    """The caller has to bring something, and may."""
    REPAIR = "repair"
    """A step keeps failing."""
    DENIED = "denied"
    UNDONE = "undone"
    """It was taken back; not by its caller."""


class Desk(Section):
    """Who looks after it."""

    queue: str = Field(min_length=1)
    priority: Priority = Priority.NORMAL
    to_do: str = ""
    """What is left to be done when the run has ended. Empty: `TO_DO`."""


TO_DO = {
    Occasion.DENIED: "Look through it, and write to the customer.",
    Occasion.UNDONE: "Find out why; do it by hand, or write to the customer.",
}


class CaseTerms(Section):
    """On which waits and ends of a run a case is opened."""

    when: dict[Occasion, Desk] = Field(min_length=1)
    by_rule: dict[str, Desk] = {}
    """Where the rule that made it so has a team of its own: `claim.special_investigation`."""
    not_for: list[str] = ["caller.not_verified", "caller.not_confirmed"]
    """Rules for which there is none."""

    def desk(self, occasion: Occasion, rule: str) -> Desk | None:
        """None: no case is opened for it."""
        if rule in self.not_for or occasion not in self.when:
            return None
        return self.by_rule.get(rule, self.when[occasion])

    def desks(self) -> list[tuple[str, Desk]]:
        """With the place in the document."""
        when = [(f"when.{occasion}", desk) for occasion, desk in self.when.items()]
        return when + [(f"by_rule.{rule}", desk) for rule, desk in self.by_rule.items()]

    def told(self) -> list[str]:
        """For `handrail policy boundaries`."""
        when = [f"a case for people on {occasion}: {_where(desk)}" for occasion, desk in self.when.items()]
        when += [f"a case for people by {rule}: {_where(desk)}" for rule, desk in self.by_rule.items()]
        return [*when, f"no case for people by {', '.join(self.not_for)}"] if self.not_for else when


def _where(desk: Desk) -> str:
    return f"{desk.queue} ({desk.priority})"


class Matter(Value):
    """What a run's case is about."""

    subject: str
    order_id: str = ""
    of: str = ""
    """The one record of which no other matter is: `claim:CLM-1`."""
    records: list[str] = []
    """All of them."""
    links: list[str] = []
    """Ids of cases that it has to do with."""


def known_case(matter: Matter, category: str, cases: list[Case], run: str) -> Case | None:
    """The run's own case, else an open one about the same, else a resolved one of the same record: that is reopened.

    `run`: how the references of the run's writes begin.
    """
    there = [case for case in cases if case.state is not CaseState.WITHDRAWN and not case.merged_into]
    own = [case for case in there if case.reference.startswith(f"{run}/") and not case.closed]
    alike = [case for case in there if case.category == category and _about(matter, case)]
    of_record = [case for case in alike if matter.of and matter.of in case.records]
    for found in (own, [case for case in alike if not case.closed], of_record):
        if found:
            return found[0]
    return None


def _about(matter: Matter, case: Case) -> bool:
    if matter.of and matter.of in case.records:
        return True
    return (case.subject, case.order_id) == (matter.subject, matter.order_id)
