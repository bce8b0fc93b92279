"""The inbox over HTTP: order, tabs, filters, what is empty, and whose scopes show what."""

import re
from datetime import timedelta

import pytest

from domain.calls import Actor, ActorKind
from handrail.console import times
from handrail.console.times import Wait
from handrail.rail import Unavailable
from tests.console.conftest import PEOPLE, Stand, served
from tests.console.scenes import ahead


def rows(html: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', html)


async def test_what_is_due_first_comes_first_then_what_is_worth_most(stand: Stand) -> None:
    due = ahead(hours=1)
    for reference in ("refund-big4821", "refund-mine6001"):
        gate = stand.rail.runs[reference].packet.gate
        assert gate is not None
        await stand.rail.change(reference, gate=gate.model_copy(update={"due_at": due}))
    async with stand.client("token-kim") as http:
        html = (await http.get("/?tab=all")).text
    assert rows(html)[:4] == ["refund-late4790", "refund-big4821", "refund-mine6001", "refund-stuck4477"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tab=repairs", ["refund-stuck4477"]),
        ("tab=handoffs", ["refund-hand5002"]),
        ("tab=approvals&customer=cus-1177", ["refund-late4790"]),
        ("tab=nonsense&customer=cus-1177", ["refund-late4790"]),
    ],
)
async def test_tabs_and_filters_show_what_they_say(stand: Stand, query: str, expected: list[str]) -> None:
    async with stand.client("token-kim") as http:
        assert rows((await http.get(f"/?{query}")).text) == expected


async def test_mine_shows_what_i_hold(stand: Stand) -> None:
    async with stand.client("token-ben") as http:
        html = (await http.get("/?tab=all&mine=1")).text
    assert rows(html) == ["refund-hand5002"]
    assert "<b>You</b>" in html


async def test_an_empty_queue_says_what_that_means(stand: Stand) -> None:
    del stand.rail.runs["refund-stuck4477"]
    async with stand.client("token-kim") as http:
        assert "Nothing is stuck" in (await http.get("/?tab=repairs")).text
        assert "Nothing fits this filter" in (await http.get("/?tab=all&customer=nobody")).text


async def test_text_from_the_record_is_never_markup(stand: Stand) -> None:
    await stand.rail.change("refund-big4821", title="<script>alert(1)</script>")
    async with stand.client("token-kim") as http:
        for path in ("/", "/work/refund-big4821"):
            html = (await http.get(path)).text
            assert "<script>alert" not in html
            assert "&lt;script&gt;alert(1)" in html


async def test_a_person_without_a_read_scope_sees_no_work() -> None:
    nobody = Actor(id="new", kind=ActorKind.HUMAN)
    async with served(verify=lambda token: nobody) as stand, stand.client("any") as http:
        for path in ("/", "/work/refund-big4821"):
            answer = await http.get(path)
            assert answer.status_code == 403
            assert "needs the scope wf:" in answer.text
            assert "4821" not in answer.text.replace("refund-big4821", "")


async def test_work_of_a_process_that_i_may_not_read_is_not_listed() -> None:
    claims = PEOPLE["token-kim"].model_copy(update={"scopes": frozenset({"wf:claim:read"})})
    async with served(verify=lambda token: claims) as stand, stand.client("any") as http:
        html = (await http.get("/?tab=all")).text
    assert rows(html) == []
    assert "No work is open" in html


async def test_when_the_rail_is_not_reachable_the_page_says_so_and_when_to_come_again(stand: Stand) -> None:
    stand.rail.trouble = Unavailable("Temporal does not answer.")
    async with stand.client("token-kim") as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Temporal does not answer." in answer.text


@pytest.mark.parametrize(
    ("open_for_min", "due_in_s", "expected"),
    [
        (10, 50 * 60, Wait.FRESH),
        (31, 29 * 60, Wait.WARNING),
        (60, -1, Wait.STALE),
        (14, None, Wait.FRESH),
        (16, None, Wait.WARNING),
        (300, None, Wait.STALE),
    ],
)
def test_waiting_goes_from_fresh_to_warning_to_stale(open_for_min: int, due_in_s: int | None, expected: Wait) -> None:
    now = times.now()
    due = None if due_in_s is None else now + timedelta(seconds=due_in_s)

    assert times.wait_age(now - timedelta(minutes=open_for_min), due, now) is expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.24, "240 ms"), (3.21, "3.2 s"), (59, "59 s"), (720, "12 min"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_a_duration_reads_as_people_say_it(seconds: float, expected: str) -> None:
    assert times.span(timedelta(seconds=seconds).total_seconds()) == expected
