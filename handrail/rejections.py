"""The book of what people declined: durable, and read with the facts of every request of that customer."""

from datetime import datetime

import sqlalchemy as sa

from domain.rejections import Rejection
from handrail.database import from_micros, micros, open_database

_COLUMNS = "tenant, customer_id, effect, reference, rule, role, reason, by, on_behalf_of, at, until"


class RejectionBook:
    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    async def record(self, rejection: Rejection) -> None:
        """The same no of the same run again changes nothing."""
        await self._database.run(self._record, rejection)

    async def of_customer(self, tenant: str, customer_id: str, now: datetime) -> list[Rejection]:
        """Those that still stand, newest first."""
        return await self._database.run(self._of_customer, tenant, customer_id, now)

    def _record(self, rejection: Rejection) -> None:
        names = ", ".join(f":{name}" for name in _COLUMNS.split(", "))
        with self._database.writing() as connection:
            connection.execute(
                sa.text(
                    f"INSERT INTO rejections ({_COLUMNS}) VALUES ({names}) "
                    "ON CONFLICT (tenant, customer_id, effect, reference) DO NOTHING"
                ),
                {**rejection.model_dump(), "at": micros(rejection.at), "until": micros(rejection.until)},
            )

    def _of_customer(self, tenant: str, customer_id: str, now: datetime) -> list[Rejection]:
        query = sa.text(
            f"SELECT {_COLUMNS} FROM rejections WHERE tenant = :tenant AND customer_id = :customer AND until > :now "
            "ORDER BY at DESC"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, {"tenant": tenant, "customer": customer_id, "now": micros(now)}).mappings()
            return [
                Rejection.model_validate({**row, "at": from_micros(row["at"]), "until": from_micros(row["until"])})
                for row in rows
            ]
