"""The worker is killed twice: while the run waits for a person, and while money moves. It finishes once."""

from typing import Any

from handrail.demo.stage import Stage

TITLE = "kill -9, twice: it finishes once"
PLACE = 40
CALL = "call-jonas-1"


def play(stage: Stage) -> None:
    stage.say("Jonas Weber wants 120.00 EUR of order 4901 back: for a supervisor, as before.")
    stage.call("ai", CALL, "verify_caller", email="jonas.weber@example.com")
    asked: dict[str, Any] = {
        "order_id": "4901",
        "amount": {"minor": 12_000, "currency": "EUR"},
        "reason": "missing_item",
    }
    first = stage.call("ai", CALL, "refund_order", **asked)
    parked = stage.call("ai", CALL, "refund_order", confirm=first["digest"], **asked)
    stage.expect(parked["status"] == "needs_approval", "it waits for a supervisor")
    reference = parked["reference"]

    stage.say("\nWhile it waits, the worker is killed with -9. The stack starts another one.")
    _kill_worker(stage)
    stage.until(lambda: stage.answer("ai", reference)["status"] == "needs_approval", "the run to answer again")
    stage.expect(True, "it still waits for the supervisor: nothing was lost")

    stage.say("\nBilling gets slow, the supervisor approves, and the worker is killed while the refund is under way.")
    stage.simulators.post(
        "/admin/faults",
        {"system": "billing", "operation": "refund", "kind": "slow", "times": 1, "delay_ms": 1_500},
    )
    stage.decide("supervisor", reference, "approve", "parcel was short")
    stage.until(lambda: _is_under_way(stage), "the refund to be under way")
    _kill_worker(stage)

    answer = stage.finished("ai", reference)
    stage.expect(answer["status"] == "done", "done, read back")
    amounts = [refund["amount"]["minor"] for refund in stage.refunds("4901")]
    stage.expect(amounts == [12_000], "billing has one refund of 120.00 EUR, not two")
    stage.expect(stage.books_balance(), "the books balance")


def _kill_worker(stage: Stage) -> None:
    before = stage.stack.pid("worker")
    stage.stack.kill("worker", restart=True)
    stage.stack.wait_ready("worker")
    stage.expect(stage.stack.pid("worker") != before, f"worker {before} is dead, another one works")


def _is_under_way(stage: Stage) -> bool:
    faults = stage.simulators.get("/admin/faults")
    return any(fault["kind"] == "slow" and fault["fired"] for fault in faults["data"])
