"""A person lends another his right to decide: for a time, up to an amount, never more than his own, never twice."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from domain.answers import Answer, Status
from domain.evidence import DELEGATION_RUN
from handrail.credentials import ASK, DECIDE, DELEGATE, DESK
from tests.approvals.lending import Lender
from tests.desk.desk import Desk
from tests.desk.doors import Problem
from tests.desk.goods import Sold
from tests.desk.people import Person
from tests.desk.refusals import refusal
from tests.desk.shop import A_REFUND, Shop

READS = ("wf:*:read", "evidence:read")
IN_AN_HOUR = timedelta(hours=1)


@pytest.fixture
async def waiting(desk: Desk, order: Sold) -> Answer:
    return await (await desk.caller(order)).refund_confirmed(24_800)


@pytest.fixture
async def sam(desk: Desk) -> AsyncIterator[Lender]:
    sam = Lender(desk, "sam", ["supervisor"])
    yield sam
    await sam.end_all()


@pytest.fixture
def dana(desk: Desk) -> Person:
    """Somebody without any right to decide."""
    return desk.person("agent", name="dana", scopes=READS)


async def test_a_delegate_decides_in_the_others_name_and_both_are_on_record(
    desk: Desk, shop: Shop, sam: Lender, dana: Person, waiting: Answer
) -> None:
    own = await refusal(dana.decide(waiting))
    given = await sam.lends("dana")

    await dana.decide(waiting, on_behalf_of="sam")
    ended = await desk.end(waiting)

    assert own.status == 403
    assert (ended.status, await shop.writes()) == ("done", A_REFUND)
    [vote] = [e for e in (await dana.history(waiting))["events"] if e["body"].get("command") == "decide"]
    assert (vote["actor"]["id"], vote["on_behalf_of"]) == ("dana", "sam")
    assert vote["body"]["delegation"] == given["id"]
    assert vote["authority"]["roles"] == ["supervisor"]


async def test_without_a_delegation_nobody_decides_for_another(
    desk: Desk, sam: Lender, dana: Person, waiting: Answer
) -> None:
    await sam.lends("sofia")

    refused = await refusal(dana.decide(waiting, on_behalf_of="sam"))

    assert refused.status == 403
    assert "has not delegated" in refused.body["detail"]


async def test_it_holds_up_to_its_amount_only(
    desk: Desk, shop: Shop, sam: Lender, dana: Person, waiting: Answer
) -> None:
    await sam.lends("dana", up_to={"minor": 20_000, "currency": "EUR"})
    small = await shop.sell(19_900)
    less = await (await desk.caller(small)).refund_confirmed(19_900)

    refused = await refusal(dana.decide(waiting, on_behalf_of="sam"))
    await dana.decide(less, on_behalf_of="sam")

    assert (refused.status, refused.rule) == (409, "gate.mandate_amount")
    assert "200.00 EUR" in refused.body["detail"]
    assert (await desk.end(less)).status == "done"


async def test_an_amount_in_another_currency_is_not_within_it(
    desk: Desk, sam: Lender, dana: Person, waiting: Answer
) -> None:
    await sam.lends("dana", up_to={"minor": 1_000_000, "currency": "USD"})

    assert (await refusal(dana.decide(waiting, on_behalf_of="sam"))).rule == "gate.mandate_amount"


async def test_it_holds_in_its_period_only_and_ends_when_it_is_taken_back(
    desk: Desk, sam: Lender, dana: Person, waiting: Answer
) -> None:
    later = datetime.now(UTC) + IN_AN_HOUR
    await sam.lends("dana", since=later.isoformat(), until=(later + IN_AN_HOUR).isoformat())
    early = await refusal(dana.decide(waiting, on_behalf_of="sam"))
    given = await sam.lends("dana")
    await sam.ends(given["id"])

    over = await refusal(dana.decide(waiting, on_behalf_of="sam"))

    assert (early.status, over.status) == (403, 403)


@pytest.mark.parametrize("door", ["inbox", "note"])
async def test_what_was_lent_ends_with_the_role_that_it_rests_on(
    desk: Desk, sam: Lender, dana: Person, waiting: Answer, door: str
) -> None:
    """As soon as its lender comes through any door with a token that does not tell of it any more."""
    given = await sam.lends("dana")
    demoted = Lender(desk, "sam", ["agent"])
    await (demoted.person.inbox() if door == "inbox" else demoted.person.say(waiting, "note", text="Hello."))

    refused = await refusal(dana.decide(waiting, on_behalf_of="sam"))

    assert refused.status == 403
    events = [e for e in await desk.house.evidence.for_run("default", DELEGATION_RUN) if e.body["id"] == given["id"]]
    assert [e.body["ended_because"] for e in events] == ["", "sam is supervisor no more."]
    assert await sam.list() == []


async def test_what_was_lent_stays_when_its_lender_becomes_more(desk: Desk, sam: Lender) -> None:
    given = await sam.lends("dana")
    promoted = Lender(desk, "sam", ["supervisor", "finance"], scopes=READS)
    await promoted.person.inbox()

    assert [d["id"] for d in await sam.list()] == [given["id"]]


async def test_a_decision_that_the_run_hears_after_the_end_is_void(
    desk: Desk, sam: Lender, dana: Person, waiting: Answer
) -> None:
    """The door saw it in force; the run's own clock says that it is over."""
    await sam.lends("dana", until=(datetime.now(UTC) + IN_AN_HOUR).isoformat())
    await desk.skip(waiting, hours=2)

    assert (await refusal(dana.decide(waiting, on_behalf_of="sam"))).rule == "gate.mandate_over"


