"""Every way in which a run waits for a person or for its caller, over all processes: how the agent comes so far and is
then gone, and how it must end when a colleague goes on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from domain.answers import Answer, Status
from handrail.interactions import CALL, InteractionBook, Said
from tests.case.caseload import late, opened
from tests.claim.claimant import PHOTO, PROOF, Claimant
from tests.claim.covered import days_ago
from tests.desk.goods import Sold
from tests.full.scenarios import SCENARIOS, Scenario
from tests.full.world import Subject
from tests.order_change import store
from tests.resume.stage import Stage
from tests.step_up.outbox import codes
from tests.test_appointment import agreed, hour

Agent = Callable[[Stage], Awaitable[Answer]]


@dataclass(frozen=True)
class Paused:
    """`agent` answers with the run, or the item, that a colleague picks up."""

    agent: Agent
    ends: str = "done"
    asks: tuple[str, ...] | None = ()
    """What only the caller can say, and nobody has asked him yet. None: whatever that is."""
    verifies: bool = False
    """The caller's assurance is too low, or over."""
    reason: str = ""
    """Why a person is needed, now or further on; empty: nobody but the caller is waited for."""
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.agent.__name__.replace("_", " ")


ALL: list[Paused] = []


def paused(ends: str = "done", **more: Any) -> Callable[[Agent], Agent]:
    def listed(agent: Agent) -> Agent:
        ALL.append(Paused(agent, ends, **more))
        return agent

    return listed


async def _asks(stage: Stage, tool: str, confirmed: bool = False, **arguments: Any) -> Answer:
    assert stage.caller
    asked = await stage.caller.call(tool, arguments)
    if confirmed:
        asked = await stage.caller.call(tool, arguments, confirm=asked.digest)
    return asked


# Refunds


@paused(asks=("confirm",))
async def a_refund_waits_for_the_callers_yes(stage: Stage) -> Answer:
    await stage.sells(12_000)
    assert stage.caller
    return await stage.caller.refund()


@paused(asks=("confirm", "assurance"), verifies=True)
async def a_refund_waits_for_a_yes_and_the_verification_is_over(stage: Stage) -> Answer:
    asked = await a_refund_waits_for_the_callers_yes(stage)
    await stage.expire()
    return asked


@paused(asks=("assurance", "customer_id", "confirm"), verifies=True)
async def a_refund_for_a_caller_whom_nobody_has_verified(stage: Stage) -> Answer:
    order = await stage.shop.sell(4_000)
    stage.caller = stage.desk.agent(order=order)
    return await stage.caller.refund()


@paused(asks=("assurance", "confirm"), verifies=True, reason="policy_boundary")
async def a_refund_of_more_than_facts_on_record_are_good_for(stage: Stage) -> Answer:
    """Then two people, each with a role."""
    await stage.sells(60_000)
    assert stage.caller
    return await stage.caller.refund()


@paused(asks=("confirm",), reason="policy_boundary")
async def a_refund_whose_caller_gave_a_code_to_the_agent(stage: Stage) -> Answer:
    """The colleague who takes it up rests on that."""
    await stage.sells(60_000)
    assert stage.caller
    await stage.caller.refund()
    sent = await stage.caller.call("step_up_caller", {"channel": "email"})
    await stage.caller.say(sent, "verify", code=(await codes(stage.shop))[-1])
    await stage.desk.end(sent)
    asked = await stage.caller.again()
    return await stage.desk.later(asked, "needs_confirmation")


@paused(reason="policy_boundary")
async def a_refund_at_its_gate(stage: Stage) -> Answer:
    await stage.sells(24_800)
    assert stage.caller
    return await stage.caller.refund_confirmed()


@paused(reason="policy_boundary")
async def a_refund_at_its_gate_long_after_the_call(stage: Stage) -> Answer:
    """The decision rests on how the caller was verified when it was asked for."""
    gated = await a_refund_at_its_gate(stage)
    await stage.expire()
    return gated


@paused(reason="policy_boundary")
async def a_refund_that_two_people_must_approve(stage: Stage) -> Answer:
    """Of two roles; whoever asked for it is a person too, and level 2 was reached."""
    order = await stage.shop.sell(120_000)
    stage.caller = await stage.desk.caller(order, kind="human")
    asked = await stage.caller.refund()
    await stage.desk.person("agent", name="ana").say(asked, "verify", level=2)
    ready = await stage.desk.later(asked, "needs_confirmation")
    return await stage.caller.confirm(ready)


