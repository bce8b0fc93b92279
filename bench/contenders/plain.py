"""(i) asyncio and HTTP, nothing durable: what the calls themselves cost."""

import asyncio

from bench.loop import Stopwatch
from bench.shop import Call
from bench.systems import Systems, decide


class Contender:
    def __init__(self, settings: dict[str, str]) -> None:
        self._systems = Systems(settings["simulators"])

    async def prepare(self, calls: list[Call]) -> None:
        """Nothing to prepare."""

    async def refund(self, call: Call, order: str, watch: Stopwatch) -> None:
        systems, customer = self._systems, call.customer_id
        seen = await asyncio.gather(systems.order(order), systems.payments(order), systems.customer(customer))
        payment, instrument = decide(*seen)
        watch.answered()
        case = await systems.open_case(order, customer)
        await systems.mark_order(order)
        await systems.refund(order, payment, instrument)
        await asyncio.gather(systems.note(order, customer), systems.resolve(order, case))
