"""The ports of the embedded stack, all on loopback."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice

from handrail.settings import Settings

LOOPBACK = "127.0.0.1"


class PortTaken(Exception):
    """Names the port, what it is for and the setting that moves it."""


@dataclass(frozen=True)
class Ports:
    gateway: int
    console: int
    simulators: int
    temporal: int
    temporal_ui: int | None = None
    """None: no Temporal UI is started."""

    @classmethod
    def of(cls, settings: Settings) -> Ports:
        return cls(settings.gateway_port, settings.console_port, settings.simulators_port, settings.temporal_port)

    @classmethod
    def from_base(cls, base: int) -> Ports:
        """Spaced as the default ones are: `base` gateway, +1 console, +10 simulators, +20 Temporal."""
        return cls(base, base + 1, base + 10, base + 20)

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on now, drawn by lot so that stacks which start at once rarely meet.

        Below 32,768, where Linux takes ports for outgoing connections: nobody gets one of these by chance meanwhile.
        """
        drawn = random.SystemRandom().sample(range(12_000, 32_000), 100)
        with ExitStack() as held:
            return cls(*islice((port for port in drawn if _is_free(held, port)), 4))

    def with_ui(self) -> Ports:
        return replace(self, temporal_ui=self.temporal + 1)

    def must_be_free(self, parts: set[str]) -> None:
        """Raises PortTaken for the first port of these parts that another program holds."""
        for part in ("gateway", "console", "simulators", "temporal", "temporal_ui"):
            port = getattr(self, part)
            if part not in parts or port is None:
                continue
            try:
                with ExitStack() as held:
                    _bind(held, port)
            except OSError as error:
                raise PortTaken(_why(part, port, error)) from error


def _bind(held: ExitStack, port: int) -> None:
    listener = held.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: TIME_WAIT is not "taken"
    listener.bind((LOOPBACK, port))


def _is_free(held: ExitStack, port: int) -> bool:
    try:
        _bind(held, port)
    except OSError:
        return False
    return True


def _why(part: str, port: int, error: OSError) -> str:
    flag = f"--{part.replace('_', '-')}-port"
    setting = f"HANDRAIL_{part.upper()}_PORT or {flag}" if part != "temporal_ui" else flag
    return (
        f"Port {port} for the {part.replace('_', ' ')} cannot be used ({error.strerror}). Stop the program that "
        f"listens there, or choose another port with {setting}, or move all ports with --port-base."
    )