async def test_what_was_lent_is_not_lent_on(desk: Desk, sam: Lender) -> None:
    await sam.lends("dana")
    dana = Lender(desk, "dana", ["agent"], scopes=(*DESK, *DELEGATE))

    refused = await refusal(dana.lends("eve"))

    assert refused.status == 403
    assert "cannot be lent on" in refused.body["detail"]


async def test_a_delegate_has_the_others_role_and_not_more(desk: Desk, shop: Shop, sam: Lender, dana: Person) -> None:
    """A claim needs an adjuster: a supervisor's right does not reach it, nor does dana's own role help."""
    finn = Lender(desk, "finn", ["finance"])
    await finn.lends("dana")
    order = await shop.sell(24_800)
    waiting = await (await desk.caller(order)).refund_confirmed(24_800)

    refused = await refusal(dana.decide(waiting, on_behalf_of="finn"))
    await finn.end_all()

    assert (refused.status, refused.rule) == (409, "gate.role")


async def test_a_right_for_one_process_is_none_for_another(desk: Desk, dana: Person, waiting: Answer) -> None:
    claims_only = Lender(desk, "carl", ["supervisor"], scopes=(*DESK, "gate:claim:decide", *DELEGATE))
    await claims_only.lends("dana")

    refused = await refusal(dana.decide(waiting, on_behalf_of="carl"))
    await claims_only.end_all()

    assert refused.status == 403


async def test_nobody_decides_his_own_request_in_anothers_name_nor_has_it_decided_in_his(
    desk: Desk, shop: Shop, sam: Lender, order: Sold
) -> None:
    """Bob asked. Sam's right does not help Bob, and Bob's right does not help Dana."""
    asked = await (await desk.caller(order, kind="human", agent="bob")).refund_confirmed(24_800)
    bob = Lender(desk, "bob", ["supervisor"])
    await sam.lends("bob")
    await bob.lends("dana")
    dana = desk.person("agent", name="dana", scopes=READS)

    as_sam = await refusal(bob.person.decide(asked, on_behalf_of="sam"))
    for_bob = await refusal(dana.decide(asked, on_behalf_of="bob"))
    await bob.end_all()

    assert (as_sam.rule, for_bob.rule) == ("gate.own_request", "gate.own_request")
    assert await shop.writes() == []


async def test_who_asked_does_not_decide_after_a_colleague_took_it_over(desk: Desk, shop: Shop, order: Sold) -> None:
    """The run goes on in the colleague's name; it stays Bob's request too."""
    asked = await (await desk.caller(order, kind="human", agent="bob")).refund_confirmed(24_800)
    colleague = desk.person("agent", name="ana")
    await colleague.say(asked, "take_over")
    await colleague.say(asked, "retry")
    waiting = await desk.until(asked, lambda now: now.status == "needs_approval")

    by_bob = await refusal(desk.person("supervisor", name="bob").decide(waiting))
    by_ana = await refusal(desk.person("supervisor", name="ana").decide(waiting))

    assert (by_bob.rule, by_ana.rule) == ("gate.own_request", "gate.own_request")


async def large(desk: Desk, order: Sold) -> Answer:
    """It needs two people."""
    caller = await desk.caller(order, kind="human")
    asked = await caller.refund()
    await desk.person("agent", name="vouches").say(asked, "verify", level=2)
    await desk.later(asked, "needs_confirmation")
    return await caller.confirm(await caller.again())


