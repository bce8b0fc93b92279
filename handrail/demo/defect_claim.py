"""A claim: from first notice to settlement, with the reserve set before any payment."""

from datetime import UTC, datetime, timedelta
from typing import Any

from handrail.demo.stage import Stage

TITLE = "A claim: from first notice to payment, the reserve first"
PLACE = 60
CALL = "call-mia-6"


def play(stage: Stage) -> None:
    stage.say(
        "Mia's coffee grinder (protection plan PP-4822) has stopped. What the claim needs is asked for, not guessed."
    )
    stage.call("ai", CALL, "verify_caller", email="mia.novak@example.com")
    loss: dict[str, Any] = {
        "kind": "defect",
        "loss_on": (datetime.now(UTC).date() - timedelta(days=1)).isoformat(),
        "description": "The grinder stopped after a week",
        "amount": {"minor": 4_000, "currency": "EUR"},
        "coverage_id": "PP-4822",
    }
    lacking = stage.call("ai", CALL, "open_claim", **loss)
    stage.expect(lacking["status"] == "needs_input" and bool(lacking["missing"]), "it names what is missing")

    loss["facts"] = {"symptom": "does not turn on"}
    asked = stage.call("ai", CALL, "open_claim", **loss)
    stage.expect(asked["status"] == "needs_confirmation", "the caller hears the settlement, less the deductible")
    answer = stage.call("ai", CALL, "open_claim", confirm=asked["digest"], **loss)
    if not answer["terminal"]:
        answer = stage.finished("ai", answer["reference"])

    stage.expect(answer["status"] == "done", "settled and read back")
    claims = stage.claims("C-1001")
    stage.expect([claim["state"] for claim in claims] == ["closed"], "the claim is closed")
    stage.expect(all(not claim["reserve"]["minor"] for claim in claims), "its reserve is released")
    stage.expect(stage.books_balance(), "the books balance")
