"""A run of another process opens its own case: linked to what is open about the same order, resolved with the run."""

from typing import Any

import pytest

from tests.case.caseload import damaged, id_of, late, on_record, opened
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop


@pytest.mark.parametrize(
    ("tool", "wish"), [("refund_order", {"reason": "damaged"}), ("cancel_order", {"reason": "no_longer_needed"})]
)
async def test_its_case_is_linked_to_what_is_open_and_resolved_at_its_end(
    desk: Desk, shop: Shop, tool: str, wish: dict[str, Any]
) -> None:
    order = await shop.sell(4_000, status="delivered" if tool == "refund_order" else "open")
    caller = await desk.caller(order)
    case = await opened(caller, late(order))
    await opened(caller, late(await shop.sell(to=order)))

    asked = await caller.call(tool, {"order_id": order.id, **wish})
    packet = await desk.person("agent").packet(asked)
    done = await caller.call(tool, {"order_id": order.id, **wish}, confirm=asked.digest)

    assert done.status == "done"
    after = await desk.person("agent").packet(done)
    own = await on_record(shop, after["links"]["case"])
    assert (own["state"], own["links"]) == ("resolved", [id_of(case)])
    first = packet["links"]["related"][0]
    assert (first["id"], first["work"], first["queue"]) == (id_of(case), case.reference, "logistics")
    assert len(packet["links"]["related"]) == 2


async def test_a_cases_packet_tells_the_others_and_not_itself(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    first, second = await opened(caller, late(order)), await opened(caller, damaged(order))

    links = (await desk.person("agent").packet(second))["links"]

    assert links["case"] == id_of(second)
    assert [related["work"] for related in links["related"]] == [first.reference]