async def test_of_two_votes_no_person_stands_behind_both(desk: Desk, shop: Shop, sam: Lender) -> None:
    finn = Lender(desk, "finn", ["finance"])
    await sam.lends("sofia")
    await sam.lends("finn")
    sofia = desk.person("supervisor", name="sofia")
    waiting = await large(desk, await shop.sell(120_000))
    await sofia.decide(waiting)

    twice = await refusal(sofia.decide(waiting, on_behalf_of="sam"))
    other = await large(desk, await shop.sell(120_000))
    await sofia.decide(other, on_behalf_of="sam")
    himself = await refusal(sam.person.decide(other))
    in_his_name = await refusal(finn.person.decide(other, on_behalf_of="sam"))
    assert (twice.rule, himself.rule, in_his_name.rule) == ("gate.voted", "gate.voted", "gate.voted")
    assert await shop.writes() == []
    await finn.person.decide(other)

    assert (await desk.end(other)).status == "done"
    [first, second] = [e for e in (await sofia.history(other))["events"] if _approved(e)]
    assert (first["actor"]["id"], first["on_behalf_of"]) == ("sofia", "sam")
    assert second["actor"]["id"] == "finn"


def _approved(event: dict[str, Any]) -> bool:
    return bool(event["body"].get("outcome") == "approve" and not event["body"]["refused"])


async def test_who_is_away_has_his_work_offered_to_his_delegate(
    desk: Desk, shop: Shop, sam: Lender, dana: Person, waiting: Answer
) -> None:
    await sam.lends("dana")
    not_away = await dana.inbox(queue="approvals", offered="true")
    await sam.end_all()
    await sam.lends("dana", away=True, up_to={"minor": 30_000, "currency": "EUR"})
    above = await (await desk.caller(await shop.sell(40_000))).refund_confirmed(40_000)

    everything: set[str] = set()
    while not everything >= {waiting.reference, above.reference}:
        everything = {row["reference"] for row in await dana.inbox(queue="approvals") if row["gate"]}
    offered = await dana.inbox(queue="approvals", offered="true")

    assert not_away == []
    assert [(i["reference"], i["offered_for"]) for i in offered] == [(waiting.reference, ["sam"])]
    assert offered[0]["gate"]["roles"] == ["supervisor"]


async def test_what_is_offered_is_found_behind_more_than_a_page_of_others(
    desk: Desk, sam: Lender, dana: Person, waiting: Answer
) -> None:
    """Eight gates of others are due before it, and the page has one row."""
    await sam.lends("dana", away=True)
    others = [await due_before(desk, n) for n in range(8)]
    seen: set[str] = set()
    while not seen >= {waiting.reference, *others}:
        seen = {row["reference"] for row in await dana.inbox(queue="approvals", limit="500") if row["gate"]}
    first = await dana.inbox(limit="1")
    offered = await dana.inbox(offered="true", limit="1")
    elsewhere = await dana.inbox(offered="true", queue="repairs")

    assert first[0]["reference"] in others
    assert [row["reference"] for row in offered] == [waiting.reference]
    assert elsewhere == []


async def test_the_rows_of_a_page_are_of_the_processes_that_the_reader_may_read(desk: Desk, waiting: Answer) -> None:
    others = [await due_before(desk, n, process="claim") for n in range(3)]
    everybody, clerk = desk.person("agent"), desk.person("agent", name="clerk", scopes=("wf:refund:read",))
    while {row["reference"] for row in await everybody.inbox(queue="approvals", limit="3")} != {*others}:
        pass  # visibility follows the runs within moments

    rows: list[dict[str, Any]] = []
    while not rows:
        rows = await clerk.inbox(queue="approvals", limit="1")
    assert [row["reference"] for row in rows] == [waiting.reference]


async def due_before(desk: Desk, n: int, process: str = "refund") -> str:
    """A gate of the finance department's that is overdue; nobody works on this run."""
    reference = f"{process}-{secrets.token_hex(6)}"
    desk.started(Answer(status=Status.ACCEPTED, reference=reference))
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(SearchAttributeKey.for_keyword("HandrailTenant"), "default"),
        SearchAttributePair(SearchAttributeKey.for_keyword("HandrailQueue"), "approvals"),
        SearchAttributePair(SearchAttributeKey.for_datetime("HandrailDueAt"), datetime.now(UTC) - (1 + n) * IN_AN_HOUR),
    ]
    await desk.house.client.start_workflow(
        process, id=f"default:{reference}", task_queue="nobody", search_attributes=TypedSearchAttributes(pairs),
        memo={"gate": {"digest": "sha256:0", "rule": "refund.auto_up_to", "roles": ["finance"]}},
    )  # fmt: skip
    return reference


