"""The register of delegations: who decides gates for whom, from when until when. Durable, shared by all doors."""

from datetime import datetime

import sqlalchemy as sa

from domain.delegations import Delegation
from handrail.database import micros, open_database


class DelegationBook:
    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    async def add(self, delegation: Delegation) -> Delegation:
        """The same one again changes nothing: what is on record counts, also that it was ended."""
        return await self._database.run(self._add, delegation)

    async def find(self, tenant: str, id: str) -> Delegation | None:
        return await self._database.run(self._find, tenant, id)

    async def end(self, tenant: str, id: str, *, by: str, at: datetime, because: str = "") -> Delegation | None:
        """None: there is no such delegation. Ended once; ending it again changes nothing."""
        return await self._database.run(self._end, tenant, id, by, at, because)

    async def of_person(self, tenant: str, person: str, now: datetime) -> list[Delegation]:
        """Given by or to this person, not over yet; the first that ends first."""
        return await self._database.run(self._read, tenant, "(principal = :who OR delegate = :who)", person, now)

    async def given_by(self, tenant: str, principal: str, now: datetime) -> list[Delegation]:
        """Not over yet."""
        return await self._database.run(self._read, tenant, "principal = :who", principal, now)

    async def all(self, tenant: str, now: datetime) -> list[Delegation]:
        return await self._database.run(self._read, tenant, ":who = ''", "", now)

    async def given_to(self, tenant: str, delegate: str, now: datetime) -> list[Delegation]:
        """Those by which this person may act for another now."""
        found = await self._database.run(self._read, tenant, "delegate = :who", delegate, now)
        return [delegation for delegation in found if delegation.in_force(now)]

    def _add(self, delegation: Delegation) -> Delegation:
        row = {
            **delegation.model_dump(include={"tenant", "id", "principal", "delegate"}),
            "since": micros(delegation.since),
            "until": micros(delegation.until),
            "document": delegation.model_dump_json(),
        }
        with self._database.writing() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO delegations (tenant, id, principal, delegate, since, until, document) VALUES "
                    "(:tenant, :id, :principal, :delegate, :since, :until, :document) "
                    "ON CONFLICT (tenant, id) DO NOTHING"
                ),
                row,
            )
        return self._find(delegation.tenant, delegation.id) or delegation

    def _find(self, tenant: str, id: str) -> Delegation | None:
        query = sa.text("SELECT document FROM delegations WHERE tenant = :tenant AND id = :id")
        with self._database.reading() as connection:
            document = connection.scalar(query, {"tenant": tenant, "id": id})
        return Delegation.model_validate_json(document) if document else None

    def _end(self, tenant: str, id: str, by: str, at: datetime, because: str) -> Delegation | None:
        before = self._find(tenant, id)
        if before is None or before.ended_at:
            return before
        ended = before.model_copy(update={"ended_at": at, "ended_by": by, "ended_because": because})
        with self._database.writing() as connection:
            connection.execute(
                sa.text(
                    "UPDATE delegations SET ended_at = :at, document = :document "
                    "WHERE tenant = :tenant AND id = :id AND ended_at IS NULL"
                ),
                {"tenant": tenant, "id": id, "at": micros(at), "document": ended.model_dump_json()},
            )
        return self._find(tenant, id)

    def _read(self, tenant: str, where: str, who: str, now: datetime) -> list[Delegation]:
        query = sa.text(
            f"SELECT document FROM delegations WHERE tenant = :tenant AND {where} AND until > :now "
            "AND ended_at IS NULL ORDER BY until, id"
        )
        with self._database.reading() as connection:
            rows = connection.scalars(query, {"tenant": tenant, "who": who, "now": micros(now)}).all()
        return [Delegation.model_validate_json(row) for row in rows]
