"""Several gates of one kind, decided in one go: each bound to what was seen, each with its own result."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.answers import Answer
from handrail.credentials import ASK, DECIDE, DESK
from tests.approvals.lending import Lender
from tests.desk.desk import Desk
from tests.desk.people import Person
from tests.desk.refusals import refusal, rule
from tests.desk.shop import Shop


@pytest.fixture
async def sam(desk: Desk) -> AsyncIterator[Lender]:
    sam = Lender(desk, "sam", ["supervisor"])
    yield sam
    await sam.end_all()


async def waiting(desk: Desk, minor: int) -> Answer:
    order = await desk.shop.sell(minor)
    return await (await desk.caller(order)).refund_confirmed(minor)


async def items(person: Person, *answers: Answer) -> list[dict[str, str]]:
    """As he sees them in the inbox, once they are all there."""
    seen: dict[str, str] = {}
    while not seen.keys() >= {answer.reference for answer in answers}:
        rows = await person.inbox(queue="approvals", limit="500")
        seen = {row["reference"]: row["gate"]["digest"] for row in rows if row["gate"]}
    return [{"reference": answer.reference, "digest": seen[answer.reference]} for answer in answers]


async def decide_all(person: Person, items: list[dict[str, str]], outcome: str = "approve", **more: Any) -> Any:
    body = {"outcome": outcome, "items": items} | more
    return (await person.desk.http.send("POST", "/v1/decisions", person.token, body))["results"]


async def test_each_item_is_decided_and_tells_its_own_result(desk: Desk, shop: Shop, sam: Lender) -> None:
    """One goes through; one is above the amount; one was decided; one changed; one is not there."""
    good, large, decided, stale = [await waiting(desk, minor) for minor in (6_000, 24_800, 7_000, 8_000)]
    asked = await items(sam.person, good, large, decided, stale)
    await desk.person("supervisor", name="sofia").decide(decided, "reject", reason="duplicate")
    await desk.end(decided)
    asked[3]["digest"] = "sha256:" + "0" * 32

    results = await decide_all(sam.person, [*asked, {"reference": "refund-nowhere", "digest": "x"}])

    assert [(r["reference"], r["result"], r["rule"]) for r in results] == [
        (good.reference, "decided", ""),
        (large.reference, "refused", "gate.bulk_limit"),
        (decided.reference, "already_decided", "run.closed"),
        (stale.reference, "changed", "gate.stale"),
        ("refund-nowhere", "not_found", ""),
    ]
    assert "200.00 EUR" in results[1]["text"]
    assert (await desk.end(good)).status == "done"
    gates = [(await sam.person.packet(answer))["gate"] for answer in (large, stale)]
    assert [gate["approvals"] for gate in gates] == [[], []]


async def test_a_no_to_all_of_them_is_final_for_each(desk: Desk, shop: Shop, sam: Lender) -> None:
    both = [await waiting(desk, 6_000), await waiting(desk, 7_000)]

    results = await decide_all(sam.person, await items(sam.person, *both), "reject", reason="not_eligible")

    assert [r["result"] for r in results] == ["decided", "decided"]
    assert [rule(await desk.end(answer)) for answer in both] == ["gate.rejected", "gate.rejected"]
    assert await shop.writes() == []


async def test_the_same_decision_sent_again_decides_nothing_twice(desk: Desk, shop: Shop, sam: Lender) -> None:
    one = await waiting(desk, 6_000)
    asked = await items(sam.person, one)

    await asyncio.gather(*(decide_all(sam.person, asked, decision_id="d-1") for _ in range(3)))

    assert (await desk.end(one)).status == "done"
    assert (await shop.writes()).count("refund") == 1


async def test_in_anothers_name_his_amount_counts_for_each(desk: Desk, sam: Lender) -> None:
    small, above = await waiting(desk, 6_000), await waiting(desk, 9_000)
    await sam.lends("dana", up_to={"minor": 7_000, "currency": "EUR"})
    dana = desk.person("agent", name="dana", scopes=("wf:*:read",))
    asked = await items(dana, small, above)

    refused = await refusal(decide_all(dana, asked))
    results = await decide_all(dana, asked, on_behalf_of="sam")

    assert refused.status == 403
    assert [(r["result"], r["rule"]) for r in results] == [("decided", ""), ("refused", "gate.mandate_amount")]


async def test_gates_of_two_kinds_are_refused_as_a_whole(desk: Desk, sam: Lender) -> None:
    one = await waiting(desk, 6_000)
    other = await suggested(desk)
    asked = await items(sam.person, one, other)

    refused = await refusal(decide_all(sam.person, asked))

    assert (refused.status, refused.fields) == (422, ["items", "items.0", "items.1"])
    assert "refund.approval" in refused.body["detail"]
    assert (await sam.person.gate(one))["approvals"] == []


async def suggested(desk: Desk) -> Answer:
    """An order change above what an AI may do alone: another kind of gate."""
    order = await desk.shop.sell(600_000, status="open")
    caller = await desk.caller(order)
    asked = await caller.call("cancel_order", {"order_id": order.id, "reason": "no_longer_needed"})
    if asked.status == "needs_verification":
        await desk.person("agent", name="vouches").say(asked, "verify", level=2)
        asked = await desk.later(asked, "needs_confirmation")
    await caller.say(asked, "confirm", digest=asked.digest)
    return await desk.later(asked, "needs_approval")


async def test_where_the_policy_does_not_allow_it_each_is_refused(desk: Desk, sam: Lender) -> None:
    other = await suggested(desk)

    [result] = await decide_all(sam.person, await items(sam.person, other))

    assert (result["result"], result["rule"]) == ("refused", "gate.no_bulk")
    await sam.person.decide(other)
    assert (await desk.end(other)).status == "done"


async def test_it_is_one_vote_where_two_people_are_needed_and_no_way_around_ones_own_request(
    desk: Desk, sam: Lender
) -> None:
    order = await desk.shop.sell(24_800)
    own = await (await desk.caller(order, kind="human", agent="sam")).refund_confirmed(24_800)

    [result] = await decide_all(sam.person, await items(sam.person, own))

    assert (result["result"], result["rule"]) == ("refused", "gate.own_request")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"reference": "r-1", "digest": "x"}] * 51}, "items"),
        ({"items": [{"reference": "r-1", "digest": "x"}] * 2}, ""),
        ({"items": [{"reference": "r-1"}]}, "items.0.digest"),
        ({"items": [{"reference": "r-1", "digest": "x", "amount": 1}]}, "items.0.amount"),
        ({"outcome": "request_info"}, "outcome"),
    ],
)
async def test_a_malformed_order_is_refused_by_field(desk: Desk, sam: Lender, body: dict[str, Any], field: str) -> None:
    sent = {"outcome": "approve", "items": [{"reference": "r-1", "digest": "x"}]} | body

    refused = await refusal(desk.http.send("POST", "/v1/decisions", sam.token, sent))

    assert (refused.status, refused.fields) == (422, [field])


async def test_an_ai_decides_none_of_them(desk: Desk) -> None:
    token = desk.house.credentials.issue("bot", "ai", (*ASK, *DESK, *DECIDE), ["supervisor"])
    body = {"outcome": "approve", "items": [{"reference": "r-1", "digest": "x"}]}

    assert (await refusal(desk.http.send("POST", "/v1/decisions", token, body))).status == 403


async def test_from_the_command_line(desk: Desk, sam: Lender) -> None:
    good, large = await waiting(desk, 6_000), await waiting(desk, 24_800)

    told = await sam.types("decide-all", "approve", good.reference, large.reference)

    assert [(r["reference"], r["result"]) for r in told["results"]] == [
        (good.reference, "decided"),
        (large.reference, "refused"),
    ]
    assert (await desk.end(good)).status == "done"
