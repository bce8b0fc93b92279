"""What a change of the limits makes wider is told as wider, whatever else becomes narrower with it."""

from typing import Any

import pytest

from domain.policies import RefundPolicy
from domain.policy_changes import Change, Direction, changes, same_version
from tests.domain.refund_facts import SHIPPED


def changed(**words: Any) -> RefundPolicy:
    return RefundPolicy.model_validate(SHIPPED.model_dump() | words)


def told(**words: Any) -> list[Change]:
    return changes(SHIPPED, changed(**words))


BANDS = [{"up_to": 100_000, "roles": ["supervisor"], "approvers": 1}]
ALL = {"up_to": None, "roles": ["supervisor", "finance"], "approvers": 2}

WIDER: list[dict[str, Any]] = [
    {"auto_up_to": {"ai": 5_001, "human": 20_000, "system": 0}},
    {"confirm_above": {"ai": 2_600, "human": 10_000, "system": 0}},
    {"per_action": {"ai": 100_001, "human": 500_000, "system": 50_000}},
    {"approval": [*BANDS, ALL | {"approvers": 1}]},
    {"approval": [BANDS[0] | {"roles": ["supervisor", "agent"]}, ALL]},
    {"assurance": [{"up_to": None, "level": 1}]},
    {"payee_change_level": 1},
    {"currencies": ["EUR", "USD", "GBP", "CHF"]},
    {"window_days": 91},
    {"reasons": [*SHIPPED.reasons, "because"]},
    {"statuses": ["delivered", "shipped"]},
    {"customer_day": 150_001},
    {"ai_agent_hour_count": 201},
    {"confirmation_expires_after": "PT31M"},
]
NARROWER: list[dict[str, Any]] = [
    {"auto_up_to": {"ai": 4_999, "human": 20_000, "system": 0}},
    {"confirm_above": {"ai": -1, "human": 10_000, "system": 0}},
    {"autonomy": {"ai": "approve_each"}},
    {"autonomy": {"ai": "suggest"}},
    {"autonomy": {"ai": "off"}},
    {"autonomy_in": {"goodwill": {"ai": "suggest"}}},
    {"currencies": ["EUR"]},
    {"window_days": 89},
    {"to_stored_value": False},
    {"payee_change_level": 3},
]


@pytest.mark.parametrize("words", WIDER, ids=str)
def test_what_gives_more_freedom_is_wider_and_its_way_back_narrower(words: dict[str, Any]) -> None:
    found = told(**words)

    assert found
    assert {change.direction for change in found} == {Direction.WIDER}
    assert not any(change.wider for change in changes(changed(**words), SHIPPED))


@pytest.mark.parametrize("words", NARROWER, ids=str)
def test_what_takes_freedom_is_narrower_and_its_way_back_wider(words: dict[str, Any]) -> None:
    found = told(**words)

    assert found
    assert {change.direction for change in found} == {Direction.NARROWER}
    assert all(change.wider for change in changes(changed(**words), SHIPPED))


def test_wider_in_one_thing_and_narrower_in_another_is_wider() -> None:
    found = told(
        auto_up_to={"ai": 6_000, "human": 20_000, "system": 0}, confirm_above={"ai": -1, "human": 10_000, "system": 0}
    )

    assert [change.what for change in found if change.wider] == ["ai agents, above 50.00 up to 60.00 EUR"]


def test_a_change_is_told_in_words_with_the_amounts_it_is_about() -> None:
    [change] = told(auto_up_to={"ai": 6_000, "human": 20_000, "system": 0})

    assert change.what == "ai agents, above 50.00 up to 60.00 EUR"
    assert change.before.endswith("1 approval by supervisor")
    assert change.after.endswith("the caller confirms")


def test_a_clock_is_neither_wider_nor_narrower() -> None:
    [change] = told(gate=SHIPPED.gate.model_dump() | {"remind_every": "PT1H"})

    assert (change.what, change.direction) == ("gate.remind_every", Direction.OTHER)


def test_a_word_of_which_nobody_told_the_direction_counts_as_wider() -> None:
    class Later(RefundPolicy):
        a_word_of_tomorrow: int = 1

    old = Later.model_validate(SHIPPED.model_dump())
    [change] = changes(old, old.model_copy(update={"a_word_of_tomorrow": 2}))

    assert (change.direction, change.wider) == (Direction.UNKNOWN, True)


def test_the_same_document_has_no_changes() -> None:
    assert told() == []


def test_other_rules_under_the_same_version_are_noticed() -> None:
    assert same_version(SHIPPED, changed(window_days=91))
    assert not same_version(SHIPPED, changed(window_days=91, version="next"))
    assert not same_version(SHIPPED, changed())
