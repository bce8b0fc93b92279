"""A person begins a run from the console, with forms alone: over the real rail, as through every door."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from domain.calls import Actor, ActorKind
from handrail import console
from handrail.credentials import DESK as AT_THE_DESK
from handrail.rail import Unavailable
from tests.console.conftest import DESK, Stand, served
from tests.console.test_forms import form
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from workflows._catalog import tools


class Seat:
    """Somebody at the console, in one conversation with a caller."""

    def __init__(self, desk: Desk, http: httpx.AsyncClient, call: str) -> None:
        self.desk, self.http, self.call = desk, http, call

    async def form(self, tool: str, **query: str) -> dict[str, str]:
        """What the tool's form sends if nothing is filled in."""
        page = await self.http.get(f"/begin/{tool}?{urlencode({'call': self.call, 'channel': 'voice', **query})}")
        assert page.status_code == 200, page.text
        return form(page.text, "begin")

    async def send(self, tool: str, shown: dict[str, str], **typed: str) -> httpx.Response:
        sent = shown | {f"arguments/{name}": text for name, text in typed.items()}
        return await self.http.post(f"/begin/{tool}", data=sent)

    async def begin(self, tool: str, **typed: str) -> httpx.Response:
        return await self.send(tool, await self.form(tool), **typed)

    async def page(self, answer: httpx.Response) -> str:
        assert answer.status_code == 303, answer.text
        return (await self.http.get(answer.headers["location"])).text

    async def press(self, reference: str, id: str) -> httpx.Response:
        shown = form((await self.http.get(f"/work/{reference}")).text, id)
        return await self.http.post(f"/work/{reference}/{id}", data=shown)


@pytest.fixture
async def seat(desk: Desk) -> AsyncIterator[Seat]:
    site = console.app(desk.house.rail, desk.house.settings, desk.house.tokens.verify)
    token = desk.house.credentials.issue("ana", "human", AT_THE_DESK, ["agent"], name="Ana")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=site), base_url="http://console", cookies={"handrail_console": token}
    ) as http:
        yield Seat(desk, http, desk.agent().call_id)


@pytest.fixture
async def with_caller(seat: Seat, order: Sold) -> Seat:
    """The caller has said who he is."""
    page = await seat.page(await seat.begin("verify_caller", email=order.email))
    assert ">Done</span>" in page
    return seat


def begun(answer: httpx.Response) -> str:
    """The reference of the run that goes on."""
    found = re.fullmatch(r"/work/([\w-]+)\?done=begun", answer.headers.get("location", ""))
    assert found, f"{answer.status_code} {answer.headers} {answer.text}"
    return found[1]


async def test_a_person_verifies_a_caller_begins_his_refund_and_brings_it_to_its_end(seat: Seat, order: Sold) -> None:
    unknown = await seat.page(await seat.begin("verify_caller", email="nobody@example.com"))
    known = await seat.page(await seat.begin("verify_caller", email=order.email))
    reference = begun(await seat.begin("refund_order", order_id=order.id, reason="damaged", amount="110 eur"))
    asked = (await seat.http.get(f"/work/{reference}")).text
    confirmed = await seat.press(reference, "confirm")
    page = ""
    while f'href="/work/{reference}"' not in page or "caller-title" not in page:  # the list follows within moments
        page = (await seat.http.get(f"/begin?call={seat.call}")).text

    assert "Rule <code>" in unknown
    assert ">Done</span>" in known
    assert f"Refund 110.00 EUR of order {order.id}" in asked
    assert "The caller says yes to this" in asked
    assert confirmed.status_code == 303
    assert f'<span class="mono muted small">{order.customer}</span>' in page
    assert "Verified, level 1, until" in page


async def test_the_number_to_call_back_is_taken_with_any_request_and_holds_for_the_conversation(
    with_caller: Seat, order: Sold
) -> None:
    shown = await with_caller.form("refund_order")
    wish = {"order_id": order.id, "reason": "damaged", "amount": "110 EUR"}
    nonsense = await with_caller.send("refund_order", shown | {"callback_number": "call me"}, **wish)
    begun(await with_caller.send("refund_order", shown | {"callback_number": "+49 30 5550101"}, **wish))
    late = {"category": "late_delivery", "order_id": order.id, "facts": "promised_date: 2026-11-20"}
    later = begun(await with_caller.begin("create_case", subject="The parcel is late", **late))
    page = (await with_caller.http.get(f"/work/{later}")).text
    lookup = await with_caller.form("find_cases")

    assert nonsense.status_code == 422
    assert 'id="begin-callback_number-error">A telephone number is digits' in nonsense.text
    assert form(nonsense.text, "begin")["arguments/amount"] == "110 EUR"
    assert "<dt>Call back</dt><dd>+49 30 5550101</dd>" in page
    assert "callback_number" not in lookup


