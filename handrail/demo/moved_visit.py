"""An appointment: the hour that is asked for is not possible, a free one is offered, and the technician comes then."""

from datetime import UTC, datetime, timedelta

from handrail.demo.stage import Stage

TITLE = "An appointment: moved to a free hour, in the company's time zone"
PLACE = 80
CALL = "call-jonas-5"


def play(stage: Stage) -> None:
    stage.say("A technician is to repair the dishwasher of Jonas in a week. He would like to have him at night.")
    stage.call("ai", CALL, "verify_caller", email="jonas.weber@example.com")
    night = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT03:00")
    refused = stage.call("ai", CALL, "reschedule_appointment", start=night)
    stage.expect(refused["status"] == "needs_input", "nobody works then; free hours are offered")

    start = refused["missing"][0]["options"][0]
    asked = stage.call("ai", CALL, "reschedule_appointment", start=start)
    stage.expect(asked["status"] == "needs_confirmation", "he hears the exact effect first")
    answer = stage.call("ai", CALL, "reschedule_appointment", confirm=asked["digest"], start=start)
    if not answer["terminal"]:
        answer = stage.finished("ai", answer["reference"])

    stage.expect(answer["status"] == "done", "moved, read back, and written to him")
    [visit] = [case for case in stage.cases("C-1002") if case["id"] == "V-7001"]
    begins = datetime.fromisoformat(visit["resolution_due"])
    stage.expect(begins == datetime.fromisoformat(start), "the case system has the new hour")
