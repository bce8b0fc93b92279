"""A case: what the team needs is asked for, the same trouble told twice is one case, and the clock runs."""

from typing import Any

from handrail.demo.stage import Stage

TITLE = "A case: intake, a duplicate, and the service clock"
PLACE = 70
CALL = "call-jonas-3"


def play(stage: Stage) -> None:
    stage.say("A parcel of Jonas is late. The category says what the team must know.")
    stage.call("ai", CALL, "verify_caller", email="jonas.weber@example.com")
    trouble: dict[str, Any] = {"category": "late_delivery", "subject": "Where is my parcel?", "order_id": "4901"}
    lacking = stage.call("ai", CALL, "create_case", **trouble)
    stage.expect(lacking["status"] == "needs_input", "it asks for the promised date, and says why")

    trouble["facts"] = {"promised_date": "2026-11-20"}
    opened = stage.call("ai", CALL, "create_case", **trouble)
    stage.expect(opened["status"] in ("accepted", "handed_off"), "it lies in the team's queue, with its targets")
    cases = len(stage.cases("C-1002"))

    stage.say("\nHe calls again an hour later and tells it in other words.")
    trouble["subject"] = "My parcel has not come, where is it?"
    again = stage.call("ai", "call-jonas-4", "verify_caller", email="jonas.weber@example.com")
    again = stage.call("ai", "call-jonas-4", "create_case", **trouble)
    stage.expect(len(stage.cases("C-1002")) == cases, "no second case is opened")
    stage.expect(again["status"] == "done", "he is told of the one that is there")
