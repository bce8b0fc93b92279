"""Steps in Handrail's own books: limits, assurance, evidence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from temporalio import activity

from activities._execution import EvidenceSink
from domain.assurance import Assurance
from domain.evidence import Event
from domain.limits import LimitEntry, ReserveOutcome, Use
from domain.policies import VerificationPolicy
from domain.values import Value


class LimitBook(Protocol):
    async def reserve(
        self, holder: str, entries: Sequence[LimitEntry], *, now: datetime, tenant: str = ...
    ) -> ReserveOutcome: ...
    async def commit(self, holder: str, *, now: datetime, tenant: str = ...) -> object: ...
    async def release(self, holder: str, *, tenant: str = ...) -> object: ...
    async def reserved(self, buckets: Sequence[str], *, tenant: str = ...) -> list[Use]: ...
    async def last_uses(self, buckets: Sequence[str], *, now: datetime, tenant: str = ...) -> dict[str, datetime]: ...


class AssuranceBook(Protocol):
    async def current(self, tenant: str, call_id: str, now: datetime) -> Assurance | None: ...
    async def record(
        self, tenant: str, call_id: str, *, customer_id: str, level: int, method: str, now: datetime, valid_s: int
    ) -> Assurance: ...
    async def failed(
        self,
        tenant: str,
        call_id: str,
        *,
        now: datetime,
        attempt: str = ...,
        max_failures: int = ...,
        lock_s: int = ...,
    ) -> Assurance: ...


class Hold(Value):
    """A claim on limits, held by one run."""

    tenant: str
    holder: str
    entries: list[LimitEntry] = []
    at: datetime


class Lock(Hold):
    """A hold that is never a use: given back when the run ends, however it ends."""


class Vouched(Value):
    """A verification that succeeded."""

    tenant: str
    call_id: str
    customer_id: str
    level: int
    method: str
    at: datetime
    valid_for: timedelta


class FailedAttempt(Value):
    tenant: str
    call_id: str
    attempt: str
    """The run that tried: counted once, however often it is reported."""
    at: datetime
    policy: VerificationPolicy


class WrongCode(Value):
    """A one-time code that was not the right one."""

    tenant: str
    call_id: str
    attempt: str
    """Counted once, however often it is reported."""
    at: datetime
    max_wrong: int
    lock_for: timedelta


class HouseActivities:
    def __init__(self, limits: LimitBook, assurances: AssuranceBook, evidence: EvidenceSink) -> None:
        self._limits = limits
        self._assurances = assurances
        self._evidence = evidence

    @activity.defn
    async def reserve_limits(self, hold: Hold) -> ReserveOutcome:
        return await self._limits.reserve(hold.holder, hold.entries, now=hold.at, tenant=hold.tenant)

    @activity.defn
    async def release_limits(self, hold: Hold) -> None:
        """Undo reserve_limits."""
        await self._limits.release(hold.holder, tenant=hold.tenant)

    @activity.defn
    async def commit_limits(self, hold: Hold) -> None:
        await self._limits.commit(hold.holder, now=hold.at, tenant=hold.tenant)

    @activity.defn
    async def record_assurance(self, vouched: Vouched) -> Assurance:
        """What holds of the interaction now: unchanged when it is locked."""
        return await self._assurances.record(
            vouched.tenant, vouched.call_id, customer_id=vouched.customer_id, level=vouched.level,
            method=vouched.method, now=vouched.at, valid_s=int(vouched.valid_for.total_seconds()),
        )  # fmt: skip

    @activity.defn
    async def count_failed_attempt(self, failed: FailedAttempt) -> Assurance:
        policy = failed.policy
        return await self._assurances.failed(
            failed.tenant, failed.call_id, now=failed.at, attempt=failed.attempt, max_failures=policy.max_failures,
            lock_s=int(policy.lock_for.total_seconds()),
        )  # fmt: skip

    @activity.defn
    async def count_wrong_code(self, wrong: WrongCode) -> Assurance:
        return await self._assurances.failed(
            wrong.tenant, wrong.call_id, now=wrong.at, attempt=wrong.attempt, max_failures=wrong.max_wrong,
            lock_s=int(wrong.lock_for.total_seconds()),
        )  # fmt: skip

    @activity.defn
    async def record_evidence(self, events: list[Event]) -> None:
        await self._evidence.append(events)
