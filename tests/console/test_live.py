"""The streams of live pages, read as a browser reads them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from handrail.rail import Unavailable
from tests.console.conftest import Stand

BIG = "refund-big4821"


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
        elif line.startswith(":"):
            yield "comment", line


async def test_a_change_of_the_run_is_sent_and_an_unchanged_one_is_not(stand: Stand) -> None:
    async with stand.client("token-kim") as http, http.stream("GET", f"/work/{BIG}/live") as answer:
        stream = events(answer)
        name, first = await anext(stream)
        assert (name, first["html"].count("Nobody holds this")) == ("fragment", 1)
        await stand.rail.change(BIG)
        assert (await anext(stream))[0] == "comment"
        await stand.rail.change(BIG, owner="supervisor-lee")
        name, second = await anext(stream)
        assert name == "fragment"
        assert "Held by supervisor-lee" in second["html"]
        assert second["version"] != first["version"]


async def test_a_page_that_is_up_to_date_is_not_sent_again(stand: Stand) -> None:
    async with stand.client("token-kim") as http:
        async with http.stream("GET", f"/work/{BIG}/live") as answer:
            _, first = await anext(events(answer))
        async with http.stream("GET", f"/work/{BIG}/live", params={"seen": first["version"]}) as answer:
            assert (await anext(events(answer)))[0] == "comment"


async def test_a_finished_run_ends_its_stream(stand: Stand) -> None:
    await stand.rail.change(BIG, status="done", gate=None, next=[])
    async with stand.client("token-kim") as http, http.stream("GET", f"/work/{BIG}/live") as answer:
        names = [name async for name, _ in events(answer)]
    assert names[0] == "fragment"
    assert names[-1] == "end"


async def test_the_inbox_is_sent_when_it_changes(stand: Stand) -> None:
    async with stand.client("token-kim") as http, http.stream("GET", "/live?tab=approvals") as answer:
        stream = events(answer)
        assert BIG in (await anext(stream))[1]["html"]
        await stand.rail.change(BIG, gate=None, status="accepted")
        name, data = await anext(stream)
        while name == "comment":
            name, data = await anext(stream)
    assert BIG not in data["html"]


async def test_trouble_behind_the_console_is_told_to_the_page(stand: Stand) -> None:
    stand.rail.trouble = Unavailable("Temporal does not answer.")
    async with stand.client("token-kim") as http, http.stream("GET", "/live") as answer:
        assert await anext(events(answer)) == ("trouble", {"text": "Temporal does not answer."})


async def test_a_session_that_ends_gets_nothing_more(stand: Stand) -> None:
    async with stand.client("token-kim") as http, http.stream("GET", "/live") as answer:
        stream = events(answer)
        await anext(stream)
        stand.revoked.add("token-kim")
        await stand.rail.change(BIG, title="Secret")
        rest = [item async for item in stream]
    assert rest[-1][0] == "signed_out"
    assert "Secret" not in json.dumps(rest)


async def test_nobody_who_is_not_signed_in_hears_anything(stand: Stand) -> None:
    async with stand.client() as http:
        answer = await http.get(f"/work/{BIG}/live")
    assert (answer.status_code, answer.text) == (204, "")
