"""Credentials for the callers' AI agents, from the embedded issuer of the stack's home."""

from pathlib import Path

from bench.shop import Call
from domain.calls import Actor, ActorKind
from handrail.credentials import ASK, Credentials
from handrail.settings import Settings


class Agents:
    def __init__(self, home: str) -> None:
        self._settings = Settings(home=Path(home))
        self._issuer = Credentials(self._settings)
        self._tokens: dict[str, str] = {}

    def token(self, call: Call) -> str:
        if call.id not in self._tokens:
            self._tokens[call.id] = self._issuer.issue(self.name(call), ActorKind.AI, ASK, agent_version="v1")
        return self._tokens[call.id]

    def actor(self, call: Call) -> Actor:
        return Actor(id=self.name(call), kind=ActorKind.AI, tenant=self._settings.tenant, scopes=frozenset(ASK))

    @staticmethod
    def name(call: Call) -> str:
        return f"ai-{call.id}"
