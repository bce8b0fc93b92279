"""The history drawn: what a bar spans, and records of other versions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from handrail.console.waterfall import WIDTH, waterfall

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def event(seq: int, seconds: float, kind: str, **more: Any) -> dict[str, Any]:
    at = (START + timedelta(seconds=seconds)).isoformat()
    actor = {"kind": "ai", "id": "bot"}
    return {"seq": seq, "at": at, "type": kind, "actor": actor, "body": {}, "hash": f"h{seq}", **more}


def drawn(*events: dict[str, Any], now_s: float = 10_000) -> Any:
    history = {"reference": "r", "events": list(events), "verified": {"ok": True, "problems": []}}
    return waterfall(history, START + timedelta(seconds=now_s))


def test_a_write_spans_from_its_intent_to_its_own_receipt() -> None:
    picture = drawn(
        event(1, 0, "called", body={"tool": "refund_order"}),
        event(2, 1, "intent", step="refund", attempt=1, body={"ref": "t:r/refund/1", "key": "k-1"}),
        event(3, 3, "failed", step="refund", body={"error": "billing: 503"}),
        event(4, 4, "intent", step="refund", attempt=2, body={"ref": "t:r/refund/1", "key": "k-1"}),
        event(5, 4.5, "receipt", step="refund/1", body={"ref": "t:r/refund/1", "external_id": "re_1"}),
        event(6, 5, "closed", body={"status": "done"}),
    )
    bars = {bar.event.seq: bar for bar in picture.bars}
    assert [bars[n].headline for n in (1, 3, 5, 6)] == [
        "Called refund_order", "Failed: Refund", "Done: Refund", "Closed: Done",
    ]  # fmt: skip
    assert (bars[2].lasted, bars[4].lasted) == ("2.0 s", "500 ms")
    assert bars[2].left + bars[2].width == bars[3].left
    assert picture.lasted == "5.0 s"


def test_waiting_ends_with_the_decision_and_goes_on_until_now_without_one() -> None:
    waiting = event(1, 0, "waiting", body={"gate": 1, "roles": ["supervisor"]})
    decided = event(2, 7200, "commanded", body={"command": "decide", "outcome": "approve", "refused": None})
    assert drawn(waiting, decided).bars[0].lasted == "2 h"
    assert [bar.headline for bar in drawn(waiting, decided).bars] == ["Waits for a decision", "Approved"]
    assert drawn(waiting, now_s=600).bars[0].lasted == "10 min"


def test_milliseconds_stay_visible_beside_hours() -> None:
    bars = drawn(
        event(1, 0, "called"), event(2, 0.2, "waiting"), event(3, 90_000, "commanded"), event(4, 90_001, "closed")
    ).bars
    assert bars[1].left > WIDTH * 0.02
    assert all(bar.left + bar.width <= WIDTH for bar in bars)


def test_a_record_of_another_version_is_still_shown() -> None:
    bar = drawn(event(1, 0, "levitated", body={"nested": {"a": [1, {"b": None}]}}, policy=None, extra=1)).bars[0]
    assert bar.headline == "Levitated"
    assert '"nested"' in bar.body


def test_an_empty_history_is_no_error() -> None:
    assert waterfall({"reference": "r", "events": [], "verified": None}, START).bars == []


def test_a_refused_command_does_not_end_the_waiting_and_says_that_it_was_refused() -> None:
    refused = {"command": "decide", "outcome": "approve", "refused": {"rule": "gate.four_eyes", "text": "No."}}
    picture = drawn(
        event(1, 0, "waiting", body={"gate": 1}),
        event(2, 60, "commanded", body=refused),
        event(3, 120, "commanded", body={"command": "claim", "refused": None}),
        event(4, 180, "waiting", body={"gate": 1, "reminded": ["supervisor"]}),
        event(5, 240, "commanded", body={"command": "decide", "outcome": "reject", "refused": None}),
    )
    assert [bar.headline for bar in picture.bars][1:] == [
        "Refused: approved",
        "Claim",
        "Reminded supervisor",
        "Rejected",
    ]
    assert picture.bars[0].lasted == "4 min"


def test_writes_side_by_side_each_end_with_their_own_receipt() -> None:
    picture = drawn(
        event(1, 0, "intent", step="refund", body={"ref": "t:r/refund/1"}),
        event(2, 1, "intent", step="refund", body={"ref": "t:r/refund/2"}),
        event(3, 3, "receipt", step="refund/2", body={"ref": "t:r/refund/2", "read_back_at": "2026-11-20T09:00:03Z"}),
        event(4, 7, "receipt", step="refund/1", body={"ref": "t:r/refund/1", "outcome": "found"}),
    )
    assert [bar.lasted for bar in picture.bars] == ["7.0 s", "2.0 s", "", ""]
    assert [(bar.headline, bar.detail) for bar in picture.bars][2:] == [
        ("Done: Refund 2", "read back"),
        ("Done: Refund", "found"),
    ]


def test_facts_that_are_read_in_one_go_are_one_row_with_every_source() -> None:
    picture = drawn(
        event(1, 0, "seen", step="look/1", body={"fact": "order 4821", "source": "orders", "digest": "d1"}),
        event(2, 0, "seen", step="look/1", body={"fact": "customer C-1", "source": "crm", "digest": "d2"}),
        event(3, 9, "seen", step="look/2", body={"fact": "order 4821", "source": "orders", "version": "2"}),
    )
    assert [bar.headline for bar in picture.bars] == ["Read order 4821, customer C-1", "Read order 4821"]
    assert picture.bars[1].detail == "from orders, version 2"
    assert picture.events == 3
    for told in ("orders", "crm", "d1", "d2"):
        assert told in picture.bars[0].body
