"""R, H: what is particular to one port. A connector's suite names each port that it claims."""

from typing import Any, ClassVar

import pytest

from connectors.cases import WorksCases
from connectors.conformance.stage import Clock
from connectors.conformance.suite import Conformance
from connectors.conformance.world import Fault, World
from connectors.effects import WriteRef
from connectors.errors import AuthFailed, Conflict, ContractDrift, NotFound
from domain.cases import CaseChange, CaseQuery

NOBODY = "no-such-id"


class Reads(Conformance):
    """`reads` are the port's reads by id; each is told of nothing, of a wrong shape and of a new word."""

    @staticmethod
    async def missing_is_not_found(world: World, read: str) -> None:
        connector = world.connect(Clock())
        with pytest.raises(NotFound):
            await getattr(connector, read)(NOBODY)
        await connector.aclose()

    @staticmethod
    async def nothing_is_an_empty_list(world: World, read: str) -> None:
        connector = world.connect(Clock())
        assert await getattr(connector, read)(NOBODY) == []
        await connector.aclose()

    @staticmethod
    async def another_shape_is_drift(world: World, read: str) -> None:
        if Fault.SHAPE not in world.faults:
            pytest.skip(f"this world cannot play {Fault.SHAPE}")
        connector = world.connect(Clock())
        await world.play(read, Fault.SHAPE)
        with pytest.raises(ContractDrift):
            await getattr(connector, read)(NOBODY)
        await connector.aclose()


class CrmConformance(Reads):
    system: ClassVar[str] = "crm"

    async def test_r2_crm_an_unknown_customer_is_not_found(self, world: World) -> None:
        await self.missing_is_not_found(world, "get_customer")

    async def test_r5_crm_another_shape_is_contract_drift(self, world: World) -> None:
        await self.another_shape_is_drift(world, "get_customer")


class OrderConformance(Reads):
    system: ClassVar[str] = "orders"

    async def test_r2_orders_an_unknown_order_is_not_found(self, world: World) -> None:
        await self.missing_is_not_found(world, "get_order")
        await self.nothing_is_an_empty_list(world, "find_orders")

    async def test_r5_orders_another_shape_is_contract_drift(self, world: World) -> None:
        await self.another_shape_is_drift(world, "get_order")


class RefundConformance(Reads):
    system: ClassVar[str] = "billing"

    async def test_r2_billing_an_unknown_refund_is_not_found(self, world: World) -> None:
        await self.missing_is_not_found(world, "get_refund")
        await self.nothing_is_an_empty_list(world, "get_payments")

    async def test_r5_billing_another_shape_is_contract_drift(self, world: World) -> None:
        await self.another_shape_is_drift(world, "get_payments")


class CaseConformance(Reads):
    system: ClassVar[str] = "cases"

    async def test_r2_cases_an_unknown_case_is_not_found(self, world: World) -> None:
        await self.missing_is_not_found(world, "get_case")
        await self.nothing_is_an_empty_list(world, "find_open_cases")

    async def test_r3_cases_are_found_by_who_owns_them(self, world: World) -> None:
        connector: Any = world.connect(Clock())
        if not _works_cases(connector):
            pytest.skip("it only keeps cases")
        case = await connector.find_said(*await _change_of_owner(world, connector))
        found = await connector.find_cases(CaseQuery(owner="adjuster-7"))
        nobody = await connector.find_cases(CaseQuery(owner=NOBODY))
        await connector.aclose()

        assert case is not None
        assert ([one.id for one in found], nobody) == ([case.id], [])

    async def test_r4_cases_a_change_judged_by_an_older_version_is_a_conflict(self, world: World) -> None:
        connector: Any = world.connect(Clock())
        if not _works_cases(connector):
            pytest.skip("it only keeps cases")
        change, _ = await _change_of_owner(world, connector)
        late = CaseChange(case_id=change.case_id, comment="Late.", owner="another", version=change.version)
        with pytest.raises(Conflict):
            await connector.change_case(late, WriteRef(run="conformance/r4", step="change_case", n=2))
        now = await connector.get_case(change.case_id)
        await connector.aclose()

        assert now.owner == "adjuster-7"

    async def test_r5_cases_another_shape_is_contract_drift(self, world: World) -> None:
        await self.another_shape_is_drift(world, "get_case")


def _works_cases(connector: object) -> bool:
    return isinstance(connector, WorksCases)


async def _change_of_owner(world: World, connector: Any) -> tuple[CaseChange, WriteRef]:
    """A case gets an owner; the change names the version that it was judged by."""
    drafted = await world.draft("change_case")
    seen = await connector.get_case(drafted.case_id)
    change = CaseChange(case_id=seen.id, comment="For the adjuster.", owner="adjuster-7", version=seen.version)
    ref = WriteRef(run="conformance/r4", step="change_case")
    await connector.change_case(change, ref)
    return change, ref


class EventConformance(Conformance):
    system: ClassVar[str] = "events"

    async def test_h1_a_genuine_event_is_told(self, world: World) -> None:
        events = await _receive(world, at=0)

        assert [bool(event.dedupe_id and event.kind) for event in events] == [True]

    async def test_h2_one_changed_byte_is_refused(self, world: World) -> None:
        body, headers = await world.event(1_000.0)
        changed = bytes([body[0], body[1] ^ 1]) + body[2:]
        for tampered in (changed, body + b" ", body.replace(b": ", b":")):
            if tampered != body:
                with pytest.raises(AuthFailed):
                    await _deliver(world, tampered, headers, 1_000.0)
        with pytest.raises(AuthFailed):
            await _deliver(world, body, {}, 1_000.0)

    async def test_h3_a_stale_or_future_event_is_refused(self, world: World) -> None:
        for age in (301, -301):
            with pytest.raises(AuthFailed):
                await _receive(world, at=age)
        await _receive(world, at=299)

    async def test_h4_a_second_delivery_has_the_same_id(self, world: World) -> None:
        body, headers = await world.event(1_000.0)
        twice = [await _deliver(world, body, headers, 1_000.0) for _ in range(2)]

        assert twice[0][0].dedupe_id == twice[1][0].dedupe_id


async def _receive(world: World, at: float) -> Any:
    body, headers = await world.event(1_000_000.0)
    return await _deliver(world, body, headers, 1_000_000.0 + at)


async def _deliver(world: World, body: bytes, headers: dict[str, str], now_s: float) -> Any:
    connector: Any = world.connect(Clock())
    try:
        return connector.receive(body, headers, now_s=now_s)
    finally:
        await connector.aclose()


SUITES: dict[str, type[Conformance]] = {
    suite.system: suite
    for suite in (CrmConformance, OrderConformance, RefundConformance, CaseConformance, EventConformance)
}
"""Per system that can be claimed."""
