"""What is said in an interaction, counted durably: by the call that an agent makes again, the question that comes back.

One row per message and kind, so a message that comes twice counts once, and ten at once count ten.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.patience import Heard
from handrail.database import from_micros, micros, open_database

CALL, QUESTION, FAILURE = "call", "question", "failure"
_HERE = "tenant = :tenant AND call_id = :call_id"
_BEGIN = (
    "INSERT INTO interactions (tenant, call_id, began_at) VALUES (:tenant, :call_id, :at) "
    "ON CONFLICT (tenant, call_id) DO NOTHING"
)
_SAY = (
    "INSERT INTO sayings (tenant, call_id, kind, what, message, reference, at) "
    "VALUES (:tenant, :call_id, :kind, :what, :message, :reference, :at) "
    "ON CONFLICT (tenant, call_id, kind, what, message) DO NOTHING"
)
_KNOWN = f"SELECT began_at, handed_off, handoffs FROM interactions WHERE {_HERE}"
_COUNTS = f"SELECT kind, count(*) AS times FROM sayings WHERE {_HERE} GROUP BY kind"
_SAME = (
    f"SELECT count(*) AS times, min(at) AS since FROM sayings WHERE {_HERE} AND kind = :kind AND what = :what"
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One message of an interaction. `message` tells it from others: a request id, or the door's own."""

    tenant: str
    call_id: str
    kind: str
    what: str
    message: str
    reference: str = ""


class InteractionBook:
    """`now` is always the caller's."""

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    async def hear(self, said: list[Said], now: datetime) -> Heard:
        """Count these messages of one interaction; `same` is of the last of them. The first one begins it."""
        return await self._database.run(self._hear, said, now)

    async def current(self, tenant: str, call_id: str, now: datetime) -> Heard:
        """What is known of it. Nothing yet: it begins now."""
        return await self._database.run(self._current, tenant, call_id, now)

    async def of_run(self, tenant: str, reference: str) -> str:
        """The call id in which an agent started or asked for this run; empty: in none."""
        return await self._database.run(self._of_run, tenant, reference)

    async def runs(self, tenant: str, call_id: str) -> list[str]:
        """The references of what an agent asked for in this conversation, oldest first; also of what was not begun."""
        return await self._database.run(self._runs, tenant, call_id)

    async def hand_off(self, tenant: str, call_id: str, reference: str, now: datetime) -> str:
        """The work item has the conversation from now on. Answers the one that has it: the first to ask."""
        return await self._database.run(self._hand_off, tenant, call_id, reference, now)

    async def hand_back(self, tenant: str, call_id: str, reference: str) -> None:
        """That work item has ended: the agent has the conversation again. Said twice it changes nothing."""
        await self._database.run(self._hand_back, tenant, call_id, reference)

    def _hear(self, said: list[Said], now: datetime) -> Heard:
        last = said[-1]
        with self._database.writing() as connection:
            self._lock(connection, last.tenant, last.call_id)
            for message in said:
                connection.execute(sa.text(_SAY), {**vars(message), "at": micros(now)})
            connection.execute(sa.text(_BEGIN), {**_at(last.tenant, last.call_id), "at": micros(now)})
            heard = _known(connection, last.tenant, last.call_id, now)
            row = connection.execute(sa.text(_SAME), vars(last)).one()
        return heard.model_copy(update={"same": row.times, "since": from_micros(row.since)})

    def _current(self, tenant: str, call_id: str, now: datetime) -> Heard:
        with self._database.reading() as connection:
            return _known(connection, tenant, call_id, now)

    def _of_run(self, tenant: str, reference: str) -> str:
        query = "SELECT call_id FROM sayings WHERE tenant = :tenant AND reference = :reference LIMIT 1"
        with self._database.reading() as connection:
            found: str | None = connection.scalar(sa.text(query), {"tenant": tenant, "reference": reference})
        return found or ""

    def _runs(self, tenant: str, call_id: str) -> list[str]:
        query = f"SELECT reference FROM sayings WHERE {_HERE} AND reference <> '' GROUP BY reference ORDER BY min(at)"
        with self._database.reading() as connection:
            return list(connection.scalars(sa.text(query), _at(tenant, call_id)))

    def _hand_off(self, tenant: str, call_id: str, reference: str, now: datetime) -> str:
        given = _at(tenant, call_id) | {"reference": reference, "at": micros(now)}
        with self._database.writing() as connection:
            self._lock(connection, tenant, call_id)
            connection.execute(sa.text(_BEGIN), given)
            change = f"UPDATE interactions SET handed_off = :reference WHERE {_HERE} AND handed_off = ''"
            connection.execute(sa.text(change), given)
            holder: str = connection.execute(sa.text(_KNOWN), given).one().handed_off
        return holder

    def _hand_back(self, tenant: str, call_id: str, reference: str) -> None:
        change = (
            f"UPDATE interactions SET handed_off = '', handoffs = handoffs + 1 WHERE {_HERE} "
            "AND handed_off = :reference"
        )
        with self._database.writing() as connection:
            connection.execute(sa.text(change), _at(tenant, call_id) | {"reference": reference})

    def _lock(self, connection: sa.Connection, tenant: str, call_id: str) -> None:
        """SQLite has one writer at a time; in PostgreSQL the messages of one interaction wait for each other."""
        if not self._database.sqlite:
            lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
            connection.execute(lock, {"name": f"interaction {tenant} {call_id}"})


def _at(tenant: str, call_id: str) -> dict[str, str]:
    return {"tenant": tenant, "call_id": call_id}


def _known(connection: sa.Connection, tenant: str, call_id: str, now: datetime) -> Heard:
    here = _at(tenant, call_id)
    row = connection.execute(sa.text(_KNOWN), here).one_or_none()
    if row is None:
        return Heard(call_id=call_id, began_at=now)
    counts = {row.kind: row.times for row in connection.execute(sa.text(_COUNTS), here)}
    return Heard(
        call_id=call_id, began_at=from_micros(row.began_at) or now, calls=counts.get(CALL, 0),
        failures=counts.get(FAILURE, 0), handed_off=row.handed_off, handoffs=row.handoffs,
    )  # fmt: skip
