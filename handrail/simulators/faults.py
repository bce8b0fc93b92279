"""Faults: how a system misbehaves, for how many calls. In memory: a restart clears them."""

import asyncio
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from handrail.simulators.calls import OPERATIONS, Operation

Kind = Literal[
    "slow", "rate_limited", "error_before", "error_after", "lost_answer", "cut", "garbage", "wrong_shape", "html",
    "refuse", "refuse_200", "no_op", "stale", "key_ignored", "hold",
]  # fmt: skip

MODIFIERS = frozenset({"slow", "stale", "key_ignored", "hold"})
"""These combine with others; of all other kinds the first that matches decides."""

_READS_ONLY = frozenset({"stale"})
_WRITES_ONLY = frozenset({"key_ignored", "no_op"})


def _known(operation: str) -> str:
    if operation != "*" and operation not in OPERATIONS:
        raise ValueError(f"no operation {operation}; there are: * {' '.join(OPERATIONS)}")
    return operation


class Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    system: Literal["crm", "orders", "billing", "cases", "claims", "messaging", "*"] = "*"
    operation: Annotated[str, AfterValidator(_known)] = "*"
    kind: Kind
    times: Annotated[int, Field(ge=1)] | None = None
    """How many calls it hits; None: until cleared."""
    reference_contains: str = ""
    path_contains: str = ""
    """In the path with its query: aims at reads, which carry no reference."""
    after: Annotated[int, Field(ge=0)] = 0
    """How many calls that it would hit pass unharmed first."""
    delay_ms: Annotated[float, Field(ge=0)] = 1_000
    retry_after_s: Annotated[float, Field(ge=0)] = 1
    code: str = "refused"
    message: str = "The system refuses this."
    status: Annotated[int, Field(ge=400, le=599)] | None = None


class Faults:
    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._fired: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        self._added = 0
        self._removed = asyncio.Event()

    def add(self, fault: Fault) -> str:
        self._added += 1
        id = f"fault-{self._added}"
        self._faults[id], self._fired[id], self._passed[id] = fault, 0, 0
        return id

    def clear(self) -> None:
        for id in list(self._faults):
            self.remove(id)

    def remove(self, id: str) -> bool:
        """Whether there was such a fault."""
        if self._faults.pop(id, None) is None:
            return False
        del self._fired[id], self._passed[id]
        self._removed.set()
        self._removed = asyncio.Event()
        return True

    async def gone(self, faults: list[Fault]) -> None:
        """Returns when none of these is set any more."""
        while any(kept is fault for kept in self._faults.values() for fault in faults):
            await self._removed.wait()

    def __bool__(self) -> bool:
        return bool(self._faults)

    def shown(self) -> list[dict[str, Any]]:
        return [{"id": id, **fault.model_dump(), "fired": self._fired[id]} for id, fault in self._faults.items()]

    def take(self, asked: Operation, reference: str, path: str) -> list[Fault]:
        """The faults that hit this call, each counted: any modifiers, and at most one other."""
        if not self._faults:
            return []
        taken: list[Fault] = []
        for id, fault in self._faults.items():
            decided = any(other.kind not in MODIFIERS for other in taken)
            aimed = fault.reference_contains in reference and fault.path_contains in path
            if not _hits(fault, asked) or not aimed or self._spent(id) or self._passes(id):
                continue
            if fault.kind in MODIFIERS or not decided:
                self._fired[id] += 1
                taken.append(fault)
        return taken

    def _passes(self, id: str) -> bool:
        if self._passed[id] >= self._faults[id].after:
            return False
        self._passed[id] += 1
        return True

    def _spent(self, id: str) -> bool:
        times = self._faults[id].times
        return times is not None and self._fired[id] >= times


def _hits(fault: Fault, asked: Operation) -> bool:
    if fault.kind in (_WRITES_ONLY if not asked.writes else _READS_ONLY):
        return False
    return fault.system in ("*", asked.system) and fault.operation in ("*", asked.name)
