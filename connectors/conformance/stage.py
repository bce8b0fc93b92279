"""Where a check plays: one write of one connector in its world, with a clock that only moves when told to."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from connectors.conformance.world import Fault, Sent, World
from connectors.connector import Connector
from connectors.effects import Receipt, Safety, WriteRef, WriteSpec
from connectors.errors import ConnectorError, KeyInFlight
from connectors.guard import guarded

BUDGET_S = 2.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.real = False

    def __call__(self) -> float:
        return time.monotonic() if self.real else self.now


class Stage:
    def __init__(self, world: World, operation: str) -> None:
        self.world, self.operation = world, operation
        self.clock = Clock()
        self._run = f"conformance/{uuid4().hex}"
        self._opened: list[Connector[Any]] = []
        self.connector = self.connect()
        self._draft: Any = None

    @property
    def spec(self) -> WriteSpec:
        return guarded(self.world.connector_type)[self.operation].spec

    def ref(self, n: int = 1) -> WriteRef:
        return WriteRef(run=self._run, step=self.operation, n=n)

    def connect(self, **config: Any) -> Connector[Any]:
        made = self.world.connect(self.clock, **{"total_timeout_s": BUDGET_S, **config})
        self._opened.append(made)
        return made

    def run_in_real_time(self, **config: Any) -> None:
        self.clock.real = True
        self.connector = self.connect(**config)

    async def pass_time(self, seconds: float) -> None:
        if self.clock.real:
            await asyncio.sleep(seconds)
        self.clock.now += seconds

    def restart(self) -> None:
        """The worker is another process now: what it remembered is gone."""
        self.connector = self.connect()

    async def draft(self) -> Any:
        if self._draft is None:
            self._draft = await self.world.draft(self.operation)
        return self._draft

    async def attempt(
        self,
        n: int = 1,
        *,
        ref: WriteRef | None = None,
        age_s: float = 0,
        on: Connector[Any] | None = None,
        undo: bool = False,
    ) -> Receipt[Any]:
        method = getattr(on or self.connector, self.spec.undo_by if undo else self.operation)
        receipt: Receipt[Any] = await method(await self.draft(), ref or self.ref(), attempt=n, age_s=age_s)
        return receipt

    async def settle(
        self, *, first: int = 1, attempts: int = 3, ref: WriteRef | None = None, undo: bool = False
    ) -> Receipt[Any]:
        """As Temporal would: try again while that may help, as late as asked for."""
        last: ConnectorError | None = None
        for n in range(first, first + attempts):
            try:
                return await self.attempt(n, ref=ref, undo=undo)
            except ConnectorError as failure:
                if not failure.retryable:
                    raise
                last = failure
                await self.pass_time((failure.retry_after_s or 0) + 0.001)
                if isinstance(failure, KeyInFlight):
                    await asyncio.sleep(0.1)  # the vendor works on it in its own time
        raise AssertionError(f"{self.operation} did not come to an end in {attempts} attempts: {last}")

    async def failure(self, n: int = 1, **how: Any) -> ConnectorError:
        """The failure of an attempt; a success fails the check."""
        try:
            receipt = await self.attempt(n, **how)
        except ConnectorError as failure:
            return failure
        raise AssertionError(f"{self.operation} must fail here, but gave a receipt: {receipt.outcome}")

    async def find(self, ref: WriteRef | None = None) -> Any:
        return await getattr(self.connector, self.spec.finder)(await self.draft(), ref or self.ref())

    async def applied(self, ref: WriteRef | None = None) -> int:
        return await self.world.applied(self.operation, ref or self.ref())

    async def sent(self) -> list[Sent]:
        """Only what this stage caused: a request of an earlier one may land late."""
        sent = await self.world.sent(self.operation)
        return [s for s in sent if s.key == self.ref().key or self._run.split("/")[1] in s.path + s.body]

    async def play(self, fault: Fault, *, on: str = "", **how: Any) -> None:
        """Skips the check when this world cannot."""
        if fault not in self.world.faults:
            pytest.skip(f"this world cannot play {fault}")
        await self.draft()
        await self.world.play(on or self.operation, fault, **how)

    def playable(self, *faults: Fault) -> list[Fault]:
        able = [fault for fault in faults if fault in self.world.faults]
        if not able:
            pytest.skip(f"this world can play none of {', '.join(faults)}")
        return able

    def needs(self, holds: object, why: str) -> None:
        if not holds:
            pytest.skip(f"not for {self.operation}: {why}")

    @property
    def repeatable(self) -> bool:
        return self.spec.safety is not Safety.NONE

    async def close(self) -> None:
        for connector in self._opened:
            await connector.aclose()
