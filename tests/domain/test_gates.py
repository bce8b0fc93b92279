"""Who may decide a gate: one line per reason to refuse."""

from datetime import timedelta
from typing import Any

import pytest

from domain.approvals import Gate, Vote, carried, may_decide
from domain.calls import Actor, ActorKind
from domain.commands import Decide, Outcome
from tests.domain.refund_facts import NOW


def person(name: str, *roles: str, kind: str = "human") -> Actor:
    return Actor(id=name, kind=ActorKind(kind), roles=frozenset(roles))


def gate(*votes: tuple[str, Outcome], **changes: Any) -> Gate:
    given: dict[str, Any] = {
        "number": 1, "digest": "d", "rule": "r", "text": "t", "roles": ["supervisor", "finance"], "approvers": 2,
        "requester": person("ana", "agent"), "opened_at": NOW, "due_at": NOW + timedelta(hours=12),
        "expires_at": NOW + timedelta(hours=48),
        "votes": [Vote(actor=person(who, "supervisor"), outcome=outcome, at=NOW) for who, outcome in votes],
    } | changes  # fmt: skip
    return Gate(**given)


APPROVE, REJECT, ASK = Outcome.APPROVE, Outcome.REJECT, Outcome.REQUEST_INFO
SAM = person("sam", "supervisor")


@pytest.mark.parametrize(
    ("gate_", "who", "digest", "rule"),
    [
        (gate(), SAM, "d", ""),
        (gate(("sofia", APPROVE)), SAM, "d", ""),
        (gate(("sam", ASK)), SAM, "d", ""),
        (None, SAM, "d", "gate.none"),
        (gate(), person("bot", "supervisor", kind="ai"), "d", "gate.human_only"),
        (gate(), person("job", "supervisor", kind="system"), "d", "gate.human_only"),
        (gate(), SAM, "old", "gate.stale"),
        (gate(), person("ana", "supervisor"), "d", "gate.own_request"),
        (gate(), person("ben", "agent"), "d", "gate.role"),
        (gate(("sam", APPROVE)), SAM, "d", "gate.voted"),
        (gate(("sofia", REJECT)), SAM, "d", "gate.decided"),
        (gate(("sofia", APPROVE), ("sunny", APPROVE)), SAM, "d", "gate.decided"),
    ],
)
def test_why_a_decision_is_refused(gate_: Gate | None, who: Actor, digest: str, rule: str) -> None:
    refused = may_decide(gate_, who, Decide(outcome=APPROVE, digest=digest), NOW)

    assert (refused.rule if refused else "") == rule


def test_a_gate_is_approved_by_enough_people_and_no_fewer() -> None:
    assert not gate(("sam", APPROVE)).approved
    assert gate(("sam", APPROVE), ("finn", APPROVE)).approved


def test_one_no_outweighs_every_yes() -> None:
    rejected = gate(("sam", APPROVE), ("finn", APPROVE), ("eve", REJECT))

    assert (rejected.approved, rejected.settled) == (False, True)


def test_a_question_settles_nothing() -> None:
    assert not gate(("sam", ASK), ("finn", ASK)).settled


EDIT = Vote(actor=SAM, outcome=APPROVE, at=NOW, edits={"amount": 1}, instead="d2")


def test_an_edit_ends_the_question_and_approves_nothing_of_it() -> None:
    edited = gate(approvers=1).model_copy(update={"votes": [EDIT]})

    assert (edited.settled, edited.approved) == (True, False)


@pytest.mark.parametrize(
    ("asked", "votes"),
    [
        (gate(digest="d2"), 1),
        (gate(digest="d3"), 0),  # the facts moved meanwhile
        (gate(digest="d2", roles=["finance"]), 0),  # above his authority
        (gate(digest="d2", requester=person("sam", "supervisor")), 0),
    ],
)
def test_an_edit_is_its_own_approval_as_far_as_the_authority_of_who_made_it_goes(asked: Gate, votes: int) -> None:
    assert len(carried(asked, EDIT, NOW)) == votes


def test_of_two_who_are_needed_the_one_who_edited_is_the_first() -> None:
    asked = gate(digest="d2")
    asked = asked.model_copy(update={"votes": carried(asked, EDIT, NOW)})

    assert not asked.settled
    again = may_decide(asked, SAM, Decide(outcome=APPROVE, digest="d2"), NOW)
    assert again is not None
    assert again.rule == "gate.voted"
