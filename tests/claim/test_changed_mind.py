"""A caller who changes his mind, and a person who takes a claim over, while it waits."""

from tests.claim.claimant import PHOTO, Claimant
from tests.claim.covered import Covered, Files, eur
from tests.desk.desk import Desk

DAMAGE = {"kind": "accidental_damage", "facts": {"what_happened": "It fell."}, "evidence": [PHOTO]}


async def test_another_amount_takes_the_first_claim_back_and_opens_it_anew(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)

    await caller.conversation.say(waiting, "amend", arguments={"amount": eur(6_000)})
    asked = await desk.later(waiting, "needs_confirmation")
    await caller.conversation.say(asked, "confirm", digest=asked.digest)
    anew = await desk.later(waiting, "needs_approval")
    await desk.person("adjuster").decide(anew)

    assert (await desk.end(waiting)).status == "done"
    assert [(c["state"], c["reserve"]["minor"]) for c in await files.claims(covered)] == [
        ("withdrawn", 0),
        ("closed", 0),
    ]
    assert await files.paid_out(covered) == [(covered.card, 6_000)]
    assert await files.problems() == []


async def test_while_a_person_holds_it_nothing_is_paid_and_it_goes_on_when_handed_back(
    desk: Desk, files: Files, covered: Covered, caller: Claimant
) -> None:
    waiting = await caller.claims(**DAMAGE)
    ana = desk.person("agent", name="ana")

    await ana.say(waiting, "take_over", reason="I know the customer.")
    held = await desk.later(waiting, "handed_off")
    assert await files.paid_out(covered) == []
    await ana.say(held, "hand_back", decision="go on")
    again = await desk.later(waiting, "needs_approval")
    await desk.person("adjuster").decide(again)

    assert (await desk.end(waiting)).status == "done"
    assert len(await files.claims(covered)) == 1
    assert await files.paid_out(covered) == [(covered.card, 10_000)]
