"""Traps about people, proofs and systems: who looks, with which authority, and whether it really happened."""

import httpx
import pytest

from tests.claim.claimant import PHOTO, PROOF
from tests.claim.covered import days_ago, eur
from tests.claim.scene import Scene, Trap
from tests.desk.refusals import refusal, rule

RECENT, FIRST_WEEK, LATER = days_ago(5), days_ago(198), days_ago(2)
DAMAGE = {"kind": "accidental_damage", "facts": {"what_happened": "It fell."}}


async def pays_without_a_proof(scene: Scene) -> None:
    await scene.naive.close(await scene.naive.report(10_000, f"{RECENT}"))


async def asks_for_the_proof(scene: Scene) -> None:
    asked = await scene.claimant.report(evidence=[])
    assert [missing.field for missing in asked.missing] == ["evidence.proof_of_purchase"]


async def the_photo_was_used(scene: Scene) -> None:
    await scene.files.claimed(scene.covered, paid=4_000, evidence=[PHOTO], loss_on=f"{days_ago(60)}")


async def pays_for_the_photo_again(scene: Scene) -> None:
    await the_photo_was_used(scene)
    await scene.naive.close(await scene.naive.report(4_000, f"{RECENT}", evidence=[PHOTO]))


async def has_the_photo_investigated(scene: Scene) -> None:
    await the_photo_was_used(scene)
    waiting = await scene.claimant.claims(4_000, **DAMAGE, evidence=[PHOTO])
    assert "A proof was used for claim" in waiting.say
    await scene.desk.person("special_investigator").decide(waiting, "reject", reason="suspected_fraud")
    await scene.desk.end(waiting)


async def pays_in_the_first_week(scene: Scene) -> None:
    await scene.naive.close(await scene.naive.report(10_000, f"{FIRST_WEEK}", evidence=[PROOF]))


async def has_the_first_week_investigated(scene: Scene) -> None:
    waiting = await scene.claimant.claims(loss_on=f"{FIRST_WEEK}")
    await scene.approve(waiting, "special_investigator", "adjuster")


async def takes_any_yes(scene: Scene) -> None:
    claim_id = await scene.naive.open(90_000, f"{RECENT}", evidence=[PROOF])
    scene.yes.append(("adjuster", 90_000))
    await scene.naive.pay(claim_id, 90_000, 0)
    await scene.naive.close(claim_id)


async def refers_it_upwards(scene: Scene) -> None:
    asked = await scene.claimant.report(90_000)
    await scene.desk.person("agent", name="ana").say(asked, "verify", level=2)
    await scene.desk.later(asked, "needs_confirmation")
    waiting = await scene.claimant.confirmed(await scene.claimant.again())
    refused = await refusal(scene.desk.person("adjuster").decide(waiting))
    assert refused.rule == "gate.role"
    await scene.approve(waiting, "senior_adjuster")
    scene.yes.append(("senior_adjuster", 90_000))


async def waits_for_the_caller_for_ever(scene: Scene) -> None:
    claim_id = await scene.naive.reserved(10_000, f"{RECENT}")
    await scene.naive.plan(claim_id, "photo of the damage")


async def waits_for_the_caller_a_week(scene: Scene) -> None:
    asked = await scene.claimant.report(**DAMAGE, evidence=[])
    await scene.desk.skip(asked, days=8)
    assert rule(await scene.desk.end(asked)) == "claim.information_late"


async def believes_the_answer(scene: Scene) -> None:
    claim_id = await scene.naive.open(10_000, f"{RECENT}", evidence=[PROOF])
    await scene.desk.shop.fault("pay_out", "no_op")
    await scene.naive.send_money(claim_id, 10_000)
    await scene.naive.close(claim_id)


async def reads_the_payment_back(scene: Scene) -> None:
    await scene.desk.shop.fault("pay_out", "no_op")
    await scene.desk.end(await scene.claimant.claims())


async def pays_on_for_another_event(scene: Scene) -> None:
    scene.events = [days_ago(20), LATER]
    claim_id = await scene.files.claimed(scene.covered, paid=8_000, taken=2_000, evidence=[PROOF])
    await scene.naive.reopen(claim_id, 10_000)
    await scene.naive.close(claim_id)


