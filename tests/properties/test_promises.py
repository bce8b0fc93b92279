"""The promises of a game can be seen to break: each is put to a run that broke it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.answers import Answer, Effect, Status
from tests.desk.doors import Problem
from tests.properties import promises

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def event(second: int, kind: str, who: str, **body: Any) -> dict[str, Any]:
    actor = {"kind": "ai" if who == "bot" else "human", "id": who}
    at = (NOON + timedelta(seconds=second)).isoformat()
    return {"type": kind, "at": at, "actor": actor, "step": body.pop("step", ""), "body": body}


def writes(begun: int, who: str, step: str, sent_after: int = 0) -> dict[str, Any]:
    begun_at = (NOON + timedelta(seconds=begun)).isoformat()
    return event(begun + sent_after, "intent", who, step=step, begun_at=begun_at)


def said(second: int, who: str, command: str, **body: Any) -> dict[str, Any]:
    return event(second, "commanded", who, command=command, **body)


A_TAKE_OVER = [
    writes(0, "bot", "open_case"), said(1, "ana", "take_over"),
    said(2, "ben", "take_over", refused={"rule": "owner.held"}), writes(3, "ana", "mark_order"),
    said(4, "ana", "hand_back"), writes(5, "bot", "send_refund"), said(6, "ben", "take_over"),
]  # fmt: skip


def test_a_take_over_in_order_breaks_nothing() -> None:
    assert promises.of_a_record(A_TAKE_OVER) == []


def test_a_write_that_was_begun_before_the_take_over_and_sent_after_it_breaks_nothing() -> None:
    late = [writes(0, "bot", "open_case", sent_after=2), said(1, "ana", "take_over")]
    at_once = [writes(1, "bot", "open_case"), said(1, "ana", "take_over")]
    handed_back = [said(1, "ana", "take_over"), said(3, "ana", "hand_back"), writes(3, "bot", "open_case")]

    assert [promises.of_a_record(events) for events in (late, at_once, handed_back)] == [[], [], []]


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([*A_TAKE_OVER, said(7, "ana", "take_over")], "ana has it while ben does"),
        ([*A_TAKE_OVER, said(7, "ana", "claim")], "ana has it while ben does"),
        ([*A_TAKE_OVER, writes(7, "bot", "refund")], "bot writes refund while ben has it"),
    ],
)
def test_two_owners_at_once_and_an_agents_write_after_a_take_over_are_seen(events: Any, why: str) -> None:
    assert promises.of_a_record(events) == [why]


def test_once_a_lease_is_over_another_may_have_it() -> None:
    assert promises.of_a_record([*A_TAKE_OVER, said(67, "ana", "take_over")]) == []


EFFECT = Effect(action="a", subject="s", summary="x")
OPEN = Answer(status=Status.ACCEPTED, reference="r", say="Well.", revision=1, next=["note", "take_over"])


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.NEEDS_CONFIRMATION}, {"status": Status.NEEDS_VERIFICATION}, {"status": Status.NEEDS_INPUT},
        {"status": Status.DENIED}, {"status": Status.UNDONE}, {"status": Status.DONE}, {"say": ""}, {"next": []},
        {"terminal": True},
        {"status": Status.NEEDS_CONFIRMATION, "effect": EFFECT, "digest": "other"},
    ],
)  # fmt: skip
def test_an_answer_in_no_legal_state_is_seen(changes: dict[str, Any]) -> None:
    assert promises.of_an_answer(OPEN) == []
    assert promises.of_an_answer(OPEN.model_copy(update=changes))


def test_a_command_that_was_not_listed_and_obeyed_is_seen() -> None:
    assert promises.of_obedience("decide", OPEN, OPEN)
    assert not promises.of_obedience("note", OPEN, OPEN)


@pytest.mark.parametrize(
    "refused",
    [
        Problem(500, "", {"detail": "Oops."}),
        Problem(409, "repair.none", {"detail": ""}),
        Problem(409, "repair.none", {"detail": "Nothing.", "answer": {"next": ["retry"], "status": "accepted"}}),
    ],
)
def test_a_refusal_without_a_reason_or_of_what_was_listed_is_seen(refused: Problem) -> None:
    assert promises.of_a_refusal("retry", refused)
