"""What a scene can do: call tools as somebody, steer the simulators, say what it expects, and show all of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from handrail.cli.door import Door, reference_path
from handrail.cli.shown import answer_panel, plain
from handrail.embedded import Stack

Result = TypeVar("Result")

PATIENCE_S = 60.0
_LOOK_AGAIN_S = 0.05


class Stage:
    """One for all scenes: `kept` hands references on to later ones."""

    def __init__(self, stack: Stack, screen: Console) -> None:
        self.stack = stack
        self.screen = screen
        self.kept: dict[str, str] = {}
        self.broken: list[str] = []
        """Expectations that did not hold."""
        self.simulators = Door(stack.simulators_url, "")

    def title(self, text: str) -> None:
        self.screen.print()
        self.screen.rule(Text(text, "bold"), align="left", style="dim")

    def say(self, text: str) -> None:
        self.screen.print(Text(text), soft_wrap=False)

    def expect(self, held: bool, text: str) -> None:
        self.screen.print(Text.assemble(("  ✓ ", "green") if held else ("  ✗ ", "bold red"), text))
        if not held:
            self.broken.append(text)

    def door(self, who: str) -> Door:
        return Door(self.stack.gateway_url, self.stack.tokens[who])

    def call(self, who: str, call_id: str, tool: str, *, confirm: str = "", **arguments: Any) -> dict[str, Any]:
        """The answer, which is shown."""
        body = {"arguments": arguments, "interaction": {"channel": "voice", "call_id": call_id}, "confirm": confirm}
        asked = " ".join(f"{name}={plain(value)}" for name, value in arguments.items())
        self._asked(who, f"{tool} {asked}{' confirm=' + confirm[:15] + '…' if confirm else ''}")
        return self._shown(lambda: self.door(who).post(f"/v1/tools/{tool}", body, {"Prefer": "wait=4"}))

    def decide(self, who: str, reference: str, outcome: str, note: str) -> dict[str, Any]:
        """Decides the gate at which the run waits, as it is shown now."""
        way = self.door(who)
        gate = way.get(f"{reference_path(reference)}/packet")["gate"]
        self._asked(who, f"{outcome}s {reference}: {note}")
        body = {"outcome": outcome, "digest": gate["digest"], "note": note}
        return self._shown(lambda: way.post(f"{reference_path(reference)}/decide", body)["answer"])

    def tell(self, who: str, reference: str, command: str, **body: Any) -> dict[str, Any]:
        """Any other command to a run."""
        said = " ".join(f"{name}={value!r}" for name, value in body.items())
        self._asked(who, f"{command} {reference} {said}")
        return self._shown(lambda: self.door(who).post(f"{reference_path(reference)}/{command}", body)["answer"])

    def answer(self, who: str, reference: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.door(who).get(reference_path(reference))
        return answer

    def finished(self, who: str, reference: str) -> dict[str, Any]:
        """The run's last answer, which is shown; waits for it."""
        return self._shown(lambda: self.until(lambda: self._terminal(who, reference), f"{reference} to finish"))

    def until(self, look: Callable[[], Result | None], what: str) -> Result:
        """What `look` finds, as soon as it finds something. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(_LOOK_AGAIN_S)
        raise TimeoutError(f"Waited {PATIENCE_S:.0f} s for {what}.")

    def refunds(self, order_id: str) -> list[dict[str, Any]]:
        """What billing has on record for the order."""
        payments = self._system(f"/billing/payments?order_id={order_id}")["data"]
        return [refund for payment in payments for refund in payment["refunds"]]

    def order(self, order_id: str) -> dict[str, Any]:
        return self._system(f"/orders/{order_id}")

    def cases(self, customer_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._system(f"/cases?customer_id={customer_id}")["data"]
        return found

    def claims(self, customer_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._system(f"/claims?customer_id={customer_id}")["data"]
        return found

    def books_balance(self) -> bool:
        books = self.simulators.get("/admin/books")
        return bool(books["balanced"] and not books.get("doubled"))

    def run_cli(self, *words: str) -> tuple[int, str]:
        """`handrail WORDS` as a process of its own, as a person would: its exit code and what it printed."""
        command = [sys.executable, "-m", "handrail.cli", *words]
        ended = subprocess.run(command, env=self.stack.environment, capture_output=True, text=True, check=False)
        return ended.returncode, (ended.stdout + ended.stderr).strip()

    def _system(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = Door(self.stack.simulators_url, "sim-key").get(path)
        return found

    def _terminal(self, who: str, reference: str) -> dict[str, Any] | None:
        answer = self.answer(who, reference)
        return answer if answer["terminal"] else None

    def _asked(self, who: str, text: str) -> None:
        name = {"ai": "AI agent", "agent": "agent Ana", "supervisor": "supervisor Sam"}.get(who, who)
        self.screen.print(Text.assemble(("\n▶ ", "cyan"), (name, "bold"), f"  {text}"))

    def _shown(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        began = time.perf_counter()
        answer = ask()
        took = (time.perf_counter() - began) * 1000
        panel = answer_panel(answer)
        panel.subtitle, panel.subtitle_align = f"[dim]{took:.0f} ms[/]", "right"
        self.screen.print(Padding(panel, (0, 0, 0, 2)))
        return answer
