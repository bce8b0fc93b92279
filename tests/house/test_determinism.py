"""Workflow code is replayed; what the sandbox would watch for at run time is looked for in the sources."""

from pathlib import Path

import pytest

from handrail.determinism import NotReplayable, check_workflows, faults_of

WORKFLOWS = Path(__file__).parents[2] / "workflows"


def test_the_shipped_workflows_may_be_replayed() -> None:
    check_workflows(WORKFLOWS)


@pytest.mark.parametrize(
    ("source", "instead"),
    [
        ("import random", "workflow.random()"),
        ("from uuid import uuid4", "workflow.uuid4()"),
        ("import os.path", "an activity"),
        ("def f():\n    import time", "workflow.now()"),
        ("from datetime import datetime\nat = datetime.now()", "workflow.now()"),
        ("import datetime\nat = datetime.datetime.now(datetime.UTC)", "workflow.now()"),
        ("import asyncio\nasync def f(ts):\n    await asyncio.wait(ts)", "workflow.wait()"),
        ("text = open('rules.yaml').read()", "an activity"),
        ("def f():\n    global seen\n    seen = 1", "own attributes"),
    ],
)
def test_what_would_not_replay_is_named_with_what_to_use(source: str, instead: str) -> None:
    faults = faults_of(source, "claim.py")
    assert len(faults) == 1
    assert instead in faults[0]
    assert faults[0].startswith("workflows/claim.py line ")


@pytest.mark.parametrize(
    "source", ["from datetime import datetime, timedelta", "at = workflow.now()", "workflow.wait(t)"]
)
def test_what_replays_is_left_alone(source: str) -> None:
    assert faults_of(source, "claim.py") == []


def test_a_worker_refuses_a_process_file_that_asks_the_clock(tmp_path: Path) -> None:
    (tmp_path / "claim.py").write_text("from datetime import datetime\nAT = datetime.now()\n")
    with pytest.raises(NotReplayable, match=r"claim\.py line 2"):
        check_workflows(tmp_path)
