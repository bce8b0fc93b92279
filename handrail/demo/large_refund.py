"""A large refund: the caller confirms the exact effect, a supervisor approves it, then the money moves."""

from typing import Any

from handrail.demo.stage import Stage

TITLE = "A large refund: confirmed by the caller, approved by a person"
PLACE = 20
CALL = "call-mia-2"


def play(stage: Stage) -> None:
    stage.say("Mia calls again: the headphones, 248.00 EUR. More than an AI agent may refund by itself.")
    stage.call("ai", CALL, "verify_caller", email="mia.novak@example.com")
    asked: dict[str, Any] = {"order_id": "4821", "lines": ["4821-3"], "reason": "defective"}
    first = stage.call("ai", CALL, "refund_order", **asked)
    stage.expect(
        first["status"] == "needs_confirmation", "nothing happens before the caller has heard the exact effect"
    )

    stage.say("\nShe says yes. The confirmation carries the digest of exactly that effect.")
    parked = stage.call("ai", CALL, "refund_order", confirm=first["digest"], **asked)
    stage.expect(parked["status"] == "needs_approval", "it waits for a supervisor")
    stage.expect(len(_large(stage)) == 0, "no money has moved")

    reference = stage.kept["large refund"] = parked["reference"]
    stage.decide("supervisor", reference, "approve", "known defect of this batch")
    answer = stage.finished("ai", reference)
    stage.expect(answer["status"] == "done", "done, read back from the systems of record")
    stage.expect(_large(stage) == [24_800], "billing has one refund of 248.00 EUR")


def _large(stage: Stage) -> list[int]:
    return [refund["amount"]["minor"] for refund in stage.refunds("4821") if refund["amount"]["minor"] == 24_800]
