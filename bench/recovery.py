"""kill -9 of the worker while the refund is under way at billing: how long until all is done, and is it one refund?"""

import threading
import time
from dataclasses import dataclass

from bench.shop import calls, dataset
from bench.stage import Contender, Stage

_SLOW_MS = 400
"""Billing applies the refund so long after it was asked: by then the asker is dead."""


@dataclass
class Recovered:
    """Seconds until the systems show the last effects; and what billing saw."""

    contender: str
    from_kill: float
    from_restart: float
    sent: int
    effects: int


def recover(stage: Stage, contender: Contender, tag: str) -> Recovered:
    some = calls(f"{tag}-{contender.key}", 1, 1)
    order = some[0].orders[0]
    stage.admin.latency(20)
    stage.admin.load(dataset(some))
    contender.driver.ask("prepare", some)
    stage.admin.fault(system="billing", operation="refund", kind="slow", delay_ms=_SLOW_MS, times=1)
    contender.driver.ask("one", some)
    _until(lambda: stage.admin.fired() > 0, "the refund was never sent")
    killed = _kill(stage, contender)
    restarted = time.monotonic()
    _restart(stage, contender)
    _until(lambda: _finished(stage), "it was never finished")
    end = time.monotonic()
    stage.admin.no_faults()
    sent = sum(entry["operation"] == "refund" for entry in stage.admin.log())
    refunds = [r for r in stage.admin.export()[0]["refunds"] if r["payment_id"] == f"pay-{order}"]
    return Recovered(contender.key, end - killed, end - restarted, sent, len(refunds))


def _kill(stage: Stage, contender: Contender) -> float:
    at = time.monotonic()
    if contender.key in ("handrail", "rail"):
        stage.stack.kill("worker")
    else:
        (contender.worker or contender.driver).kill()
    return at


def _restart(stage: Stage, contender: Contender) -> None:
    """Does not wait until it is ready. Notes the new process, for whoever measures next."""
    if contender.key in ("handrail", "rail"):
        threading.Thread(target=stage.stack.start, args=("worker",), daemon=True).start()
        return
    process = contender.worker or contender.driver
    threading.Thread(target=process.start, daemon=True).start()


def _finished(stage: Stage) -> bool:
    done = {entry["operation"] for entry in stage.admin.log() if 200 <= entry["status"] < 300}
    return {"refund", "add_note", "update_case"} <= done


def _until(true: object, complaint: str, within_s: float = 60) -> None:
    assert callable(true)
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Recovery: {complaint} within {within_s:.0f} s.")
        time.sleep(0.01)
