"""An inbox with more work than a page holds what is due first, whatever came in last."""

import bisect
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from handrail.rail import InboxQuery
from handrail.rail.first_due import Moments, moment
from handrail.rail.inbox import list_work
from tests.desk.desk import Desk

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PARKED = 120


def attributes(tenant: str, n: int, due: datetime | None) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(SearchAttributeKey.for_keyword("HandrailTenant"), tenant),
        SearchAttributePair(SearchAttributeKey.for_int("HandrailValue"), n),
    ]
    if due:
        pairs.append(SearchAttributePair(SearchAttributeKey.for_datetime("HandrailDueAt"), due))
    return TypedSearchAttributes(pairs)


async def park(desk: Desk, tenant: str, number: int, due: datetime | None) -> str:
    """A run that nobody works on."""
    reference = f"refund-{tenant}-{number}"
    await desk.house.client.start_workflow(
        "refund", id=f"{tenant}:{reference}", task_queue=f"none-{tenant}",
        search_attributes=attributes(tenant, number, due),
    )  # fmt: skip
    return reference


async def until_all_are_listed(desk: Desk, tenant: str) -> None:
    while (await desk.house.client.count_workflows(f"HandrailTenant = '{tenant}'")).count < PARKED:
        pass


async def test_what_is_due_first_is_shown_first_though_it_came_in_before_all_else(desk: Desk) -> None:
    """The oldest are overdue, the newest have no due time: the server lists them the other way round."""
    tenant = f"crowd{uuid.uuid4().hex[:8]}"
    dues = [NOW + timedelta(minutes=7 * n) for n in range(PARKED - 8)] + [None] * 8
    parked = [await park(desk, tenant, n, due) for n, due in enumerate(dues)]
    await until_all_are_listed(desk, tenant)

    async def listed(**asked: Any) -> list[str]:
        return [item.reference for item in await list_work(desk.house.client, tenant, InboxQuery(**asked))]

    assert await listed(limit=5) == parked[:5]
    assert await listed(limit=5, due_before=NOW + timedelta(minutes=22)) == parked[:4]
    assert (await listed(limit=PARKED - 5))[: PARKED - 8] == parked[: PARKED - 8]
    assert set(await listed(limit=PARKED)) == set(parked)
    for reference in parked:
        await desk.house.client.get_workflow_handle(f"{tenant}:{reference}").terminate()


async def test_read_again_it_is_found_by_one_count_and_is_what_is_due_first_now(desk: Desk) -> None:
    """Also when work came in that is due before all of it, or what was first is decided."""
    tenant, moments = f"again{uuid.uuid4().hex[:8]}", Moments()
    parked = [await park(desk, tenant, n, NOW + timedelta(minutes=n)) for n in range(PARKED)]
    await until_all_are_listed(desk, tenant)
    where = f"HandrailTenant = '{tenant}'"

    async def listed(moments: Moments) -> tuple[list[str], int]:
        counted = Counting(desk.house.client)
        items = await list_work(cast(Client, counted), tenant, InboxQuery(limit=5), moments=moments)
        return [item.reference for item in items], counted.counts

    anew, again = await listed(moments), await listed(moments)
    sooner = await park(desk, tenant, PARKED, NOW - timedelta(days=1))
    while (await desk.house.client.count_workflows(where)).count <= PARKED:
        pass
    with_sooner = await listed(moments)
    for reference in [sooner, *parked[:14]]:
        await desk.house.client.get_workflow_handle(f"{tenant}:{reference}").terminate()
    while (await desk.house.client.count_workflows(f"{where} AND ExecutionStatus = 'Running'")).count > PARKED - 14:
        pass

    assert anew[0] == again[0] == parked[:5]
    assert anew[1] > again[1] == with_sooner[1] == 1
    assert with_sooner[0] == [sooner, *parked[:4]]
    assert (await listed(moments))[0] == parked[14:19]
    for reference in parked[14:]:
        await desk.house.client.get_workflow_handle(f"{tenant}:{reference}").terminate()


class Counting:
    """A client that knows how often it was asked to count."""

    def __init__(self, client: Client) -> None:
        self._client, self.counts = client, 0

    async def count_workflows(self, query: str) -> Any:
        self.counts += 1
        return await self._client.count_workflows(query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize("spread_s", [60, 86_400, 30 * 86_400])
@pytest.mark.parametrize("middle_s", [-90 * 86_400, -3_600, 0, 86_400])
async def test_the_moment_by_which_enough_is_due_is_found_in_a_few_counts(spread_s: int, middle_s: int) -> None:
    chance = random.Random(f"{spread_s} {middle_s}")
    dues = sorted(NOW + timedelta(seconds=middle_s + spread_s * chance.uniform(-1, 1)) for _ in range(5_000))
    counts = []

    async def count(after: datetime | None, by: datetime) -> int:
        counts.append(bisect.bisect_right(dues, by) - (bisect.bisect_right(dues, after) if after else 0))
        return counts[-1]

    found = bisect.bisect_right(dues, await moment(count, 100, NOW))

    assert found >= 100
    assert found <= 150 or len(counts) == 16
    assert len(counts) <= 16


async def test_many_that_are_due_at_one_moment_come_together() -> None:
    at = NOW + timedelta(hours=2)

    async def count(after: datetime | None, by: datetime) -> int:
        return (0 if after else 3) + (900 if by >= at else 0)

    assert NOW + timedelta(hours=3) > await moment(count, 100, NOW) >= at
