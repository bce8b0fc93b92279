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
DAY, HOUR = SHIPPED.model_dump(mode="json")["limits"]
VIP: dict[str, Any] = {"name": "vip", "labels": ["vip"]}

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
    {"limits": []},
    {"limits": [DAY | {"amount": 150_001}, HOUR]},
    {"limits": [DAY, HOUR | {"count": 201}]},
    {"limits": [DAY | {"within": "PT12H"}, HOUR]},
    {"limits": [DAY, HOUR | {"count": None}]},
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
# A segment that comes or goes also changes who is judged by it: a person looks at that.
SEGMENTS: list[tuple[dict[str, Any], Direction, str]] = [
    ({"auto_up_to": {"ai": 6_000}}, Direction.WIDER, "ai agents, customers vip, above 50.00 up to 60.00 EUR"),
    ({"autonomy": {"ai": "off"}}, Direction.NARROWER, "ai agents, customers vip, "),
    ({"autonomy_in": {"goodwill": {"ai": "off"}}}, Direction.NARROWER, "ai agents (goodwill), customers vip, "),
    ({"limits": {"customer_day": {"amount": 300_000}}}, Direction.WIDER, "limit customer_day, customers vip"),
    ({"limits": {"customer_day": {"amount": 1_000}}}, Direction.NARROWER, "limit customer_day, customers vip"),
]  # fmt: skip


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


@pytest.mark.parametrize(("words", "direction", "what"), SEGMENTS, ids=[str(row[0]) for row in SEGMENTS])
def test_what_a_segment_of_customers_may_more_or_less_is_told_with_its_name(
    words: dict[str, Any], direction: Direction, what: str
) -> None:
    none, some = changed(segments=[VIP]), changed(segments=[VIP | words])

    there, back = changes(none, some), changes(some, none)

    assert there
    assert all(change.what.startswith(what) for change in [*there, *back])
    assert {change.direction for change in there} == {direction}
    assert {change.direction for change in back} == {Direction.WIDER, Direction.NARROWER} - {direction}


def test_other_labels_or_another_order_of_segments_are_looked_at() -> None:
    new = {"name": "new", "labels": ["new"], "auto_up_to": {"ai": 1_000}}
    old = changed(segments=[VIP, new])

    labels = changes(old, changed(segments=[VIP | {"labels": ["gold"]}, new]))
    order = changes(old, changed(segments=[new, VIP]))

    assert [(change.what, change.direction) for change in labels] == [
        ("labels of customers vip", Direction.UNKNOWN),
    ]  # fmt: skip
    assert [change.direction for change in order] == [Direction.UNKNOWN]


def test_a_limit_that_counts_for_fewer_is_looked_at() -> None:
    [change] = told(limits=[DAY, HOUR | {"of": ["ai", "human"]}])

    assert (change.what, change.direction) == ("limit ai_agent_hour", Direction.UNKNOWN)


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
