"""A run as the record tells it: asked, looked, confirmed, parked for a day, approved, one retry, done."""

from typing import Any

ai = {"kind": "ai", "id": "ai-voice-1", "name": "voice agent"}
sam = {"kind": "human", "id": "sam", "name": "Sam"}
policy = {
    "rules": ["refund.approval"],
    "policy": "refund",
    "version": "2026-11-21",
    "digest": "sha256:e08ced8a93adf7e3",
    "decision": "approve",
}


def event(seq: int, at: str, type_: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    common = {"seq": seq, "at": at, "type": type_, "step": "", "attempt": 0, "actor": ai, "policy": None}
    return common | {"body": body, "hash": f"{seq:064x}"} | more


def seen(seq: int, fact: str, source: str, version: str) -> dict[str, Any]:
    body = {"fact": fact, "source": source, "version": version, "read_at": "2026-11-21T09:00:00.050+00:00"}
    return event(seq, "2026-11-21T09:00:00.060+00:00", "seen", body, step="look/1")


def document(**changes: Any) -> dict[str, Any]:
    write = {"ref": "default:refund-7k/send_refund/1", "key": "1f4b12c8"}
    refund = {"step": "send_refund", "policy": policy}
    arguments = {"order_id": "4821", "amount": {"minor": 24_800, "currency": "EUR"}}
    events = [
        event(
            1, "2026-11-21T09:00:00+00:00", "called", {"tool": "refund_order", "arguments": arguments}, call_id="c-1"
        ),
        seen(2, "order 4821", "orders", "1.2"),
        seen(3, "payments of order 4821", "billing", ""),
        event(4, "2026-11-21T09:00:00.061+00:00", "decided", {"text": "A supervisor must approve."}, policy=policy),
        event(
            5, "2026-11-21T09:00:00.062+00:00", "waiting", {"gate": 1, "digest": "sha256:77", "roles": ["supervisor"]}
        ),
        event(
            6, "2026-11-22T09:00:00+00:00", "commanded", {"name": "decide", "body": {"outcome": "approve"}}, actor=sam
        ),
        event(7, "2026-11-22T09:00:01+00:00", "intent", write, attempt=1, **refund),
        event(
            8,
            "2026-11-22T09:00:03+00:00",
            "failed",
            write | {"error": "unavailable", "text": "503"},
            attempt=1,
            **refund,
        ),
        event(9, "2026-11-22T09:00:04+00:00", "intent", write, attempt=2, **refund),
        event(
            10,
            "2026-11-22T09:00:05+00:00",
            "receipt",
            write | {"external_id": "re_9", "outcome": "applied", "read_back_at": "2026-11-22T09:00:05+00:00"},
            **refund,
        ),
        event(11, "2026-11-22T09:00:05+00:00", "closed", {"status": "done", "say": "Done: 248.00 EUR."}),
    ]
    return {"reference": "refund-7k", "events": events, "verified": {"ok": True, "problems": []}} | changes