async def test_pressed_twice_it_is_begun_once(with_caller: Seat, order: Sold) -> None:
    shown = await with_caller.form("refund_order")
    wish = {"order_id": order.id, "reason": "damaged", "amount": "30 EUR"}
    first, second = await asyncio.gather(*(with_caller.send("refund_order", shown, **wish) for _ in range(2)))
    later = await with_caller.send("refund_order", shown, **wish)

    assert begun(first) == begun(second) == begun(later)


async def test_sent_again_with_other_values_it_says_so_and_begins_another_only_when_asked_to(
    with_caller: Seat, order: Sold
) -> None:
    shown = await with_caller.form("find_cases")
    await with_caller.send("find_cases", shown, order_id=order.id)
    other = await with_caller.send("find_cases", shown, order_id="A-other")
    again = await with_caller.http.post("/begin/find_cases", data=form(other.text, "begin"))

    assert other.status_code == 409
    assert "send it again to begin another" in other.text
    assert form(other.text, "begin")["arguments/order_id"] == "A-other"
    assert again.status_code == 303


async def test_what_is_missing_or_wrong_stands_beside_its_field_and_nothing_is_lost(
    with_caller: Seat, order: Sold
) -> None:
    shown = await with_caller.form("refund_order")
    unreadable = await with_caller.send("refund_order", shown, order_id=order.id, amount="forty")
    missing = await with_caller.send("refund_order", shown, amount="40 EUR")
    nested = await with_caller.begin("update_customer_address", **{"address/city": "Bonn", "address/country": "de"})

    assert [answer.status_code for answer in (unreadable, missing, nested)] == [422] * 3
    assert 'id="begin-arguments-amount-error">Write an amount with its currency' in unreadable.text
    assert form(unreadable.text, "begin") == shown | {"arguments/order_id": order.id, "arguments/amount": "forty"}
    assert {"order_id", "reason"} == set(re.findall(r'id="begin-arguments-(\w+)-error"', missing.text))
    assert {"line1", "postal_code", "country"} == set(
        re.findall(r'id="begin-arguments-address-(\w+)-error"', nested.text)
    )
    assert form(nested.text, "begin")["arguments/address/city"] == "Bonn"


async def test_where_only_some_words_will_do_they_are_offered(with_caller: Seat, order: Sold) -> None:
    wrong = await with_caller.begin("refund_order", order_id=order.id, reason="because", amount="30 EUR")
    again = form(wrong.text, "begin") | {"arguments/reason": "damaged"}
    right = await with_caller.http.post("/begin/refund_order", data=again)

    assert wrong.status_code == 422
    assert 'id="begin-arguments-reason-error"' in wrong.text
    assert '<option value="damaged">Damaged</option>' in wrong.text
    assert again["arguments/amount"] == "30 EUR"
    assert begun(right)


async def test_what_a_rule_denies_is_told_with_the_rule_and_may_be_asked_for_otherwise(
    with_caller: Seat, order: Sold
) -> None:
    denied = await with_caller.begin("refund_order", order_id=order.id, reason="damaged", amount="9999 EUR")
    page = await with_caller.page(denied)
    reference = re.findall(r'href="/work/(refund-\w+)"', page + denied.headers["location"])[0]
    again = await with_caller.form("refund_order", like=reference)

    assert "Rule <code>refund." in page
    assert (again["arguments/order_id"], again["arguments/amount"]) == (order.id, "9999.00 EUR")


async def test_only_what_my_rights_allow_is_offered_and_taken(seat: Seat) -> None:
    reader = seat.desk.house.credentials.issue("ben", "human", ("wf:*:read", "wf:find_cases:start"))
    seat.http.cookies.set("handrail_console", reader)
    page = (await seat.http.get(f"/begin?call={seat.call}")).text
    offered = set(re.findall(r'href="/begin/(\w+)\?', page))
    forms = {
        tool: (await seat.http.get(f"/begin/{tool}?call=c")).status_code for tool in ("find_cases", "refund_order")
    }
    key = {"form_key": (await seat.form("find_cases"))["form_key"]}
    sent = await seat.http.post("/begin/refund_order", data=key | {"arguments/order_id": "1"})
    foreign = await seat.http.post("/begin/find_cases", data={"form_key": "another"})

    assert offered == {"find_cases"}
    assert forms == {"find_cases": 200, "refund_order": 403}
    assert (sent.status_code, foreign.status_code) == (403, 403)
    assert "needs the scope wf:refund:start" in sent.text


