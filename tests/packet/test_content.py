"""What stands in a packet: known things once, with where they came from; what is open; what each step would do."""

from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop


async def test_what_the_caller_asked_for_stands_in_slots_with_who_said_so(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    before = await desk.person("agent").packet(asked)
    await desk.person("agent").say(asked, "amend", arguments={"reason": "defective"})
    later = await desk.until(asked, lambda now: now.digest not in ("", asked.digest))
    after = await desk.person("agent").packet(later)

    named = {slot["name"]: (slot["value"], slot["source"]) for slot in before["slots"]}
    assert named["order_id"] == (order.id, "model")
    assert named["amount"] == ({"minor": 4_000, "currency": "EUR"}, "model")
    assert not any(slot["confirmed"] for slot in before["slots"])
    changed = {slot["name"]: (slot["value"], slot["source"]) for slot in after["slots"]}
    assert changed["reason"] == ("defective", "person")
    assert changed["order_id"] == (order.id, "model")


async def test_at_a_gate_it_says_what_a_yes_would_do_and_who_may_say_it(desk: Desk, order: Sold) -> None:
    waiting = await (await desk.caller(order)).refund_confirmed(24_800)
    packet = await desk.person("supervisor").packet(waiting)

    [first, *_] = packet["recommended"]
    assert (first["action"], first["asks"]) == ("decide", ["outcome"])
    assert first["body"] == {"digest": packet["gate"]["digest"]}
    assert (first["requires_scope"], first["requires_roles"]) == ("gate:refund:decide", ["supervisor"])
    assert [step for step in first["dry_run"]["steps"] if step in first["dry_run"]["irreversible"]]
    assert first["dry_run"]["summary"].startswith("Refund 248.00 EUR")
    assert [(question["field"], question["to"]) for question in packet["open_questions"]] == [("outcome", "person")]
    assert all(slot["confirmed"] for slot in packet["slots"])
    assert packet["reason"]["code"] == "policy_boundary"


async def test_what_is_done_final_undone_and_pending_is_told_apart(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(1_200)
    await shop.fault("add_note", "refuse", None, code="closed", message="The record is closed.")
    stuck = await desk.later(await (await desk.caller(order)).refund(), "handed_off")
    packet = await desk.person("agent").packet(stuck)

    effects = packet["effects"]
    assert [label.partition(" ")[0] for label in effects["irreversible"]] == ["Refund"]
    assert "Open a case" in effects["done"]
    assert effects["pending"] == ["Note it on the customer's record"]
    assert effects["compensated"] == []
    failed = next(step for step in packet["steps"] if step["status"] == "failed")
    assert (failed["retryable"], failed["started_at"] is None) == (False, False)
    assert packet["links"]["case"] == next(s["external_id"] for s in packet["steps"] if s["name"] == "open_case")
    [day] = [limit for limit in packet["policy"]["limits"] if limit["rule"] == "refund.customer_day"]
    assert day["amount"] == {"minor": 1_200, "currency": "EUR"}


async def test_the_level_that_is_needed_stands_beside_the_one_that_is_reached(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(60_000)
    parked = await (await desk.caller(order)).refund()
    packet = await desk.person("agent").packet(parked)

    assert (packet["assurance"]["level"], packet["assurance"]["needed"]) == (1, 2)
    [first, *_] = packet["recommended"]
    assert (first["action"], first["body"]) == ("verify", {"level": 2, "customer_id": order.customer})


async def test_handed_back_the_packet_tells_what_the_person_changed(desk: Desk, order: Sold) -> None:
    caller = await desk.caller(order)
    asked = await caller.refund(4_000)
    ana = desk.person("agent", name="ana")
    await ana.say(asked, "take_over")
    await ana.say(asked, "amend", arguments={"amount": {"minor": 3_000, "currency": "EUR"}})

    await ana.say(asked, "hand_back", decision="a little less", may_say=["It is 30 euros."])
    back = await desk.later(asked, "needs_confirmation")

    assert back.result
    assert back.result["returned"]["edits"] == {"amount": {"minor": 3_000, "currency": "EUR"}}
    assert back.result["returned"]["by"] == "human Ana"
    assert (await ana.packet(back))["returned"] == back.result["returned"]
