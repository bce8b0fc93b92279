import queue
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.embedded.child import Child
from handrail.embedded.supervisor import Supervisor

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()",
]
BROKEN = [sys.executable, "-c", "raise SystemExit(3)"]


class Stand:
    """A supervisor whose children's starts and notes can be waited for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: queue.Queue[Child] = queue.Queue()
        self.notes: queue.Queue[str] = queue.Queue()
        self.supervisor = Supervisor(self.notes.put)

    def start(self, argv: list[str]) -> Child:
        def spawn() -> Child:
            child = Child("part", argv, {}, self.folder / "part.log")
            self.started.put(child)
            return child

        self.supervisor.start("part", spawn)
        return self.started.get(timeout=10)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.supervisor.end("part", patience_s=0)
    stand.supervisor.close()


def test_a_child_that_dies_is_started_again_with_a_note(stand: Stand) -> None:
    first = stand.start(FOREVER)
    stand.supervisor.keep("part")

    first.kill()

    second = stand.started.get(timeout=10)
    assert second.pid != first.pid
    assert stand.notes.get(timeout=10).startswith("part was ended by SIGKILL; it starts again in 0.1 s")


def test_each_death_in_a_row_makes_the_pause_longer(stand: Stand) -> None:
    stand.start(BROKEN)
    stand.supervisor.keep("part")

    notes = [stand.notes.get(timeout=10) for _ in range(3)]

    assert [note.split("again in ")[1][:5] for note in notes] == ["0.1 s", "0.2 s", "0.4 s"]
    assert all("exit code 3" in note for note in notes)


def test_a_child_that_is_killed_on_purpose_stays_dead(stand: Stand) -> None:
    child = stand.start(FOREVER)
    stand.supervisor.keep("part")

    stand.supervisor.kill("part", again=False)

    assert child.exit_code == -9
    assert not stand.supervisor.keeps("part")
    with pytest.raises(queue.Empty):
        stand.started.get(timeout=0.5)


def test_a_child_that_ignores_the_request_to_stop_is_killed(stand: Stand) -> None:
    child = stand.start(STUBBORN)
    with (stand.folder / "part.log").open() as log:
        while log.read() == "" and child.exit_code is None:
            child.wait(0.01)

    stopped_when_asked = stand.supervisor.end("part", patience_s=0.2)

    assert not stopped_when_asked
    assert child.exit_code == -9


def test_a_part_that_runs_is_not_started_twice(stand: Stand) -> None:
    stand.start(FOREVER)

    with pytest.raises(RuntimeError, match="part runs already"):
        stand.start(FOREVER)