async def test_an_items_page_leads_to_something_else_for_the_same_caller(with_caller: Seat, order: Sold) -> None:
    reference = begun(await with_caller.begin("refund_order", order_id=order.id, reason="damaged", amount="30 EUR"))
    page = (await with_caller.http.get(f"/work/{reference}")).text
    assert f'href="/begin?call={with_caller.call}&amp;channel=voice"' in page


async def test_without_a_conversation_a_new_one_is_made_and_a_wrong_id_is_told(seat: Seat) -> None:
    new = await seat.http.get("/begin/refund_order")
    wrong = await seat.http.get("/begin?call=%C3%A9t%C3%A9")
    nowhere = await seat.http.get("/begin/nothing?call=c")

    assert re.fullmatch(r"/begin/refund_order\?call=desk-\w{12}&channel=desk", new.headers["location"])
    assert (wrong.status_code, nowhere.status_code) == (422, 404)
    assert 'id="call-error"' in wrong.text


def rows(page: str, name: str) -> set[str]:
    return set(re.findall(rf'name="arguments/{name}/(\d)/', page))


async def test_a_list_gets_room_for_one_more_without_a_script() -> None:
    swap = {"arguments/items/0/line_id": "1-1", "arguments/items/0/variant_id": "v-1"}
    other = {"arguments/items/1/line_id": "1-2", "arguments/items/1/variant_id": "v-2"}
    async with served() as stand, stand.client("token-ben") as http:
        offer(stand, "exchange_items")
        first = (await http.get("/begin/exchange_items?call=c-1")).text
        second = (await http.post("/begin/exchange_items", data=form(first, "begin") | swap | {"more": "1"})).text
        calls = list(stand.rail.calls)
        sent = form(second, "begin") | other | {"arguments/order_id": "4821"}
        await http.post("/begin/exchange_items", data=sent)
        [call] = stand.rail.calls

    assert (rows(first, "items"), rows(second, "items"), calls) == ({"0"}, {"0", "1"}, [])
    assert call.arguments == {
        "order_id": "4821",
        "items": [{"line_id": "1-1", "variant_id": "v-1"}, {"line_id": "1-2", "variant_id": "v-2"}],
    }


async def test_while_the_rail_is_away_the_same_request_is_kept(stand: Stand) -> None:
    async with stand.client("token-ben") as http:
        shown = form((await http.get("/begin/refund_order?call=c-1")).text, "begin")
        stand.rail.trouble = Unavailable("Temporal does not answer.")
        away = await http.post("/begin/refund_order", data=shown | {"arguments/order_id": "4821"})
        stand.rail.trouble = None
        kept = form(away.text, "begin")
        await http.post("/begin/refund_order", data=kept)

    assert away.status_code == 503
    assert "nothing is lost" in away.text
    assert kept == shown | {"arguments/order_id": "4821"}
    assert [call.request_id for call in stand.rail.calls] == [shown["request_id"]]


@pytest.mark.parametrize("name", sorted(tool.name for tool in tools().values() if not tool.starts_on))
async def test_every_tool_has_a_form_that_says_what_is_needed(name: str) -> None:
    schema = tools()[name].arguments.model_json_schema()
    everybody = Actor(id="ana", kind=ActorKind.HUMAN, scopes=DESK)
    async with served(verify=lambda token: everybody) as stand, stand.client("any") as http:
        offer(stand, name)
        page = (await http.get(f"/begin/{name}?call=c-1")).text
    asked = set(re.findall(r'name="arguments/(\w+)', page))
    needed = {re.search(r"\w+", text)[0] for text in re.findall(r"<label [^>]*>([^<]+) \(needed\)", page)}  # type: ignore[index]
    assert asked == set(schema.get("properties", {}))
    assert len(needed) == len(schema.get("required", []))


def offer(stand: Stand, name: str) -> None:
    """The rail of the stand has this tool, and no other."""
    tool = tools()[name]
    [card] = stand.rail.tools()
    changes: dict[str, Any] = {
        "name": name, "process": tool.process_name, "arguments_schema": tool.arguments.model_json_schema(),
        "scope": tool.scope, "description": tool.description,
    }  # fmt: skip
    stand.rail.tools = lambda: [card.model_copy(update=changes)]  # type: ignore[method-assign]
