"""Runs that began with an earlier version go on with this one: recorded histories replay without a difference."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from handrail import telemetry, temporal
from handrail.settings import Settings
from tests.desk.house import TEST_PAYLOAD_KEY
from tests.desk.scenarios import SCENARIOS
from tests.record_histories import HISTORIES
from tests.refund.changed_refund import MarksFirst
from workflows._catalog import processes

RECORDED = sorted(HISTORIES.glob("*.json"))


def replayer(workflows: list[type]) -> Replayer:
    telemetry.start("tests")
    settings = Settings(payload_key=TEST_PAYLOAD_KEY)
    return Replayer(
        workflows=workflows, data_converter=temporal.converter(settings), plugins=list(temporal.plugins())
    )  # fmt: skip


def recorded(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"default:{file.stem}", file.read_text())


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path) -> None:
    await replayer(processes()).replay_workflow(recorded(file))


def test_every_scenario_has_its_recorded_history() -> None:
    missing = SCENARIOS.keys() - {file.stem for file in RECORDED}

    assert not missing, f"Record them: python -m tests.record_histories {' '.join(sorted(missing))}"


async def test_a_changed_order_of_steps_is_noticed() -> None:
    unchanged = [process for process in processes() if process.__name__ != "Refund"]

    with pytest.raises(NondeterminismError):
        await replayer([*unchanged, MarksFirst]).replay_workflow(recorded(HISTORIES / "small_refund.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
async def test_a_run_whose_last_step_is_another_one_now_is_noticed(file: Path) -> None:
    """In each process: as if the step had had another name when the run made it."""
    other = with_another_last_step(file)
    if other is None:
        return  # it only looked

    with pytest.raises(NondeterminismError):
        await replayer(processes()).replay_workflow(other)


def with_another_last_step(file: Path) -> WorkflowHistory | None:
    history = json.loads(file.read_text())
    scheduled = [e.get("activityTaskScheduledEventAttributes") for e in history["events"]]
    steps = [step for step in scheduled if step]
    if not steps:
        return None
    steps[-1]["activityType"]["name"] = "another_step"
    return WorkflowHistory.from_json(f"default:{file.stem}", history)


def test_recorded_histories_hold_no_name_in_clear() -> None:
    for file in RECORDED:
        assert "example.com" not in file.read_text(), file.name
