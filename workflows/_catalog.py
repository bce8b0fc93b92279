"""Tools: what doors offer. Found by looking through the process files; nothing is registered by hand."""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.events import InboundEvent
from domain.calls import ToolCall
from domain.policies import PolicyBase
from domain.values import Value, canonical
from domain.work import reference_of

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: can be read aloud


@dataclass(frozen=True)
class Tool:
    """One callable thing. `name`, workflow type and reference prefix are each written once, here and at the process."""

    process: Any
    name: str
    description: str
    business_key: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda arguments: arguments)
    """What makes two calls of one conversation the same request."""
    repeatable: bool = False
    """A read, or something that is new each time: without a request id every call is a run of its own."""
    reads_only: bool = False
    per_conversation: bool = False
    """One open run per conversation, whatever is asked: the house's books say which one."""
    starts_on: str = ""
    """The kind of event that starts it. Then no door offers it: only a verified event of a system does."""
    from_event: Callable[[InboundEvent], dict[str, Any]] = field(default=lambda event: {})
    """Its arguments."""

    @property
    def arguments(self) -> type[Value]:
        model: type[Value] = self.process.request_model
        return model

    @property
    def process_name(self) -> str:
        name: str = getattr(self.process, "__temporal_workflow_definition").name
        return name

    @property
    def scope(self) -> str:
        return f"wf:{self.process_name}:start"

    def reference(self, call: ToolCall, nonce: str) -> str:
        """The opaque handle, from business identity: the same request always gets the same one."""
        return reference_of(self.process_name, _short(self._identity(call, nonce)))

    def _identity(self, call: ToolCall, nonce: str) -> list[Any]:
        tenant = call.actor.tenant
        if self.per_conversation:
            return [tenant, self.name, "conversation", call.interaction.call_id, nonce]
        if call.request_id:
            # Within one principal, as vendors scope idempotency keys: nobody reads another's answer by guessing a key.
            return [tenant, self.name, "request", call.actor.id, call.request_id]
        if self.repeatable:
            return [tenant, self.name, "once", nonce]
        key = self.business_key(call.arguments)
        if call.interaction.call_id:
            return [tenant, self.name, "call", call.interaction.call_id, key]
        return [tenant, self.name, "actor", call.actor.id, key]


def workflow_id(tenant: str, reference: str) -> str:
    return f"{tenant}:{reference}"


def tools() -> dict[str, Tool]:
    """Every tool of every process file, by name."""
    found = [value for module in _modules() for value in vars(module).values() if isinstance(value, Tool)]
    return {tool.name: tool for tool in found}


def processes() -> list[type[Any]]:
    """Every workflow class, for the worker."""
    return list({id(tool.process): tool.process for tool in tools().values()}.values())


def reading() -> list[str]:
    """The processes that change nothing, by name."""
    return sorted({tool.process_name for tool in tools().values() if tool.process.reads_only})


def policies() -> dict[str, type[PolicyBase]]:
    """The policy documents that processes read, by name."""
    models = [process.policy_model for process in processes()]
    return {model.name: model for model in models if model is not None}


def _modules() -> list[Any]:
    package = importlib.import_module("workflows")
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")]
    return [importlib.import_module(f"workflows.{name}") for name in sorted(names)]


def _short(identity: list[Any]) -> str:
    number = int.from_bytes(hashlib.sha256(canonical(identity)).digest()[:10], "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -5, -5))
