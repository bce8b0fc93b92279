"""A refund whose first step meets a system that is busy: Temporal would try it again in an hour."""

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation


async def at_a_busy_system(desk: Desk) -> tuple[Sold, Conversation, Answer]:
    """The system is there again for whoever asks by himself."""
    order = await desk.shop.sell(2_000)
    caller = await desk.caller(order)
    await desk.shop.fault("open_case", "rate_limited", retry_after_s=3_600)
    begun = await caller.refund(wait_s=0.1)
    await desk.shop.meets(1)
    return order, caller, begun
