"""Many callers at once: on one order, with one request, on one line each, and people against the caller on one run."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.full.ends import End, Expected, Records, judge
from tests.full.rig import Answer, Rig, money, together
from tests.full.tables import settle
from tests.full.world import CROWDED, DEAR, Crowded, Subject, caller, subject

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
Record = Callable[[str, object], None]
CALLERS = 50
_subjects = count(1_500)


async def test_fifty_callers_ask_for_more_than_was_captured_and_get_no_more(rig: Rig, record_property: Record) -> None:
    """30.00 each of 1,000.00: 33 fit. The others are told which rule stopped them."""
    await rig.clear_faults()
    crowd, order = callers(CROWDED[0]), CROWDED[0]
    await together(rig.verify(who) for who in crowd)
    asked = {"order_id": order.id, "amount": money(3_000), "reason": "goodwill"}
    answers = await asyncio.gather(*(confirmed(rig, who, asked) for who in crowd))
    records = await Records.read(rig)

    assert not records.problems_of_books()
    ends = [told(who, answer, {"refund.above_captured"}) for who, answer in zip(crowd, answers, strict=True)]
    done = [answer for answer in answers if answer["status"] == "done"]
    moved = sum(refund["amount"]["minor"] for refund in records.refunds[order.id])
    assert moved <= order.captured
    assert moved == sum(answer["result"]["amount"]["minor"] for answer in done)
    assert len(done) == order.captured // 3_000
    left_open = [case["id"] for case in records.cases[order.id] if case["state"] not in ("resolved", "withdrawn")]
    assert (left_open, len(records.marks[order.id])) == ([], len(done))
    settle(record_property, "50 callers, one order", ends)


async def test_fifty_identical_calls_are_one_refund_and_get_one_answer(rig: Rig, record_property: Record) -> None:
    await rig.clear_faults()
    who = subject(next(_subjects))
    await rig.verify(who)
    answers = await asyncio.gather(*(rig.refund(who) for _ in range(CALLERS)))
    assert {answer["reference"] for answer in answers} == {rig.reference(who)}
    last = await rig.ended(rig.reference(who))
    right = Expected("done", {f"card-{who.tag}": 1_500, f"gift-{who.tag}": 500})
    end = End("50 identical calls", rig.reference(who))
    judge(end, who, last, await rig.history(end.reference), await Records.read(rig), right)
    settle(record_property, "50 identical calls", [end])


async def test_fifty_lines_are_refunded_once_each_though_each_is_asked_for_twice(
    rig: Rig, record_property: Record
) -> None:
    await rig.clear_faults()
    crowd, order = callers(CROWDED[1]), CROWDED[1]
    await together(rig.verify(who) for who in crowd)
    pairs = await asyncio.gather(*(twice(rig, who, order.line(n)) for n, who in enumerate(crowd, 1)))
    records = await Records.read(rig)

    assert not records.problems_of_books()
    ends = []
    for who, pair in zip(crowd, pairs, strict=True):
        end = End(f"a line twice, {who.tag}", pair[0]["reference"])
        statuses = Counter(answer["status"] for answer in pair)
        if statuses != {"done": 1, "denied": 1}:
            end.wrong.append(f"{dict(statuses)}, not one done and one denied: {[a['say'] for a in pair]}")
        ends.append(end)
    assert sum(refund["amount"]["minor"] for refund in records.refunds[order.id]) == 1_000 * CALLERS
    settle(record_property, "50 lines, twice each", ends)


async def test_an_approval_and_a_withdrawal_at_once_leave_all_of_the_refund_or_nothing(
    rig: Rig, record_property: Record
) -> None:
    await rig.clear_faults()
    subjects = [subject(next(_subjects)) for _ in range(12)]
    await together(gated(rig, who) for who in subjects)
    await asyncio.gather(*(contested(rig, who) for who in subjects))
    answers = await together(rig.ended(rig.reference(who)) for who in subjects)
    records = await Records.read(rig)

    assert not records.problems_of_books()
    histories = await together(rig.history(rig.reference(who)) for who in subjects)
    ends = [
        judge(End(f"contested, {who.tag}", rig.reference(who)), who, answer, history, records, one_of_two(who, answer))
        for who, answer, history in zip(subjects, answers, histories, strict=True)
    ]
    settle(record_property, "approve against withdraw", ends)


def callers(order: Crowded) -> list[Subject]:
    return [caller(order, n) for n in range(CALLERS)]


async def confirmed(rig: Rig, who: Subject, asked: dict[str, Any]) -> Answer:
    """Asked, confirmed when that is wanted, and waited for to the end."""
    answer = await rig.tool(who, "refund_order", asked, request_id=who.tag)
    reference = answer["reference"]
    while not answer["terminal"]:
        if answer["status"] == "needs_confirmation":
            await rig.tool(who, "refund_order", asked, request_id=who.tag, confirm=answer["digest"])
        answer = await rig.answer(reference, wait=5)
    return answer


async def twice(rig: Rig, who: Subject, line: str) -> list[Answer]:
    """The same line in two requests at once."""
    asked = {"order_id": line.partition("-")[0], "lines": [line], "reason": "damaged"}
    first = await asyncio.gather(*(rig.tool(who, "refund_order", asked, request_id=f"{who.tag}-{n}") for n in range(2)))
    return [await rig.ended(answer["reference"]) for answer in first]


def told(who: Subject, answer: Answer, rules: set[str]) -> End:
    end = End(f"a caller of many, {who.tag}", answer["reference"])
    if answer["status"] in ("denied", "undone"):
        rule = (answer["denied"] or {}).get("rule")
        if rule not in rules or not answer["say"]:
            end.wrong.append(f"it is {answer['status']} by {rule}, not by {rules}")
    elif answer["status"] != "done":
        end.wrong.append(f"it is {answer['status']}: {answer['say']}")
    return end


async def gated(rig: Rig, who: Subject) -> None:
    await rig.verify(who)
    await rig.confirmed(who)


async def contested(rig: Rig, who: Subject) -> None:
    """Two supervisors approve and the caller withdraws, all at once: at most one approval counts."""
    reference = rig.reference(who)
    yes = await rig.yes(reference)
    replies = await asyncio.gather(
        rig.work(f"/{reference}/decide", yes, who="sam"),
        rig.work(f"/{reference}/withdraw", {}, who="ana"),
        rig.work(f"/{reference}/decide", yes, who="sofia"),
    )
    assert [reply.status_code for reply in (replies[0], replies[2])].count(200) <= 1
    assert all(reply.status_code in (200, 409) for reply in replies), [reply.text for reply in replies]


def one_of_two(who: Subject, answer: Answer) -> Expected:
    """All of it or nothing; which one is open."""
    if answer["status"] == "done":
        return Expected("done", {f"card-{who.tag}": 1_500, f"gift-{who.tag}": DEAR - 1_500})
    return Expected("undone")
