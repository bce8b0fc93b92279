"""Who was verified in which interaction, how surely and until when; and who failed too often."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.assurance import Assurance
from handrail.database import from_micros, micros, open_database

_COLUMNS = "customer_id, level, method, verified_at, expires_at, failures, last_attempt, locked_until"
_FIND = f"SELECT {_COLUMNS} FROM assurances WHERE tenant = :tenant AND call_id = :call_id"
_SAVE = (
    f"INSERT INTO assurances (tenant, call_id, {_COLUMNS}) VALUES (:tenant, :call_id, :customer_id, :level, :method, "
    ":verified_at, :expires_at, :failures, :last_attempt, :locked_until) ON CONFLICT (tenant, call_id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", "))
)


@dataclass(frozen=True)
class _Entry:
    """What is on record: the assurance as it was given, and the attempt that was counted last."""

    assurance: Assurance
    last_attempt: str = ""


class AssuranceBook:
    """`now` is always the caller's. An interaction's lock also holds against `record`."""

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    async def current(self, tenant: str, call_id: str, now: datetime) -> Assurance | None:
        """None: nothing is known of this interaction. Expired: level 0 and no customer."""
        return await self._database.run(self._current, tenant, call_id, now)

    async def record(
        self, tenant: str, call_id: str, *, customer_id: str, level: int, method: str, now: datetime, valid_s: int
    ) -> Assurance:
        """A verification succeeded: failures are forgotten. Gives what holds now.

        Locked: unchanged, so look at `locked`. The same customer, still valid at a higher level: that level stays.
        """
        given = Assurance(
            tenant=tenant,
            call_id=call_id,
            customer_id=customer_id,
            level=level,
            method=method,
            verified_at=now,
            expires_at=now + timedelta(seconds=valid_s),
        )
        return await self._database.run(self._record, given, now)

    async def failed(
        self,
        tenant: str,
        call_id: str,
        *,
        now: datetime,
        attempt: str = "",
        max_failures: int = 3,
        lock_s: int = 900,
    ) -> Assurance:
        """A verification failed: counted, and locked for `lock_s` at `max_failures`.

        `attempt` names the try: reported twice in a row it counts once. An assurance that holds is not taken away.
        """
        return await self._database.run(self._failed, tenant, call_id, now, attempt, max_failures, lock_s)

    def _current(self, tenant: str, call_id: str, now: datetime) -> Assurance | None:
        with self._database.reading() as connection:
            entry = _find(connection, tenant, call_id)
        return _as_of(entry.assurance, now) if entry else None

    def _record(self, given: Assurance, now: datetime) -> Assurance:
        with self._database.writing() as connection:
            entry = self._locked_entry(connection, given.tenant, given.call_id)
            before = _as_of(entry.assurance, now)
            if before.locked(now):
                return before
            higher = before.customer_id == given.customer_id and before.level > given.level
            kept = before.model_copy(update={"failures": 0, "locked_until": None}) if higher else given
            _save(connection, _Entry(kept, entry.last_attempt))
            return kept

    def _failed(
        self, tenant: str, call_id: str, now: datetime, attempt: str, max_failures: int, lock_s: int
    ) -> Assurance:
        with self._database.writing() as connection:
            entry = self._locked_entry(connection, tenant, call_id)
            before = entry.assurance
            if attempt and attempt == entry.last_attempt:
                return _as_of(before, now)
            served = before.locked_until is not None and not before.locked(now)
            failures = 1 if served else before.failures + 1
            until = now + timedelta(seconds=lock_s) if failures >= max_failures else None
            if before.locked(now):  # a try against a closed lock never shortens it
                until = max(until or now, before.locked_until or now)
            after = before.model_copy(update={"failures": failures, "locked_until": until})
            _save(connection, _Entry(after, attempt))
            return _as_of(after, now)

    def _locked_entry(self, connection: sa.Connection, tenant: str, call_id: str) -> _Entry:
        if not self._database.sqlite:
            lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
            connection.execute(lock, {"name": f"assurance {tenant} {call_id}"})
        return _find(connection, tenant, call_id) or _Entry(Assurance(tenant=tenant, call_id=call_id))


def _as_of(assurance: Assurance, now: datetime) -> Assurance:
    if not assurance.expired(now):
        return assurance
    gone = {"customer_id": "", "level": 0, "method": "", "verified_at": None, "expires_at": None}
    return assurance.model_copy(update=gone)


def _find(connection: sa.Connection, tenant: str, call_id: str) -> _Entry | None:
    row = connection.execute(sa.text(_FIND), {"tenant": tenant, "call_id": call_id}).one_or_none()
    if row is None:
        return None
    return _Entry(
        Assurance(
            tenant=tenant,
            call_id=call_id,
            customer_id=row.customer_id,
            level=row.level,
            method=row.method,
            verified_at=from_micros(row.verified_at),
            expires_at=from_micros(row.expires_at),
            failures=row.failures,
            locked_until=from_micros(row.locked_until),
        ),
        row.last_attempt,
    )


def _save(connection: sa.Connection, entry: _Entry) -> None:
    values = entry.assurance.model_dump()
    for name in ("verified_at", "expires_at", "locked_until"):
        values[name] = micros(values[name]) if values[name] else None
    connection.execute(sa.text(_SAVE), {**values, "last_attempt": entry.last_attempt})
