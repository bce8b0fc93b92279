"""A policy document says all of its rules, or it is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.policies import RefundPolicy
from tests.domain.refund_facts import SHIPPED


def changed(**changes: Any) -> RefundPolicy:
    return RefundPolicy.model_validate(SHIPPED.model_dump() | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"custmer_day": 1},
        {"reasons": []},
        {"currencies": []},
        {"window_days": -1},
        {"approval": [{"up_to": 100, "roles": ["supervisor"]}]},
        {"approval": [{"up_to": None, "roles": []}]},
        {"approval": [{"up_to": 200, "roles": ["a"]}, {"up_to": 100, "roles": ["b"]}, {"up_to": None, "roles": ["c"]}]},
        {"assurance": []},
        {"assurance": [{"up_to": None, "level": 9}]},
    ],
    ids=str,
)
def test_a_document_with_a_hole_or_a_typo_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        changed(**changes)


def test_any_change_changes_the_digest() -> None:
    assert changed().digest == SHIPPED.digest
    assert changed(window_days=SHIPPED.window_days + 1).digest != SHIPPED.digest
