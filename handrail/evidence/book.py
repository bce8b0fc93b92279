"""The evidence book: append, read, checkpoint, export, verify, erase."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from domain.evidence import ACCESS_RUN, SYSTEM, Event, EventType, Report, Who
from handrail.database import open_database
from handrail.evidence import bundle, checkpoints, live, reading
from handrail.evidence._appending import Appender
from handrail.evidence._writer import GroupWriter
from handrail.evidence.checkpoints import Checkpoint
from handrail.evidence.keys import KeyRing
from handrail.evidence.reading import Row
from handrail.evidence.records import chain_of, draft, read

_STANDS_FOR = {"run": "chain = :chain", "customer": "tenant = :tenant AND subject = :id AND subject <> ''"}
_STANDS_FOR["call"] = "tenant = :tenant AND call_id = :id AND call_id <> ''"


class EvidenceBook:
    """One per process. Every read is itself an event, by `reader`, in the tenant's run `access`.

    `personal=True` also opens the personal values, for readers who may see them; those of erased customers are gone.
    """

    def __init__(self, url: str, key_path: Path) -> None:
        self._database = open_database(url)
        self._ring = KeyRing(key_path)
        self._appender = Appender(self._database, self._ring)
        self._writer = GroupWriter(self._database, self._appender)

    async def append(self, events: Sequence[Event]) -> None:
        """Returns when all are committed, together and in order; repeated keys are passed over.

        Raises EvidenceNotWritten when they are not on record, ValueError when an event cannot be kept as it is.
        """
        if events:
            await self._writer.write([draft(event) for event in events])

    async def for_run(self, tenant: str, run: str, *, reader: Who = SYSTEM, personal: bool = False) -> list[Event]:
        """In the order in which they were written."""
        return await self._read("run", tenant, run, reader, personal)

    async def for_customer(
        self, tenant: str, customer_id: str, *, reader: Who = SYSTEM, personal: bool = False
    ) -> list[Event]:
        """Events about the customer, of all runs, oldest first."""
        return await self._read("customer", tenant, customer_id, reader, personal)

    async def for_call(self, tenant: str, call_id: str, *, reader: Who = SYSTEM, personal: bool = False) -> list[Event]:
        """Events of one interaction, of all runs, oldest first."""
        return await self._read("call", tenant, call_id, reader, personal)

    async def checkpoint(self) -> Checkpoint | None:
        """Sign where all runs stand now. Costs what changed since the last one. None: nothing was ever appended."""
        return await self._database.run(self._checkpoint)

    async def export(
        self,
        path: Path,
        *,
        tenant: str,
        run: str = "",
        customer: str = "",
        call: str = "",
        reader: Who = SYSTEM,
        personal: bool = False,
    ) -> Path:
        """A bundle at `path` (a folder, or a file when it ends in `.zip`) of whole runs: one, a customer's, a call's,
        or all of the tenant. Covered by a checkpoint made now. Raises FileExistsError."""
        asked = {"tenant": tenant, "run": run, "customer": customer, "call": call}
        asked = {name: value for name, value in asked.items() if value}
        await self.checkpoint()
        await self._note_access(tenant, reader, {"what": "export", **asked, "personal": personal})
        await self._database.run(self._export, path, asked, reader, personal)
        return path

    async def verify(self, *, witness: Checkpoint | None = None) -> Report:
        """All of the live record. `witness`: a checkpoint that was kept elsewhere."""
        return await self._database.run(self._verify, witness)

    async def verify_run(self, tenant: str, run: str) -> Report:
        """One run: fast enough to be shown with its history."""
        return await self._database.run(self._verify_run, chain_of(tenant, run))

    async def erase(self, tenant: str, subject: str, *, by: Who = SYSTEM) -> int:
        """Destroy the customer's key: the personal values are unreadable for good, every chain still verifies. So are
        those of his conversations, said before anybody knew who he is.

        Gives the number of values; 0 when there were none. Backups of the database still hold the key.
        """
        return await self._database.run(self._erase, tenant, subject, by)

    async def close(self) -> None:
        """Writes what was handed in, then ends the writer's thread."""
        await asyncio.to_thread(self._writer.close)

    async def _read(self, what: str, tenant: str, id_: str, reader: Who, personal: bool) -> list[Event]:
        events = await self._database.run(self._events, what, tenant, id_, personal)
        await self._note_access(tenant, reader, {"what": what, "id": id_, "personal": personal, "events": len(events)})
        return events

    async def _note_access(self, tenant: str, reader: Who, body: dict[str, Any]) -> None:
        key = f"read:{uuid.uuid4().hex}"
        now = datetime.now(UTC)
        await self.append(
            [Event(tenant=tenant, run=ACCESS_RUN, key=key, type=EventType.READ, at=now, actor=reader, body=body)]
        )

    def _events(self, what: str, tenant: str, id_: str, personal: bool) -> list[Event]:
        given = {"chain": chain_of(tenant, id_)} if what == "run" else {"tenant": tenant, "id": id_}
        with self._database.reading() as connection:
            rows = list(reading.rows(connection, _STANDS_FOR[what], "id", **given))
            values = self._values(connection, rows) if personal else {}
        return [read(row.record, row.hash, values.get((row.chain, row.seq))) for row in rows]

    def _values(self, connection: sa.Connection, rows: list[Row]) -> dict[tuple[str, int], dict[str, str]]:
        found: dict[tuple[str, int], dict[str, str]] = {}
        for chain in {row.chain for row in rows}:
            for value in reading.values(connection, self._ring, chain):
                if value.broken:
                    raise ValueError(
                        f"{value.name} of event {value.seq} of {chain} does not open: written with another key file, "
                        "or changed since; verify the run."
                    )
                if value.value is not None:
                    found.setdefault((chain, value.seq), {})[value.name] = value.value
        return found

    def _checkpoint(self) -> Checkpoint | None:
        with self._database.writing() as connection:
            return checkpoints.make(connection, self._ring, datetime.now(UTC))

    def _export(self, path: Path, asked: dict[str, str], reader: Who, personal: bool) -> None:
        where, given = "tenant = :tenant", {"tenant": asked["tenant"]}
        for what in ("run", "customer", "call"):
            if what in asked:
                where = f"{where} AND {_STANDS_FOR[what]}"
                given |= {"chain": chain_of(asked["tenant"], asked[what])} if what == "run" else {"id": asked[what]}
                break
        about = bundle.about(asked, f"{reader.kind} {reader.id}", datetime.now(UTC))
        with self._database.reading() as connection:
            chains = reading.chains(connection, where, **given)
            bundle.write(connection, self._ring, path, chains, about, personal)

    def _verify(self, witness: Checkpoint | None) -> Report:
        with self._database.reading() as connection:
            return live.check_live(connection, self._ring, witness)

    def _verify_run(self, chain: str) -> Report:
        with self._database.reading() as connection:
            return live.check_run(connection, self._ring, chain)

    def _erase(self, tenant: str, subject: str, by: Who) -> int:
        with self._database.writing() as connection:
            found = connection.execute(sa.text(_KEYS_OF), {"tenant": tenant, "subject": subject}).all()
            if not found:
                return 0
            for key_id, _, _ in found:
                connection.execute(sa.text("UPDATE evidence_keys SET wrapped = NULL WHERE id = :id"), {"id": key_id})
            cursor = connection.connection.cursor()
            told = [_erased(tenant, subject, key_id, values, by, call) for key_id, call, values in found]
            self._appender.append(cursor, [draft(event) for event in told])
            cursor.close()
        self._database.forget_old_pages()
        return sum(values for _, _, values in found)


_KEYS_OF = """
    SELECT k.id, CASE WHEN k.subject = :subject THEN '' ELSE k.subject END,
        (SELECT count(*) FROM evidence_personal AS p WHERE p.key_id = k.id)
    FROM evidence_keys AS k
    WHERE k.tenant = :tenant AND k.wrapped IS NOT NULL AND (k.subject = :subject OR k.subject IN (
        SELECT 'call:' || e.call_id FROM evidence_events AS e
        WHERE e.tenant = :tenant AND e.subject = :subject AND e.call_id <> ''))
    ORDER BY k.subject
"""
"""The customer's own, and those of conversations in which something was done for him: what was said before he was
known is under the conversation's key."""


def _erased(tenant: str, subject: str, key_id: str, values: int, by: Who, call: str) -> Event:
    """`call`: the key of that conversation, `call:...`; empty: the customer's own."""
    return Event(
        tenant=tenant,
        run=ACCESS_RUN,
        key=f"erased:{key_id}",
        type=EventType.ERASED,
        at=datetime.now(UTC),
        actor=by,
        # not as `subject`: this run is nobody's own
        body={"customer": subject, "values": values} | ({"of": call} if call else {}),
    )
