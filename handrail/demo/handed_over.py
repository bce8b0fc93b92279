"""A takeover: a person takes the run from the AI agent, and hands it back with what may be said."""

from typing import Any

from handrail.demo.stage import Stage

TITLE = "A takeover: one run, two hands"
PLACE = 90
CALL = "call-jonas-2"


def play(stage: Stage) -> None:
    stage.say("Jonas is upset. While his refund of 30.00 EUR waits for his yes, agent Ana takes the run over.")
    stage.call("ai", CALL, "verify_caller", email="jonas.weber@example.com")
    wanted: dict[str, Any] = {
        "order_id": "4901",
        "amount": {"minor": 3_000, "currency": "EUR"},
        "reason": "arrived_late",
    }
    asked = stage.call("ai", CALL, "refund_order", **wanted)
    reference = asked["reference"]
    stage.tell("agent", reference, "take_over", reason="the caller is upset")

    held = stage.call("ai", CALL, "refund_order", confirm=asked["digest"], **wanted)
    stage.expect(held["status"] == "handed_off", "the agent's yes does nothing while Ana holds it")

    stage.tell(
        "agent", reference, "hand_back", decision="go on", message_for_caller="We are sorry that it took so long."
    )
    back = stage.until(lambda: _asks_again(stage, reference), "the run to ask again")
    stage.expect("returned" in (back["result"] or {}), "the agent is told what Ana decided and what it may say")
    answer = stage.call("ai", CALL, "refund_order", confirm=asked["digest"], **wanted)
    stage.expect(answer["status"] == "done", "handed back, confirmed, done: one run, one record")


def _asks_again(stage: Stage, reference: str) -> dict[str, Any] | None:
    answer = stage.answer("ai", reference)
    return answer if answer["status"] == "needs_confirmation" else None
