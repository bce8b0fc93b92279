"""A change of a case is taken back to what was there before."""

from datetime import UTC, datetime, timedelta

from domain.cases import Case, CaseChange

DUE = datetime(2026, 9, 10, 9, tzinfo=UTC)


def test_what_somebody_else_changed_since_is_not_taken_back() -> None:
    was, to = (
        Case(id="V-1", subject="Boiler", state="open", resolution_due=DUE, priority="low"),
        DUE + timedelta(days=1),
    )
    change = CaseChange(case_id=was.id, comment="Moved.", resolution_due=to, priority="high", before=was)
    ours = was.model_copy(update={"resolution_due": to, "priority": "high"})

    back = change.back(ours)
    partly = change.back(ours.model_copy(update={"resolution_due": DUE + timedelta(days=2)}))

    assert back
    assert (back.resolution_due, back.priority) == (DUE, "low")
    assert partly
    assert (partly.resolution_due, partly.priority) == (None, "low")
    assert change.back(was) is None
