"""The board of kill switches: durable, shared by all processes, and seen by each within `FRESH_S`."""

import time
from typing import Any, Protocol

import sqlalchemy as sa
from temporalio import activity

from domain.switches import Switch, off_for
from handrail.database import from_micros, micros, open_database

FRESH_S = 0.4
"""How old what is known may be. A switch holds within a second: this, and the step that is just being sent."""


class SwitchBoard:
    def __init__(self, url: str) -> None:
        self._database = open_database(url)
        self._known: list[Switch] = []
        self._read_at = float("-inf")

    async def switch_off(self, switch: Switch) -> None:
        await self._database.run(self._set, switch)

    async def switch_on(self, switch: Switch) -> bool:
        """Whether it was off."""
        return await self._database.run(self._clear, switch)

    async def all(self) -> list[Switch]:
        return await self._database.run(self._read)

    async def stopped(self, tenant: str, names: list[str], kind: str) -> Switch | None:
        """The switch that stops this kind of actor now. Reads the board anew when what is known is too old."""
        begun = time.monotonic()
        if begun - self._read_at > FRESH_S:
            self._known = await self.all()
            self._read_at = begun
        return off_for(self._known, tenant, names, kind)

    def known(self) -> list[Switch]:
        """As it was read last: every step of a run reads it first (see `activities._execution`)."""
        return self._known

    def _set(self, switch: Switch) -> None:
        with self._database.writing() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO switches (tenant, process, kind, reason, by, at) "
                    "VALUES (:tenant, :process, :kind, :reason, :by, :at) ON CONFLICT (tenant, process, kind) "
                    "DO UPDATE SET reason = excluded.reason, by = excluded.by, at = excluded.at"
                ),
                {**switch.model_dump(mode="json"), "at": micros(switch.at)},
            )

    def _clear(self, switch: Switch) -> bool:
        query = sa.text("DELETE FROM switches WHERE tenant = :tenant AND process = :process AND kind = :kind")
        with self._database.writing() as connection:
            given = {"tenant": switch.tenant, "process": switch.process, "kind": str(switch.kind)}
            return connection.execute(query, given).rowcount > 0

    def _read(self) -> list[Switch]:
        with self._database.reading() as connection:
            rows = connection.execute(sa.text("SELECT tenant, process, kind, reason, by, at FROM switches")).mappings()
            return [Switch.model_validate({**row, "at": from_micros(row["at"])}) for row in rows]


class Documents(Protocol):
    def read(self, policy: str) -> dict[str, Any]: ...


class SwitchedShelf:
    """The policies in force, with what the kill switches say of the run that reads them."""

    def __init__(self, shelf: Documents, board: SwitchBoard) -> None:
        self._shelf = shelf
        self._board = board

    def read(self, policy: str) -> dict[str, Any]:
        document = self._shelf.read(policy)
        tenant, process = _running()
        board = self._board.known()
        off = {kind: "off" for kind in ("ai", "human", "system") if off_for(board, tenant, [policy, process], kind)}
        return {**document, "switched": off} if off else document


def _running() -> tuple[str, str]:
    """Tenant and process of the run whose step this is."""
    info: activity.Info = activity.info()
    return (info.workflow_id or "").partition(":")[0], info.workflow_type or ""
