"""The console's scenarios on the real stack: a refund waits at its gate, a supervisor approves it in a browser."""

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page

from handrail.embedded import Stack
from tests.console.scenario import begun_by_keyboard, console_scenario, lost_race
from tests.console.test_forms import form


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("console") / "home") as running:
        yield running


@pytest.fixture
async def page(browser: Browser) -> Page:
    return await (await browser.new_context()).new_page()


class Caller:
    """An AI agent in one conversation, over the gateway's HTTP."""

    def __init__(self, stack: Stack, call_id: str) -> None:
        self._stack, self._call_id = stack, call_id

    def post(self, path: str, body: Any, who: str = "ai") -> Any:
        headers = {"authorization": f"Bearer {self._stack.tokens[who]}", "content-type": "application/json"}
        request = urllib.request.Request(
            self._stack.gateway_url + path,
            data=json.dumps(body).encode(),
            headers=headers | {"x-call-id": self._call_id},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def packet(self, reference: str) -> Any:
        return self.get(f"/v1/work/{reference}/packet")

    def get(self, path: str) -> Any:
        headers = {"authorization": f"Bearer {self._stack.tokens['supervisor']}"}
        request = urllib.request.Request(self._stack.gateway_url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def until(self, reference: str, status: str) -> None:
        """Waits until the run answers so. Raises TimeoutError."""
        deadline, answer = time.monotonic() + 20, self.get(f"/v1/work/{reference}")
        while answer["status"] != status:
            if answer["terminal"] or time.monotonic() > deadline:
                raise TimeoutError(f"{reference} is {answer['status']}, not {status}: {answer['say']}")
            answer = self.get(f"/v1/work/{reference}?wait=5&after={answer['revision']}")

    def asked_refund(self, amount: int) -> str:
        """A refund that waits for the caller's yes; its reference."""
        self.post("/v1/tools/verify_caller", {"arguments": {"email": "jonas.weber@example.com"}})
        wish = {"order_id": "4901", "amount": {"minor": amount, "currency": "EUR"}, "reason": "missing_item"}
        return str(self.post("/v1/tools/refund_order", {"arguments": wish})["reference"])

    def waiting_refund(self, amount: int) -> str:
        """A refund that the caller has confirmed and a supervisor must approve; its reference."""
        self.post("/v1/tools/verify_caller", {"arguments": {"email": "jonas.weber@example.com"}})
        asked = {
            "order_id": "4901",
            "amount": {"minor": amount, "currency": "EUR"},
            "reason": "missing_item",
        }
        seen = self.post("/v1/tools/refund_order", {"arguments": asked})
        gated = self.post("/v1/tools/refund_order", {"arguments": asked, "confirm": seen["digest"]})
        assert gated["status"] == "needs_approval"
        return str(gated["reference"])


async def test_a_supervisor_approves_a_real_refund_by_keyboard_and_sees_it_done_without_reload(
    stack: Stack, page: Page
) -> None:
    reference = await asyncio.to_thread(Caller(stack, "console-1").waiting_refund, 12_000)

    await console_scenario(page, stack.console_url, stack.tokens["supervisor"], reference)


async def test_a_lost_race_on_a_real_gate_is_told_kindly(stack: Stack, page: Page) -> None:
    caller = Caller(stack, "console-2")
    reference = await asyncio.to_thread(caller.waiting_refund, 13_000)

    async def decide_elsewhere() -> None:
        digest = (await asyncio.to_thread(caller.packet, reference))["gate"]["digest"]
        decision = {"outcome": "approve", "digest": digest}
        await asyncio.to_thread(caller.post, f"/v1/work/{reference}/decide", decision, "second")

    await lost_race(page, stack.console_url, stack.tokens["supervisor"], reference, decide_elsewhere)


async def test_a_person_begins_a_refund_for_a_caller_by_keyboard_and_sees_it_done(stack: Stack, page: Page) -> None:
    refund = {"order_id": "4901", "amount": "105.00 EUR", "reason": "missing_item"}

    await begun_by_keyboard(page, stack.console_url, stack.tokens["agent"], "jonas.weber@example.com", refund)


async def test_a_person_takes_over_changes_the_request_and_finishes_it_with_forms_alone(stack: Stack) -> None:
    caller = Caller(stack, "console-3")
    reference = await asyncio.to_thread(caller.asked_refund, 3_000)
    cookies = {"handrail_console": stack.tokens["agent"]}
    async with httpx.AsyncClient(base_url=stack.console_url, cookies=cookies, timeout=20) as http:

        async def say(id: str, **filled: str) -> httpx.Response:
            shown = form((await http.get(f"/work/{reference}")).text, id)
            return await http.post(f"/work/{reference}/{id.partition('-')[0]}", data=shown | filled)

        taken = await say("take_over", reason="She is upset.")
        unreadable = await say("amend", **{"arguments/amount": "-5 EUR"})
        refused = await say("amend", **{"arguments/to": "stored_value", "arguments/order_id": ""})
        changed = await say("amend", **{"arguments/amount": "110 eur"})
        goes_on = await say("retry-retry")
        await asyncio.to_thread(caller.until, reference, "needs_confirmation")
        confirmed = await say("confirm")
        await asyncio.to_thread(caller.until, reference, "done")
        page = (await http.get(f"/work/{reference}")).text

    assert [answer.status_code for answer in (taken, changed, goes_on, confirmed)] == [303] * 4
    assert [answer.status_code for answer in (unreadable, refused)] == [422, 422]
    assert 'id="amend-arguments-amount-error"' in unreadable.text
    assert 'id="amend-arguments-order_id-error"' in refused.text
    assert "Refund 110.00 EUR of order 4901" in page
    assert "entered by a person" in page
