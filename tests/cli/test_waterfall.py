from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from handrail.cli.story import moments
from handrail.cli.waterfall import BAR, duration, waterfall
from tests.cli.sample import document, event


def shown(history: dict[str, Any]) -> str:
    screen = Console(width=110, file=StringIO(), color_system=None)
    screen.print(waterfall(history))
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_it_tells_who_saw_what_under_which_rule_and_how_it_ended() -> None:
    text = shown(document())

    for part in (
        "refund_order order_id=4821 amount=248.00 EUR",
        "order 4821 from orders version 1.2",
        "rule refund.approval",
        "policy refund 2026-11-21 sha256:e08ced8a",
        "human Sam",
        "decide approve",
        "key 1f4b12c8",
        "receipt re_9 · applied · read back",
        "Done: 248.00 EUR.",
        "✓ the chain is whole",
    ):
        assert part in text


def test_facts_read_together_are_one_moment() -> None:
    [looked] = [moment for moment in moments(document()["events"]) if moment.kind == "seen"]

    assert looked.details == ["order 4821 from orders version 1.2", "payments of order 4821 from billing"]


def test_a_write_is_one_moment_from_first_intent_to_receipt_with_its_attempts() -> None:
    [write] = [moment for moment in moments(document()["events"]) if moment.kind == "write"]

    assert (write.title, write.good, write.until - write.at) == ("send refund", True, timedelta(seconds=4))
    assert write.details == [
        "key 1f4b12c8",
        "attempt 1: unavailable: 503",
        "attempt 2: looked up before it is sent again",
        "receipt re_9 · applied · read back",
    ]


def test_a_wait_lasts_until_somebody_decides() -> None:
    [wait] = [moment for moment in moments(document()["events"]) if moment.kind == "waiting"]

    assert duration(wait.until - wait.at) == "1 d 0 h"
    assert wait.title == "gate 1, for supervisor"


def test_a_day_of_waiting_leaves_room_for_the_seconds_after_it() -> None:
    lines = [line for line in shown(document()).splitlines() if "● write" in line]

    assert len(lines) == 1
    assert lines[0].count("━") > BAR // 5


def test_a_write_that_failed_is_marked() -> None:
    events = document()["events"][:8]

    assert "✗ write" in shown(document(events=events))


def test_a_write_without_any_answer_is_marked_as_open() -> None:
    events = document()["events"][:7]

    assert "○ write" in shown(document(events=events))


def test_a_broken_chain_is_told_with_the_place() -> None:
    verified = {"ok": False, "problems": ["default/refund-7k event 3 (run:3): its content was changed"]}

    text = shown(document(verified=verified))

    assert "✗ the record does not verify" in text
    assert "event 3 (run:3): its content was changed" in text


def test_an_event_of_a_kind_that_is_not_known_is_shown_as_it_is() -> None:
    new = event(1, "2026-11-21T09:00:00+00:00", "teleported", {"to": "Graz", "parts": [1, 2]})

    assert "teleported ai voice agent to=Graz parts=1, 2" in shown(document(events=[new]))


def test_a_run_without_events_says_so() -> None:
    assert "nothing is on record yet" in shown(document(events=[]))


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "0 ms"),
        (timedelta(milliseconds=340), "340 ms"),
        (timedelta(seconds=12.34), "12.3 s"),
        (timedelta(seconds=250), "4 min 10 s"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_durations_are_told_in_the_unit_that_fits(length: timedelta, text: str) -> None:
    assert duration(length) == text