@paused(asks=("info",), reason="policy_boundary")
async def a_refund_whose_approver_wants_to_know_more(stage: Stage) -> Answer:
    gated = await a_refund_at_its_gate(stage)
    await stage.desk.person("supervisor", name="sam").decide(gated, "request_info", note="Was it used?")
    return gated


@paused(reason="missing_dependency")
async def a_refund_whose_note_was_refused(stage: Stage) -> Answer:
    await stage.shop.fault("add_note", "refuse", None, code="closed", message="The record is closed.")
    await stage.sells(1_200)
    assert stage.caller
    stuck = await stage.desk.later(await stage.caller.refund(), "handed_off")
    await stage.shop.mend()
    return stuck


@paused(reason="missing_dependency")
async def a_refund_whose_note_is_refused_for_good(stage: Stage) -> Answer:
    """Two people go on without it."""
    stuck = await a_refund_whose_note_was_refused(stage)
    await stage.shop.fault("add_note", "refuse", None, code="closed", message="The record is closed.")
    return stuck


@paused(reason="missing_dependency")
async def a_refund_of_which_nobody_knows_whether_it_went_out(stage: Stage) -> Answer:
    await stage.shop.fault("refund", "lost_answer", None)
    await stage.shop.fault("find_refunds", "error_before", None, status=503)
    await stage.sells(1_200)
    assert stage.caller
    lost = await stage.desk.until(await stage.caller.refund(), lambda now: "retry" in now.next)
    await stage.shop.mend()
    return lost


@paused(ends="undone", reason="missing_dependency")
async def a_refund_that_could_not_be_taken_back(stage: Stage) -> Answer:
    await stage.shop.fault("refund", "refuse", None, code="charge_disputed", message="The charge is disputed.")
    await stage.shop.fault("clear_mark", "refuse", None, code="locked", message="The order is locked.")
    await stage.sells(1_200)
    assert stage.caller
    stuck = await stage.desk.later(await stage.caller.refund(), "handed_off")
    await stage.shop.mend()
    return stuck


@paused(asks=("confirm",), reason="loop")
async def a_refund_whose_agent_turned_in_circles(stage: Stage) -> Answer:
    asked = await a_refund_waits_for_the_callers_yes(stage)
    assert stage.caller
    return [asked, *[await stage.caller.again() for _ in range(4)]][-1]


@paused(asks=("confirm",), reason="low_confidence")
async def a_refund_that_its_agent_was_not_sure_of(stage: Stage) -> Answer:
    asked = await a_refund_waits_for_the_callers_yes(stage)
    assert stage.caller
    return await stage.caller.say(asked, "hand_off", reason="low_confidence", text="He may mean another order.")


@paused(asks=("confirm",), reason="judgment")
async def a_refund_whose_person_went_home(stage: Stage) -> Answer:
    """Taken over, and the lease is over."""
    asked = await a_refund_waits_for_the_callers_yes(stage)
    await stage.desk.person("agent", name="ana").say(asked, "take_over", reason="He is upset.", lease_s=60)
    await stage.desk.skip(asked, minutes=2)
    return asked


@paused(reason="judgment")
async def a_refund_taken_over_between_two_steps(stage: Stage) -> Answer:
    await stage.shop.fault("set_mark", "slow", delay_ms=700)
    await stage.sells(2_000)
    assert stage.caller
    begun = await stage.caller.refund(wait_s=0.1)
    await stage.desk.until(begun, lambda now: "on its way" in now.say)
    ana = stage.desk.person("agent", name="ana")
    await ana.say(begun, "take_over")
    await stage.desk.until(begun, lambda now: now.status == "handed_off")
    await ana.say(begun, "release")
    return begun


@paused(reason="policy_boundary")
async def a_refund_parked_by_the_kill_switch(stage: Stage) -> Answer:
    await stage.shop.fault("open_case", "slow", delay_ms=700)
    await stage.sells(2_000)
    assert stage.caller
    begun = await stage.caller.refund(wait_s=0.1)
    await stage.desk.until(begun, lambda now: "on its way" in now.say)
    await stage.lever.pull()
    return await stage.desk.until(begun, lambda now: now.status == "handed_off")


