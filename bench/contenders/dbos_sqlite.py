"""(iii) DBOS on SQLite: caller and workflow in one process, each step checkpointed.

Best shape: WAL and `synchronous=NORMAL` like everybody here; the durable event `first` is written before the caller in
the same process is told, who is woken directly instead of by DBOS's polling.
"""

import asyncio
import sqlite3
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.loop import Stopwatch
from bench.shop import Call
from bench.systems import Systems, decide

_systems: list[Systems] = []
_waiting: dict[str, asyncio.Future[None]] = {}
_RETRIED: dict[str, Any] = {"retries_allowed": True, "interval_seconds": 0.2, "max_attempts": 6}


@DBOS.step(**_RETRIED)
async def read_order(order: str) -> dict[str, Any]:
    return await _systems[0].order(order)


@DBOS.step(**_RETRIED)
async def read_payments(order: str) -> dict[str, Any]:
    return await _systems[0].payments(order)


@DBOS.step(**_RETRIED)
async def read_customer(customer: str) -> dict[str, Any]:
    return await _systems[0].customer(customer)


@DBOS.step(**_RETRIED)
async def open_case(order: str, customer: str) -> str:
    return await _systems[0].open_case(order, customer)


@DBOS.step(**_RETRIED)
async def mark_order(order: str) -> None:
    await _systems[0].mark_order(order)


@DBOS.step(**_RETRIED)
async def send_refund(order: str, payment: str, instrument: str) -> str:
    return await _systems[0].refund(order, payment, instrument)


@DBOS.step(**_RETRIED)
async def note(order: str, customer: str) -> None:
    await _systems[0].note(order, customer)


@DBOS.step(**_RETRIED)
async def resolve(order: str, case: str) -> None:
    await _systems[0].resolve(order, case)


@DBOS.workflow()
async def refund(order: str, customer: str) -> str:
    seen = await asyncio.gather(read_order(order), read_payments(order), read_customer(customer))
    payment, instrument = decide(*seen)
    await DBOS.set_event_async("first", "accepted")
    if (waiting := _waiting.get(order)) and not waiting.done():
        waiting.set_result(None)
    case = await open_case(order, customer)
    await mark_order(order)
    sent = await send_refund(order, payment, instrument)
    await asyncio.gather(note(order, customer), resolve(order, case))
    return sent


class Contender:
    def __init__(self, settings: dict[str, str]) -> None:
        _systems.append(Systems(settings["simulators"]))
        file = settings["database"]
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA journal_mode=WAL")
        sa.event.listen(sa.Engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=NORMAL"))
        config: DBOSConfig = {
            "name": "bench", "system_database_url": f"sqlite:///{file}", "log_level": "ERROR",
            "application_version": "bench", "executor_id": "bench",
        }  # fmt: skip
        DBOS(config=config)
        DBOS.launch()

    async def prepare(self, calls: list[Call]) -> None:
        """Nothing to prepare."""

    async def refund(self, call: Call, order: str, watch: Stopwatch) -> None:
        waiting = _waiting[order] = asyncio.get_running_loop().create_future()
        with SetWorkflowID(f"refund:{order}"):
            handle = await DBOS.start_workflow_async(refund, order, call.customer_id)
        await waiting
        watch.answered()
        del _waiting[order]
        await handle.get_result()
