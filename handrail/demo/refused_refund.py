"""Billing refuses for good at the last step: everything before it is undone."""

from typing import Any

from handrail.demo.stage import Stage

TITLE = "Billing refuses at the last step: what came before is undone"
PLACE = 30
CALL = "call-mia-3"


def play(stage: Stage) -> None:
    stage.say(
        "The card of order 4822 is closed, and billing will say so: after the case is open and the order is marked."
    )
    stage.simulators.post(
        "/admin/faults",
        {
            "system": "billing",
            "operation": "refund",
            "kind": "refuse",
            "times": 1,
            "code": "instrument_closed",
            "message": "The card was closed by its issuer.",
        },
    )
    stage.call("ai", CALL, "verify_caller", email="mia.novak@example.com")
    asked: dict[str, Any] = {"order_id": "4822", "lines": ["4822-1"], "reason": "wrong_item"}
    first = stage.call("ai", CALL, "refund_order", **asked)
    stage.expect(first["status"] == "needs_confirmation", "40.00 EUR is to be confirmed")
    answer = stage.call("ai", CALL, "refund_order", confirm=first["digest"], **asked)
    if not answer["terminal"]:
        answer = stage.finished("ai", answer["reference"])

    stage.expect(answer["status"] == "undone", "the caller is told that it was undone")
    stage.expect(stage.refunds("4822") == [], "no money has moved")
    stage.expect(stage.order("4822")["marks"] == [], "the order carries no mark any more")
    states = [case["state"] for case in stage.cases("C-1001") if case["order_id"] == "4822"]
    stage.expect(states == ["withdrawn"], "its case is withdrawn")
    stage.expect(stage.books_balance(), "the books balance")
