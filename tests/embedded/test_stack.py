"""The launcher with a real Temporal server and real simulators."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from handrail.embedded import HomeInUse, NotReady, Stack
from handrail.search_attributes import missing
from tests.embedded.processes import ended

PARTS = ("temporal", "simulators")
ROOT = Path(__file__).resolve().parents[2]
NOTE = {"text": "called twice", "reference": "test:1"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack") / "home", parts=PARTS) as stack:
        yield stack


def notes(stack: Stack) -> list[str]:
    url = f"{stack.simulators_url}/crm/customers/C-1001/notes"
    answer = httpx.get(url, params={"reference": "test:1"}, headers={"Authorization": "Bearer sim-key"})
    return [note["text"] for note in answer.json()["data"]]


def add_note(stack: Stack) -> None:
    headers = {"Authorization": "Bearer sim-key", "Idempotency-Key": "test-1"}
    answer = httpx.post(f"{stack.simulators_url}/crm/customers/C-1001/notes", json=NOTE, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_a_started_stack_is_ready_for_use(stack: Stack) -> None:
    client = await Client.connect(stack.temporal_address)

    assert await missing(client) == []
    async with httpx.AsyncClient(base_url=stack.simulators_url) as simulators:
        assert (await simulators.get("/admin/health")).status_code == 200


def test_it_comes_with_credentials_for_an_ai_a_person_and_a_supervisor(stack: Stack) -> None:
    file = stack.home.path / "credentials.json"

    assert {"ai", "agent", "supervisor"} <= stack.tokens.keys()
    assert stack.tokens["supervisor"] in json.loads(file.read_text()).values()
    assert file.stat().st_mode & 0o077 == 0


def test_a_killed_part_comes_back_with_what_it_knew(stack: Stack) -> None:
    add_note(stack)
    before = stack.pid("simulators")

    stack.kill("simulators", restart=True)
    stack.wait_ready("simulators")

    assert stack.pid("simulators") not in (None, before)
    assert notes(stack) == ["called twice"]


def test_a_part_killed_for_good_stays_away_until_it_is_started(stack: Stack) -> None:
    stack.kill("simulators")
    assert stack.pid("simulators") is None

    stack.start("simulators")

    assert httpx.get(f"{stack.simulators_url}/admin/health").status_code == 200


async def test_a_killed_temporal_comes_back_with_its_runs(stack: Stack) -> None:
    client = await Client.connect(stack.temporal_address)
    await client.start_workflow("Nobody", id="kept-1", task_queue="nobody")

    stack.kill("temporal", restart=True)
    stack.wait_ready("temporal")

    again = await Client.connect(stack.temporal_address)
    assert (await again.get_workflow_handle("kept-1").describe()).id == "kept-1"


def test_a_second_stack_in_the_same_home_is_refused(stack: Stack) -> None:
    with pytest.raises(HomeInUse, match=str(os.getpid())):
        Stack(stack.home.path, parts=PARTS).up()

    assert stack.pid("temporal") is not None


async def test_a_stopped_stack_starts_again_with_nothing_lost(tmp_path: Path) -> None:
    async with Stack(tmp_path, parts=PARTS) as first:
        add_note(first)
        client = await Client.connect(first.temporal_address)
        await client.start_workflow("Nobody", id="kept-2", task_queue="nobody")
        pids = [first.pid(part) for part in PARTS]
    assert all(pid and ended(pid, 0) for pid in pids)

    async with Stack(tmp_path, parts=PARTS) as second:
        assert notes(second) == ["called twice"]
        client = await Client.connect(second.temporal_address)
        assert (await client.get_workflow_handle("kept-2").describe()).id == "kept-2"


def test_a_part_that_dies_at_its_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "simulators.db").mkdir()

    with pytest.raises(NotReady, match=r"The simulators stopped with exit code \d+ before it was ready") as failure:
        Stack(tmp_path, parts=["simulators"]).up()

    assert "unable to open database file" in str(failure.value)


_LAUNCHER = """
import signal, sys
from pathlib import Path
from handrail.embedded import Stack
with Stack(Path(sys.argv[1]), parts=("temporal", "simulators")) as stack:
    print(stack.pid("temporal"), stack.pid("simulators"), flush=True)
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a child's life to its parent's")
def test_children_do_not_outlive_a_launcher_that_is_killed(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout
    pids = [int(pid) for pid in launcher.stdout.readline().split()]
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()

    assert len(pids) == 2
    assert all(ended(pid) for pid in pids)
