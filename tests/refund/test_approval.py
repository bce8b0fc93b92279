"""Approval: people decide what an agent may not, each for himself, and for exactly what they saw."""

import asyncio

import pytest

from domain.answers import Answer
from handrail.credentials import ASK, DECIDE
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.refusals import refusal, rule
from tests.desk.shop import A_REFUND, Shop


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.fixture
async def waiting(caller: Conversation) -> Answer:
    """A refund of 248.00 EUR by an AI agent, confirmed: it waits for a supervisor."""
    answer = await caller.refund_confirmed(24_800)
    assert (answer.status, answer.terminal) == ("needs_approval", False)
    return answer


@pytest.mark.parametrize("door", DOORS)
async def test_what_a_supervisor_approves_is_done(desk: Desk, shop: Shop, order: Sold, door: str) -> None:
    caller = await desk.caller(order, door=door)
    waiting = await caller.refund_confirmed(24_800)
    assert await shop.writes() == []

    await desk.person("supervisor").decide(waiting)
    answer = await desk.end(waiting)

    assert answer.status == "done"
    assert await caller.again() == answer
    assert await shop.writes() == A_REFUND
    assert await shop.refunded(order) == [(order.instruments[0], 24_800)]


async def test_nobody_decides_his_own_request(desk: Desk, shop: Shop, order: Sold) -> None:
    waiting = await (await desk.caller(order, kind="human", agent="bob")).refund_confirmed(24_800)

    refused = await refusal(desk.person("supervisor", name="bob").decide(waiting))

    assert (refused.status, refused.rule) == (409, "gate.own_request")
    assert await shop.writes() == []


async def test_an_ai_never_decides_even_with_the_scope_and_the_role(desk: Desk, shop: Shop, waiting: Answer) -> None:
    token = desk.house.credentials.issue("clever-bot", "ai", (*ASK, *DECIDE), ["supervisor"])
    body = {"outcome": "approve", "digest": (await desk.person("supervisor").gate(waiting))["digest"]}

    at_the_gateway = await refusal(desk.door("http").say(token, waiting.reference, "decide", body))
    at_the_run = await refusal(desk.door("rail").say(token, waiting.reference, "decide", body))

    assert at_the_gateway.status == 403
    assert at_the_run.rule == "gate.human_only"
    assert await shop.writes() == []


async def test_a_person_without_the_role_does_not_decide(desk: Desk, waiting: Answer) -> None:
    refused = await refusal(desk.person("agent").decide(waiting))

    assert (refused.status, refused.rule) == (409, "gate.role")


async def test_a_person_without_the_scope_does_not_decide(desk: Desk, waiting: Answer) -> None:
    refused = await refusal(desk.person("supervisor", scopes=("wf:*:read",)).decide(waiting))

    assert refused.status == 403


async def test_a_decision_on_what_is_no_longer_so_is_refused(desk: Desk, shop: Shop, waiting: Answer) -> None:
    refused = await refusal(desk.person("supervisor").decide(waiting, digest="sha256:" + "0" * 64))

    assert (refused.status, refused.rule) == (409, "gate.stale")
    assert await shop.writes() == []


async def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(
    desk: Desk, shop: Shop, waiting: Answer
) -> None:
    digest = (await desk.person("supervisor").gate(waiting))["digest"]
    people = [desk.person("supervisor", name=name) for name in ("sam", "sofia")]
    outcomes = ("approve", "reject")

    said = await asyncio.gather(
        *(p.decide(waiting, outcome, digest=digest) for p, outcome in zip(people, outcomes, strict=True)),
        return_exceptions=True,
    )

    told = [answer for answer in said if isinstance(answer, BaseException)]
    assert len(told) == 1
    assert getattr(told[0], "status", None) == 409
    ended = await desk.end(waiting)
    assert ended.status == ("done" if isinstance(said[1], BaseException) else "denied")


async def test_the_same_decision_sent_twice_is_one(desk: Desk, shop: Shop, waiting: Answer) -> None:
    supervisor = desk.person("supervisor")
    digest = (await supervisor.gate(waiting))["digest"]

    await asyncio.gather(*(supervisor.decide(waiting, digest=digest, decision_id="d-1") for _ in range(3)))

    assert (await desk.end(waiting)).status == "done"
    assert await shop.writes() == A_REFUND


async def test_a_rejection_with_its_reason_ends_it(
    desk: Desk, shop: Shop, caller: Conversation, waiting: Answer
) -> None:
    await desk.person("supervisor").decide(waiting, "reject", reason="no proof of damage")
    answer = await desk.end(waiting)

    assert rule(answer) == "gate.rejected"
    assert "no proof of damage" in answer.say
    assert await caller.again() == answer
    assert await shop.writes() == []


async def test_when_the_facts_changed_meanwhile_it_must_be_approved_anew(
    desk: Desk, shop: Shop, order: Sold, waiting: Answer
) -> None:
    supervisor = desk.person("supervisor")
    first = await supervisor.gate(waiting)
    await shop.refund_elsewhere(order, 1_000)

    await supervisor.decide(waiting, digest=first["digest"])
    anew = await desk.until(waiting, lambda now: "changed" in now.say)

    assert anew.status == "needs_approval"
    assert (await supervisor.gate(waiting))["digest"] != first["digest"]
    assert (await refusal(supervisor.decide(waiting, digest=first["digest"]))).rule == "gate.stale"
    assert await shop.writes() == []
    await supervisor.decide(waiting)
    assert (await desk.end(waiting)).status == "done"


async def test_above_a_thousand_two_people_decide(desk: Desk, shop: Shop) -> None:
    order = await shop.sell(120_000)
    waiting = await large(desk, order)
    sam, finn = desk.person("supervisor", name="sam"), desk.person("finance", name="finn")

    half = await sam.decide(waiting)
    twice = await refusal(sam.decide(waiting))
    assert half.status == "needs_approval"
    assert twice.rule == "gate.voted"
    assert await shop.writes() == []
    await finn.decide(waiting)

    assert (await desk.end(waiting)).status == "done"
    assert await shop.refunded(order) == [(order.instruments[0], 120_000)]


async def test_one_no_of_two_people_is_enough(desk: Desk, shop: Shop) -> None:
    waiting = await large(desk, await shop.sell(120_000))

    await desk.person("supervisor", name="sam").decide(waiting)
    await desk.person("finance", name="finn").decide(waiting, "reject")

    assert (await desk.end(waiting)).status == "denied"
    assert await shop.writes() == []


async def large(desk: Desk, order: Sold) -> Answer:
    """All of a large order, asked for by a person whose caller another one attested: it waits at its gate."""
    caller = await desk.caller(order, kind="human")
    asked = await caller.refund()
    await desk.person("agent", name="ana").say(asked, "verify", level=2)
    await desk.later(asked, "needs_confirmation")
    return await caller.confirm(await caller.again())
