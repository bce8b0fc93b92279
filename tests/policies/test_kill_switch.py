"""The kill switch holds for the next decision and the next write; what it stopped goes on once it is on again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from domain.calls import ActorKind
from domain.evidence import SWITCH_RUN, Who
from domain.switches import ALL, Switch
from handrail.switches import SwitchBoard
from handrail.switching import tell_stopped, throw
from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.desk.shop import A_REFUND, Shop

SAM = Who(kind="human", id="sam", name="Sam")


class Lever:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.board = SwitchBoard(desk.house.settings.database)

    async def pull(self, process: str = "refund", *, off: bool = True, kind: ActorKind = ActorKind.AI) -> None:
        switch = Switch(process=process, kind=kind, reason="odd refunds", by="sam", at=datetime.now(UTC))
        await throw(self.board, self.desk.house.evidence, switch, off=off, by=SAM)

    async def on(self, process: str = "refund") -> None:
        await self.pull(process, off=False)

    async def away(self) -> None:
        """No switch holds any more, and the worker has seen it (within `FRESH_S`)."""
        for switch in await self.board.all():
            await self.board.switch_on(switch)
        while await self._any_seen():
            pass

    async def _any_seen(self) -> bool:
        caller = self.desk.agent()
        told = [
            await caller.refund(1, order="none"),
            await caller.call("verify_caller", {"email": "nobody@example.com"}),
            await caller.call("step_up_caller", {"channel": "email"}),
        ]
        return any(rule(answer).endswith(".switched_off") for answer in told)


@pytest.fixture
async def lever(desk: Desk) -> AsyncIterator[Lever]:
    lever = Lever(desk)
    yield lever
    await lever.away()


@pytest.mark.parametrize("process", ["refund", ALL])
async def test_switched_off_an_ai_agents_request_is_denied_with_what_to_do(
    desk: Desk, shop: Shop, lever: Lever, process: str
) -> None:
    order = await shop.sell(2_000)
    begun = datetime.now(UTC)
    await lever.pull(process)

    answer = await desk.agent(order=order).refund()
    while rule(answer) != "refund.switched_off":
        assert (datetime.now(UTC) - begun).total_seconds() < 2, answer
        answer = await desk.agent(order=order).refund()

    assert answer.status == "denied"
    assert "Hand the caller over to a person" in answer.say
    assert await shop.writes() == []


@pytest.mark.parametrize("process", ["verify_caller", ALL])
async def test_switched_off_an_ai_agent_verifies_nobody_and_a_person_does(
    desk: Desk, shop: Shop, lever: Lever, process: str
) -> None:
    order = await shop.sell(2_000)
    await lever.pull(process)

    answer = await desk.agent().verify(order)
    while answer.status == "done":  # within a second
        answer = await desk.agent().verify(order)
    await shop.admin("DELETE", "log")
    caller = desk.agent(order=order)
    denied = await caller.verify(order)

    assert rule(answer) == rule(denied) == "verify_caller.switched_off"
    assert "Hand the caller over to a person" in denied.say
    assert await shop.log() == []
    assert (await desk.agent(kind="human").verify(order)).status == "done"


@pytest.mark.full
async def test_switched_off_while_the_crm_is_slow_nobody_is_vouched_for(desk: Desk, shop: Shop, lever: Lever) -> None:
    order = await shop.sell(2_000)
    caller = desk.agent(order=order)
    await shop.fault("find_customers", "slow", 2, delay_ms=2_000)
    begun = await caller.call("verify_caller", {"email": order.email}, wait_s=0.1)
    await desk.until(begun, lambda now: "slow to answer" in now.say)

    await lever.pull("verify_caller")

    assert rule(await desk.end(begun)) == "verify_caller.switched_off"
    events = await desk.house.evidence.for_run("default", begun.reference)
    assert "verified" not in [str(event.type) for event in events]


@pytest.mark.full
async def test_switched_off_while_the_address_is_read_no_code_goes_out(desk: Desk, shop: Shop, lever: Lever) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("get_customer", "hold", 1, after=1)
    begun = await caller.call("step_up_caller", {"channel": "email"}, wait_s=0.1)
    while not await shop.fired():
        pass
    await lever.pull("step_up")
    while await lever.board.stopped("default", ["step_up"], "ai") is None:
        pass
    pulled = datetime.now(UTC)
    while (datetime.now(UTC) - pulled).total_seconds() < 1:  # it holds within a second
        await shop.fired()

    await shop.mend()
    answer = await desk.end(begun)

    assert rule(answer) == "step_up.not_sent"
    assert (await shop.admin("GET", "outbox"))["data"] == []
    events = await desk.house.evidence.for_run("default", begun.reference)
    assert any(event.body.get("error") == "switched_off" for event in events)


async def test_people_go_on_while_ai_agents_are_switched_off(desk: Desk, shop: Shop, lever: Lever) -> None:
    await lever.pull()
    order = await shop.sell(2_000)

    assert (await (await desk.caller(order, kind="human")).refund()).status == "done"


async def test_a_run_under_way_makes_no_further_write_and_finishes_once_it_is_on_again(
    desk: Desk, shop: Shop, lever: Lever
) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=1_500)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)

    await lever.pull()
    stopped = await desk.later(begun, "handed_off")

    assert "switched off" in stopped.say
    assert await shop.writes() == ["open_case", "set_mark"]
    packet = await desk.person("agent").packet(stopped)
    assert packet["repair"]
    assert (packet["reason"]["code"], packet["reason"]["trigger"]) == ("policy_boundary", "policy")

    await lever.on()
    while not await tell_stopped(desk.house.client, "default", ["refund"]):
        pass  # visibility follows within moments
    answer = await desk.end(begun)

    assert answer.status == "done"
    assert await shop.writes() == A_REFUND
    assert await shop.refunded(order) == [(order.instruments[0], 2_000)]
    assert await shop.balanced()


async def test_what_was_stopped_is_on_record_and_was_never_announced_as_sent(
    desk: Desk, shop: Shop, lever: Lever
) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=1_500)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)
    await lever.pull()
    await desk.later(begun, "handed_off")

    events = await desk.house.evidence.for_run("default", begun.reference)
    refund = [event for event in events if event.step == "send_refund"]
    assert [event.type for event in refund if event.type in ("intent", "receipt")] == []
    assert any(event.body.get("error") == "switched_off" for event in refund)


async def test_a_person_who_takes_over_what_was_stopped_finishes_it(desk: Desk, shop: Shop, lever: Lever) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("set_mark", "slow", delay_ms=1_500)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)
    await lever.pull()
    stopped = await desk.later(begun, "handed_off")

    person = desk.person("agent", name="ana")
    await person.say(stopped, "take_over")
    await desk.until(stopped, lambda now: "hand_back" in now.next)
    await person.say(stopped, "retry")
    held = await desk.until(stopped, lambda now: now.terminal or "taken this over" in now.say)
    if not held.terminal:
        await person.say(held, "retry")
    answer = await desk.end(stopped)

    assert answer.status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 2_000)]


async def test_what_was_stopped_before_money_moved_can_be_undone_by_a_person(
    desk: Desk, shop: Shop, lever: Lever
) -> None:
    order = await shop.sell(2_000)
    caller = await desk.caller(order)
    await shop.fault("open_case", "slow", delay_ms=1_500)
    begun = await caller.refund(wait_s=0.1)
    await desk.until(begun, lambda now: "on its way" in now.say)
    await lever.pull()
    stopped = await desk.later(begun, "handed_off")

    await desk.person("agent").say(stopped, "retry", action="undo_all")
    answer = await desk.end(stopped)

    assert answer.status == "undone"
    assert (await shop.cases(order), await shop.marks(order)) == (["withdrawn"], 0)


async def test_a_gate_of_a_person_survives_a_switch_for_ai_agents(desk: Desk, shop: Shop, lever: Lever) -> None:
    order = await shop.sell(30_000)
    gated = await (await desk.caller(order, kind="human")).refund_confirmed()
    assert gated.status == "needs_approval"
    await lever.pull()

    await desk.person("supervisor").decide(gated)

    assert (await desk.end(gated)).status == "done"


async def test_each_switch_is_on_record_with_who_and_why(desk: Desk, lever: Lever) -> None:
    before = len(await desk.house.evidence.for_run("default", SWITCH_RUN))
    await lever.pull()
    await lever.on()

    off, on = (await desk.house.evidence.for_run("default", SWITCH_RUN))[before:]
    assert (off.type, off.actor.id, off.body["switched"], off.body["reason"]) == (
        "switched", "sam", "off", "odd refunds",
    )  # fmt: skip
    assert on.body["switched"] == "act"


async def test_a_switch_of_another_tenant_or_kind_stops_nothing(desk: Desk, shop: Shop, lever: Lever) -> None:
    order = await shop.sell(2_000)
    now = datetime.now(UTC)
    for other in (
        Switch(tenant="other", process="refund", at=now),
        Switch(process="refund", kind=ActorKind.SYSTEM, at=now),
    ):
        await lever.board.switch_off(other)

    assert (await (await desk.caller(order)).refund()).status == "done"
