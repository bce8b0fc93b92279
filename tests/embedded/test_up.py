"""`handrail up` as a person runs it: the whole stack, one terminal, Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from handrail.embedded import Ports
from handrail.whereabouts import read_tokens, read_urls
from tests.embedded.processes import ended

ROOT = Path(__file__).resolve().parents[2]
PARTS = 5


@dataclass
class Up:
    home: Path
    process: subprocess.Popen[str]
    shown: list[str] = field(default_factory=list)

    def read_until(self, line: str) -> None:
        assert self.process.stdout
        for shown in self.process.stdout:
            self.shown.append(shown)
            if shown.startswith(line):
                return
        pytest.fail(f"`handrail up` ended before it said {line!r}:\n{''.join(self.shown)}")

    def children(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def run_up(home: Path, ports: Ports) -> Up:
    chosen = {name: getattr(ports, name) for name in ("gateway", "console", "simulators", "temporal")}
    flags = [word for name, port in chosen.items() for word in (f"--{name}-port", str(port))]
    process = subprocess.Popen(
        [sys.executable, "-m", "handrail.cli", "up", "--home", str(home), *flags],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Up(home, process)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = run_up(tmp_path / "home", Ports.free())
    try:
        up.read_until("Ready")
        yield up
    finally:
        if up.process.poll() is None:
            up.process.kill()
        up.process.wait()
        assert up.process.stdout
        up.process.stdout.close()


def test_it_tells_where_everything_is_and_ctrl_c_stops_all(up: Up) -> None:
    children, shown = up.children(), "".join(up.shown)
    urls, tokens = read_urls(up.home), read_tokens(up.home)
    bearer = {"Authorization": f"Bearer {tokens['ai']}"}
    assert {tool["name"] for tool in httpx.get(f"{urls['gateway']}/v1/tools", headers=bearer).json()["tools"]}
    link = next(word for line in up.shown for word in line.split() if "/sign-in?token=" in word)
    assert httpx.get(link, follow_redirects=True).status_code == 200
    assert all(url in shown for url in urls.values())

    doctor = subprocess.run(
        [sys.executable, "-m", "handrail.cli", "doctor", "--home", str(up.home)], cwd=ROOT, check=False
    )
    assert doctor.returncode == 0

    up.process.send_signal(signal.SIGINT)

    assert up.process.wait(timeout=60) == 0
    assert len(children) == PARTS
    assert all(ended(pid, 0) for pid in children)


def test_a_second_one_in_the_same_home_is_told_the_pid_of_the_first(up: Up) -> None:
    second = run_up(up.home, Ports.free())
    told, _ = second.process.communicate(timeout=60)

    assert second.process.returncode == 1
    assert f"in use by another Handrail (pid {up.process.pid})" in told
