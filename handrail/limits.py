"""Durable limits: a run reserves what it is about to use, then commits it or gives it back.

Reserved uses count until they are committed or released; committed ones count within each limit's window. The rule
itself is `domain.limits.judge_uses`; here it is made atomic over all entries, threads and processes.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.limits import HoldState, LimitEntry, ReserveOutcome, Use, Used, judge_uses
from domain.values import digest
from handrail.database import Database, from_micros, micros, open_database

_HOLDER = "tenant = :tenant AND holder = :holder"


class HoldConflict(Exception):
    """The holder has a reservation with other entries; release it before reserving anew."""


class LimitBook:
    """`now` is always the caller's: in a workflow, the workflow's time."""

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    async def reserve(
        self, holder: str, entries: Sequence[LimitEntry], *, now: datetime, tenant: str = "default"
    ) -> ReserveOutcome:
        """All entries or none. The same holder and entries again: granted again, counted once.

        Raises HoldConflict when the holder still holds other entries.
        """
        return await self._database.run(self._reserve, tenant, holder, list(entries), now)

    async def commit(self, holder: str, *, now: datetime, tenant: str = "default") -> HoldState:
        """The uses happened. Also after a release: what happened counts, even above a cap."""
        return await self._database.run(self._commit, tenant, holder, now)

    async def release(self, holder: str, *, tenant: str = "default") -> HoldState:
        """The uses will not happen. What was committed stays committed."""
        return await self._database.run(self._release, tenant, holder)

    async def used(
        self, buckets: Sequence[str], *, now: datetime, window_s: int | None = None, tenant: str = "default"
    ) -> list[Used]:
        """Per bucket and currency; buckets without uses are left out."""
        return await self._database.run(self._used, tenant, list(buckets), now, window_s)

    async def reserved(self, buckets: Sequence[str], *, tenant: str = "default") -> list[Use]:
        """Neither committed nor released yet."""
        return await self._database.run(self._reserved, tenant, list(buckets))

    async def last_uses(self, buckets: Sequence[str], *, now: datetime, tenant: str = "default") -> dict[str, datetime]:
        """When each was used last; what is only reserved is used now. Buckets without uses are left out."""
        return await self._database.run(self._last_uses, tenant, list(buckets), now)

    def _reserve(self, tenant: str, holder: str, entries: list[LimitEntry], now: datetime) -> ReserveOutcome:
        fingerprint = digest([entry.model_dump(mode="json", include=_IDENTITY) for entry in entries])
        buckets = sorted({entry.bucket for entry in entries})
        with self._database.writing() as connection:
            _lock(self._database, connection, tenant, [*buckets, f"holder:{holder}"])
            state, held = _state(connection, tenant, holder)
            if state in (HoldState.RESERVED, HoldState.COMMITTED):
                if held != fingerprint:
                    raise HoldConflict(f"{holder} has {state} other uses than these; release it before reserving anew.")
                return ReserveOutcome(granted=True, holder=holder)
            uses = _uses(connection, tenant, buckets, _since(entries, now))
            outcome = judge_uses(holder, entries, uses, now)
            if outcome.granted:
                _hold(connection, tenant, holder, entries, fingerprint)
            return outcome

    def _commit(self, tenant: str, holder: str, now: datetime) -> HoldState:
        with self._database.writing() as connection:
            _lock(self._database, connection, tenant, [f"holder:{holder}"])
            state, _ = _state(connection, tenant, holder)
            if state in (HoldState.RESERVED, HoldState.RELEASED):
                return _move(connection, tenant, holder, HoldState.COMMITTED, micros(now))
            return state

    def _release(self, tenant: str, holder: str) -> HoldState:
        with self._database.writing() as connection:
            _lock(self._database, connection, tenant, [f"holder:{holder}"])
            state, _ = _state(connection, tenant, holder)
            if state is HoldState.RESERVED:
                return _move(connection, tenant, holder, HoldState.RELEASED, None)
            return state

    def _reserved(self, tenant: str, buckets: list[str]) -> list[Use]:
        with self._database.reading() as connection:
            return [use for use in _uses(connection, tenant, buckets, 0) if use.at is None]

    def _last_uses(self, tenant: str, buckets: list[str], now: datetime) -> dict[str, datetime]:
        with self._database.reading() as connection:
            uses = _uses(connection, tenant, buckets, 0)
        found: dict[str, datetime] = {}
        for use in uses:
            found[use.bucket] = max(found.get(use.bucket, use.at or now), use.at or now)
        return found

    def _used(self, tenant: str, buckets: list[str], now: datetime, window_s: int | None) -> list[Used]:
        with self._database.reading() as connection:
            uses = [use for use in _uses(connection, tenant, buckets, 0) if use.counts(window_s, now)]
        found: dict[tuple[str, str], Used] = {}
        for use in uses:
            place = use.bucket, use.currency
            before = found.get(place) or Used(bucket=use.bucket, currency=use.currency)
            name = "reserved_minor" if use.at is None else "committed_minor"
            amount = getattr(before, name) + use.amount_minor
            found[place] = before.model_copy(update={name: amount, "count": before.count + 1})
        return [found[place] for place in sorted(found)]


_IDENTITY = {"bucket", "amount_minor", "currency", "reference"}


def _lock(database: Database, connection: sa.Connection, tenant: str, names: list[str]) -> None:
    """SQLite has one writer at a time; in PostgreSQL those wait for each other who touch the same buckets."""
    if database.sqlite:
        return
    for name in sorted(names):
        text = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(text, {"name": f"limit {tenant} {name}"})


def _state(connection: sa.Connection, tenant: str, holder: str) -> tuple[HoldState, str]:
    query = sa.text(f"SELECT state, entries FROM limit_holders WHERE {_HOLDER}")
    row = connection.execute(query, {"tenant": tenant, "holder": holder}).one_or_none()
    return (HoldState(row.state), row.entries) if row else (HoldState.NONE, "")


def _since(entries: list[LimitEntry], now: datetime) -> int:
    """From when on committed uses matter. Known uses are matched against all that were ever committed."""
    if any(entry.window_s is None or entry.known for entry in entries):
        return 0
    return micros(now) - 1_000_000 * max((entry.window_s or 0 for entry in entries), default=0)


def _uses(connection: sa.Connection, tenant: str, buckets: list[str], since: int) -> list[Use]:
    query = sa.text(
        "SELECT bucket, amount_minor, currency, reference, at FROM limit_uses WHERE tenant = :tenant "
        "AND bucket IN :buckets AND (state = 'reserved' OR (state = 'committed' AND at >= :since))"
    ).bindparams(sa.bindparam("buckets", expanding=True))
    rows = connection.execute(query, {"tenant": tenant, "buckets": buckets, "since": since})
    return [
        Use(bucket=bucket, amount_minor=amount, currency=currency, reference=reference, at=from_micros(at))
        for bucket, amount, currency, reference, at in rows
    ]


def _hold(connection: sa.Connection, tenant: str, holder: str, entries: list[LimitEntry], fingerprint: str) -> None:
    given = {"tenant": tenant, "holder": holder, "state": str(HoldState.RESERVED)}
    connection.execute(sa.text(f"DELETE FROM limit_uses WHERE {_HOLDER}"), given)  # of a released reservation
    connection.execute(
        sa.text(
            "INSERT INTO limit_holders (tenant, holder, entries, state) VALUES (:tenant, :holder, :entries, :state) "
            "ON CONFLICT (tenant, holder) DO UPDATE SET entries = excluded.entries, state = excluded.state"
        ),
        {**given, "entries": fingerprint},
    )
    uses = [
        {**given, **entry.model_dump(include=_IDENTITY), "reference": entry.reference or holder} for entry in entries
    ]
    if uses:
        connection.execute(
            sa.text(
                "INSERT INTO limit_uses (tenant, holder, bucket, amount_minor, currency, reference, state) "
                "VALUES (:tenant, :holder, :bucket, :amount_minor, :currency, :reference, :state)"
            ),
            uses,
        )


def _move(connection: sa.Connection, tenant: str, holder: str, state: HoldState, at: int | None) -> HoldState:
    given = {"tenant": tenant, "holder": holder, "state": str(state), "at": at}
    connection.execute(sa.text(f"UPDATE limit_holders SET state = :state WHERE {_HOLDER}"), given)
    connection.execute(sa.text(f"UPDATE limit_uses SET state = :state, at = :at WHERE {_HOLDER}"), given)
    return state
