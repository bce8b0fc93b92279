"""Child processes of the bench: drivers that speak JSON lines, and servers that only have to be ended."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from bench.shop import Call, as_json


class DriverFailed(Exception):
    """A contender's process ended; carries the end of what it said."""


class Driver:
    """A contender as a child process. `ask` blocks until it has answered."""

    def __init__(
        self, name: str, module: str, settings: dict[str, str], log: Path, env: dict[str, str] | None = None,
        role: str = "client",
    ) -> None:  # fmt: skip
        self.name, self._module, self._settings, self._env, self._role = name, module, settings, env, role
        self._log = log
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "bench.driver", self._module, json.dumps(self._settings), self._role]
        with self._log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=self._env, text=True
            )
        if self._role == "client":
            self._answer()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, do: str, calls: list[Call], **more: Any) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, "calls": as_json(calls)} | more) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            end = "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])
            raise DriverFailed(f"{self.name} ended (log {self._log}):\n{end}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