@paused(reason="missing_dependency")
async def a_refund_whose_facts_cannot_be_read(stage: Stage) -> Answer:
    await stage.sells(1_200)
    assert stage.caller
    await stage.shop.fault("get_order", "refuse", None, code="locked", message="The order is locked.")
    stuck = await stage.desk.until(await stage.caller.refund(), lambda now: "retry" in now.next)
    await stage.shop.mend()
    return stuck


# Whole conversations


@paused(asks=("confirm",), reason="customer_request")
async def a_conversation_whose_caller_wants_a_person(stage: Stage) -> Answer:
    """With one thing done and two begun."""
    order = await stage.sells(1_200, 4_000, 24_800)
    assert stage.caller
    await stage.caller.refund(lines=[order.lines[0]])
    await stage.caller.refund(lines=[order.lines[1]])
    await stage.caller.refund_confirmed(lines=[order.lines[2]])
    return await stage.caller.call("hand_off", {"reason": "customer_request", "text": "He wants a person."})


@paused(asks=("confirm",), reason="timeout")
async def a_conversation_that_went_on_too_long(stage: Stage) -> Answer:
    await a_refund_waits_for_the_callers_yes(stage)
    assert stage.caller
    book = InteractionBook(stage.desk.house.settings.database)
    said = [Said("default", stage.caller.call_id, CALL, f"get_order:{n}", f"{n}") for n in range(100)]
    await book.hear(said, datetime.now(UTC))
    return await stage.caller.refund(1_000)


# Orders


async def _open_order(stage: Stage, *prices: int, **how: Any) -> Sold:
    order = await store.sell(stage.shop, *prices, **how)
    stage.caller = await stage.desk.caller(order)
    return order


@paused(asks=("confirm",))
async def a_cancellation_waits_for_the_callers_yes(stage: Stage) -> Answer:
    order = await _open_order(stage)
    return await _asks(stage, "cancel_order", order_id=order.id, reason="no_longer_needed")


@paused(asks=("confirm",))
async def an_address_waits_for_the_callers_yes(stage: Stage) -> Answer:
    order = await _open_order(stage)
    return await _asks(stage, "change_delivery_address", order_id=order.id, address=store.ELSEWHERE)


@paused(asks=("assurance", "confirm"), verifies=True, reason="policy_boundary")
async def a_cancellation_that_needs_a_supervisor(stage: Stage) -> Answer:
    order = await _open_order(stage, 600_000)
    return await _asks(stage, "cancel_order", order_id=order.id, reason="no_longer_needed")


@paused(reason="missing_dependency")
async def an_exchange_whose_note_was_refused(stage: Stage) -> Answer:
    await stage.shop.fault("add_note", "refuse", None, code="closed", message="The record is closed.")
    order = await _open_order(stage, status="delivered")
    items = [{"line_id": order.lines[0], "variant_id": store.dearer(order.lines[0])}]
    asked = await _asks(
        stage, "exchange_items", confirmed=True, order_id=order.id, items=items, instrument_id=order.instruments[0]
    )
    stuck = await stage.desk.later(asked, "handed_off")
    await stage.shop.mend()
    return stuck


# Claims


async def _claim(stage: Stage, minor: int = 10_000, **changes: Any) -> tuple[Claimant, Answer]:
    covered = await stage.files.cover(await stage.sells(1_200, 4_000, 24_800))
    assert stage.caller
    claimant = Claimant(stage.caller, covered)
    return claimant, await claimant.report(minor, **changes)


@paused(asks=("facts.symptom", "evidence.proof_of_purchase", "confirm"))
async def a_claim_that_lacks_a_fact_and_a_proof(stage: Stage) -> Answer:
    return (await _claim(stage, facts={}, evidence=[]))[1]


@paused(asks=("evidence.proof_of_purchase", "confirm"))
async def a_claim_that_lacks_only_the_proof_still(stage: Stage) -> Answer:
    claimant, asked = await _claim(stage, facts={}, evidence=[])
    await claimant.provide(asked, facts__symptom="It stays silent.")
    return await stage.desk.until(asked, lambda now: len(now.missing) == 1)


@paused(asks=("settle_by", "confirm"))
async def a_claim_that_can_be_made_good_in_several_ways(stage: Stage) -> Answer:
    covered = await stage.files.cover_item(await stage.sells(1_200, 4_000, 24_800))
    assert stage.caller
    return await Claimant(stage.caller, covered).report(4_000)