@pytest.mark.parametrize("kind", ["ai", "system"])
async def test_a_machine_neither_lends_nor_borrows(desk: Desk, sam: Lender, waiting: Answer, kind: str) -> None:
    token = desk.house.credentials.issue("bot", kind, (*ASK, *DECIDE, *DELEGATE), ["supervisor"])
    await sam.lends("bot")
    body = {"outcome": "approve", "digest": (await sam.person.gate(waiting))["digest"], "on_behalf_of": "sam"}

    lends = await refusal(desk.http.send("POST", "/v1/delegations", token, {"to": "sam", "until": sam.tomorrow}))
    http = await refusal(desk.http.say(token, waiting.reference, "decide", body))
    rail = await refusal(desk.door("rail").say(token, waiting.reference, "decide", body))

    assert (lends.status, http.status, rail.status) == (403, 403, 403)


@pytest.mark.parametrize(
    ("ask", "status", "field"),
    [
        ({"to": "sam"}, 422, "to"),
        ({"until": "2026-01-01T00:00:00Z"}, 422, "until"),
        ({"until": "2126-01-01T00:00:00Z"}, 422, "until"),
        ({"until": "2026-12-01T00:00:00"}, 422, "until"),
        ({"roles": ["finance"]}, 422, "roles"),
        ({"up_to": {"minor": 0, "currency": "EUR"}}, 422, "up_to"),
        ({"actor": "sofia"}, 422, "actor"),
    ],
)
async def test_what_cannot_be_lent_is_refused_by_field(
    sam: Lender, ask: dict[str, Any], status: int, field: str
) -> None:
    refused = await refusal(sam.lends(**({"to": "dana"} | ask)))

    assert (refused.status, refused.fields) == (status, [field])


async def test_a_person_without_the_scope_lends_nothing(desk: Desk) -> None:
    refused = await refusal(Lender(desk, "sofia", ["supervisor"], scopes=(*DESK, *DECIDE)).lends("dana"))

    assert refused.status == 403
    assert "delegation:own" in refused.body["detail"]


async def test_the_same_asked_twice_is_one_and_after_its_end_it_is_a_new_one(sam: Lender) -> None:
    first, again = await sam.lends("dana", until=sam.tomorrow), await sam.lends("dana", until=sam.tomorrow)
    await sam.ends(first["id"])
    anew = await sam.lends("dana", until=sam.tomorrow)

    assert again["id"] == first["id"]
    assert anew["id"] != first["id"]
    assert [d["id"] for d in await sam.list()] == [anew["id"]]


async def test_each_sees_his_own_and_a_stranger_ends_nobodys(desk: Desk, sam: Lender) -> None:
    given = await sam.lends("dana")
    dana, eve = Lender(desk, "dana", ["agent"]), Lender(desk, "eve", ["supervisor"])
    chief = Lender(desk, "chief", ["supervisor"], scopes=("delegation:all",))

    foreign = await refusal(eve.ends(given["id"]))
    nosy = await refusal(eve.list(everybodys="true"))

    assert (foreign.status, nosy.status) == (404, 403)
    assert [d["id"] for d in await dana.list()] == [given["id"]]
    assert await eve.list() == []
    assert given["id"] in [d["id"] for d in await chief.list(everybodys="true")]
    assert (await chief.ends(given["id"]))["ended_by"] == "chief"
    assert await sam.list() == []


async def test_lending_and_taking_back_are_evidence(desk: Desk, sam: Lender) -> None:
    given = await sam.lends("dana", reason="on holiday", away=True)
    await sam.ends(given["id"])

    events = [e for e in await desk.house.evidence.for_run("default", DELEGATION_RUN) if e.body["id"] == given["id"]]

    assert [(e.actor.id, e.body["delegation"], e.body["delegate"]) for e in events] == [
        ("sam", "given", "dana"),
        ("sam", "ended", "dana"),
    ]
    assert events[0].body["reason"] == "on holiday"
    assert (await desk.house.evidence.verify_run("default", DELEGATION_RUN)).ok


async def test_from_the_command_line(desk: Desk, shop: Shop, sam: Lender, waiting: Answer) -> None:
    given = await sam.types("delegation", "give", "dana", "--until", sam.tomorrow, "--up-to", "300.00EUR", "--away")
    dana = Lender(desk, "dana", ["agent"], scopes=READS)
    zoneless = await refusal(sam.types("delegation", "give", "dana", "--until", "2026-12-01T08:00"))

    rows: list[dict[str, Any]] = []
    while not rows:
        rows = (await dana.types("inbox", "--offered"))["items"]
    [offered] = rows
    await dana.types("decide", offered["reference"], "approve", "--for", "sam")
    assert (await desk.end(waiting)).status == "done"
    listed = await sam.types("delegation", "list")
    ended = await sam.types("delegation", "end", given["id"])

    assert given["up_to"] == {"minor": 30_000, "currency": "EUR"}
    assert "no time zone" in str(zoneless)
    assert [d["id"] for d in listed["delegations"]] == [given["id"]]
    assert ended["ended_by"] == "sam"
    assert isinstance(zoneless, Problem)