async def opens_a_claim_for_another_event(scene: Scene) -> None:
    scene.events = [days_ago(20), LATER]
    claim_id = await scene.files.claimed(scene.covered, paid=8_000, taken=2_000, evidence=[PROOF])
    assert rule(await scene.claimant.reopen(claim_id, 10_000, loss_on=f"{LATER}")) == "claim.new_event"
    await scene.claimant.claims(loss_on=f"{LATER}")


async def closes_while_somebody_works(scene: Scene) -> None:
    claim_id = await scene.naive.report(10_000, f"{RECENT}", evidence=[PROOF])
    await scene.files.plan_work(claim_id, "inspection", done=False)
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        await scene.naive.close(claim_id)


async def closes_when_the_work_is_done(scene: Scene) -> None:
    waiting = await scene.claimant.claims(**DAMAGE, evidence=[PHOTO])
    claim_id = (await scene.files.claim(scene.covered))["id"]
    await scene.files.plan_work(claim_id, "inspection", done=False)
    await scene.desk.person("adjuster").decide(waiting)
    stuck = await scene.desk.later(waiting, "handed_off")
    await scene.files.plan_work(claim_id, "inspection", done=True)
    await scene.desk.person("agent").say(stuck, "retry")
    await scene.desk.end(waiting)


async def promises_what_sells_out(scene: Scene) -> None:
    claim_id = await scene.naive.reserved(4_000, f"{RECENT}")
    product, variant = f"P-{scene.covered.sold.id}-2", f"V-{scene.covered.sold.id}-2"
    await scene.files.sell_out(product)
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        await scene.naive.send_again(claim_id, product, variant)


async def asks_again_when_it_sells_out(scene: Scene) -> None:
    waiting = await scene.claimant.claims(4_500, **DAMAGE, evidence=[PHOTO], settle_by="replacement")
    await scene.files.sell_out(f"P-{scene.covered.sold.id}-2")
    await scene.desk.person("adjuster").decide(waiting)
    asked = await scene.desk.later(waiting, "needs_input")
    await scene.claimant.provide(asked, settle_by="payment")
    ready = await scene.desk.later(waiting, "needs_confirmation")
    await scene.claimant.conversation.say(ready, "confirm", digest=ready.digest)
    await scene.approve(await scene.desk.later(waiting, "needs_approval"))


async def issues_it_again(scene: Scene) -> None:
    claim_id = await scene.naive.reserved(4_500, f"{RECENT}")
    await scene.desk.shop.fault("issue_voucher", "lost_answer")
    await scene.naive.voucher(claim_id, 4_500)
    await scene.naive.close(claim_id)


async def looks_whether_it_was_issued(scene: Scene) -> None:
    await scene.desk.shop.fault("issue_voucher", "lost_answer")
    await scene.desk.end(await scene.claimant.claims(4_500, settle_by="repair_voucher"))
    [voucher] = await scene.files.vouchers()
    assert voucher["amount"] == eur(4_500)


HANDLING = [
    Trap("no proof", pays_without_a_proof, asks_for_the_proof, {}, [], "paid without a proof"),
    Trap("a proof used before", pays_for_the_photo_again, has_the_photo_investigated, {}, [4_000], "paid for twice"),
    Trap(
        "special investigation skipped", pays_in_the_first_week, has_the_first_week_investigated, {}, [10_000],
        "nobody looked",
    ),
    Trap("authority exceeded", takes_any_yes, refers_it_upwards, {}, [90_000], "adjuster said yes to 90000"),
    Trap(
        "information asked for without a clock", waits_for_the_caller_for_ever, waits_for_the_caller_a_week, {}, [],
        "is open",
    ),
    Trap("settlement not read back", believes_the_answer, reads_the_payment_back, {}, [10_000], "and nothing was"),
    Trap(
        "a new event as a reopening", pays_on_for_another_event, opens_a_claim_for_another_event,
        {"deductible": 2_000}, [8_000, 8_000], "is no claim of its own",
    ),
    Trap(
        "closure with open work", closes_while_somebody_works, closes_when_the_work_is_done, {}, [10_000], "is open",
        slow=True,
    ),
    Trap(
        "a replacement that sells out", promises_what_sells_out, asks_again_when_it_sells_out, {}, [4_500], "is open",
        of_item=True, slow=True,
    ),
    Trap(
        "a voucher issued twice", issues_it_again, looks_whether_it_was_issued, {}, [], "is not on the file",
        of_item=True,
    ),
]  # fmt: skip