@paused(reason="policy_boundary")
async def a_claim_that_an_adjuster_looks_at(stage: Stage) -> Answer:
    claimant, asked = await _claim(
        stage, kind="accidental_damage", facts={"what_happened": "It fell."}, evidence=[PHOTO]
    )
    return await claimant.confirmed(asked)


@paused(reason="policy_boundary")
async def a_claim_under_special_investigation(stage: Stage) -> Answer:
    """Then an adjuster."""
    claimant, asked = await _claim(stage, loss_on=f"{days_ago(120)}")
    return await claimant.confirmed(asked)


@paused(reason="missing_dependency")
async def a_claim_that_cannot_be_closed(stage: Stage) -> Answer:
    await stage.shop.fault("change_claim", "refuse", None, code="open_activity", message="Somebody works on it.")
    claimant, asked = await _claim(stage, evidence=[PROOF])
    stuck = await stage.desk.later(await claimant.confirmed(asked), "handed_off")
    await stage.shop.mend()
    return stuck


# Cases


@paused(reason="customer_request")
async def a_case_that_its_team_has_not_looked_at(stage: Stage) -> Answer:
    order = await stage.sells(4_000)
    assert stage.caller
    return await opened(stage.caller, late(order))


@paused(asks=("confirm",), reason="customer_request")
async def a_case_that_the_caller_has_to_agree_to(stage: Stage) -> Answer:
    await stage.sells(4_000)
    return await _asks(
        stage, "create_case", category="privacy_request", subject="Delete my account", facts={"request": "erasure"}
    )


@paused(reason="missing_dependency")
async def a_case_whose_opening_failed(stage: Stage) -> Answer:
    await stage.shop.fault("open_case", "error_before", None, status=503)
    order = await stage.sells(4_000)
    asked = await _asks(stage, "create_case", **late(order))
    stuck = await stage.desk.until(asked, lambda now: "retry" in now.next)
    await stage.shop.mend()
    return stuck


# Appointments


async def _visit(stage: Stage, confirmed: bool) -> Answer:
    order = await stage.sells()
    await agreed(stage.shop, order, hour(1, "10:00"))
    return await _asks(stage, "reschedule_appointment", confirmed=confirmed, start=hour(2, "10:00").isoformat())


@paused(asks=("confirm",))
async def a_visit_waits_for_the_callers_yes(stage: Stage) -> Answer:
    return await _visit(stage, confirmed=False)


@paused(reason="missing_dependency")
async def a_visit_that_the_case_system_does_not_move(stage: Stage) -> Answer:
    await stage.shop.fault("update_case", "error_before", None, status=503)
    stuck = await stage.desk.until(await _visit(stage, confirmed=True), lambda now: "retry" in now.next)
    await stage.shop.mend()
    return stuck


# Verification


@paused(asks=("code",), verifies=True)
async def a_code_that_was_sent_and_not_given_yet(stage: Stage) -> Answer:
    await stage.sells(4_000)
    return await _asks(stage, "step_up_caller", channel="email")


@paused(asks=("code",), verifies=True, reason="judgment")
async def a_code_that_was_sent_and_a_person_has_the_caller(stage: Stage) -> Answer:
    sent = await a_code_that_was_sent_and_not_given_yet(stage)
    ana = stage.desk.person("agent", name="ana")
    await ana.say(sent, "take_over")
    await stage.desk.until(sent, lambda now: now.status == Status.HANDED_OFF)
    await ana.say(sent, "release")
    return sent


# Every tool, as it first stops


def _as_it_first_stops(scenario: Scenario) -> Paused:
    async def agent(stage: Stage) -> Answer:
        who = Subject(f"cold-{uuid4().hex[:8]}")
        await stage.files.add_all(scenario.rows(who))
        sold = Sold(who.order, who.customer, who.email, [], [])
        stage.caller = await stage.desk.caller(sold)
        return await stage.caller.call(scenario.tool, scenario.arguments(who))

    return Paused(agent, asks=None, verifies=scenario.tool == "step_up_caller", name=f"{scenario}, as it first stops")


ALL += [_as_it_first_stops(scenario) for scenario in SCENARIOS if scenario.caller or scenario.tool == "step_up_caller"]
