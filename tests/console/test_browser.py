"""The console in Debian's Chromium."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from domain.commands import COMMANDS
from tests.console.conftest import PEOPLE, Stand
from tests.console.scenario import console_scenario, lost_race, sign_in
from tests.console.scenes import refund_effect
from tests.console.test_together import open_for_bulk

BEGIN = ("/begin?call=c-1", "/begin/refund_order?call=c-1")
BIG = "refund-big4821"


@pytest.fixture
async def page(browser: Browser, laptop: dict[str, Any]) -> Page:
    """A page that must not raise: every script error fails the test at once."""
    page = await (await browser.new_context(**laptop)).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    return page


async def approve_as_lee(stand: Stand) -> None:
    gate = stand.rail.runs[BIG].packet.gate
    assert gate is not None
    body = {"outcome": "approve", "digest": gate.digest, "decision_id": "lee-1", "reason": "", "note": ""}
    await stand.rail.command(PEOPLE["token-lee"], BIG, "decide", body)


async def test_a_supervisor_approves_with_the_keyboard_and_sees_it_done_without_a_reload(
    stand: Stand, page: Page
) -> None:
    await console_scenario(page, stand.url, "token-kim", BIG)
    assert [(who, command) for who, _, command, _ in stand.rail.commands] == [("supervisor-kim", "decide")]


async def test_who_loses_the_race_is_told_by_whom_it_was_decided_and_changes_nothing(stand: Stand, page: Page) -> None:
    await lost_race(page, stand.url, "token-kim", BIG, lambda: approve_as_lee(stand))
    await expect(page.locator("#banner")).to_contain_text("Already decided: approved by Lee Park")
    assert [who for who, *_ in stand.rail.commands] == ["supervisor-lee"]


async def test_what_was_typed_survives_a_live_change(stand: Stand, page: Page) -> None:
    await sign_in(page, stand.url, "token-kim")
    await page.goto(f"{stand.url}/work/{BIG}")
    await expect(page.locator("#live-sign")).to_have_text("Live")
    await page.keyboard.press("e")
    await page.keyboard.type("Which jacket is")
    await stand.rail.change(BIG, owner="supervisor-lee")
    await expect(page.locator(".owner")).to_contain_text("Held by supervisor-lee")
    await page.keyboard.type(" torn?")
    await expect(page.locator("#decide-request_info-note")).to_have_value("Which jacket is torn?")


async def test_a_changed_effect_must_be_read_again_before_it_can_be_decided(stand: Stand, page: Page) -> None:
    await sign_in(page, stand.url, "token-kim")
    await page.goto(f"{stand.url}/work/{BIG}")
    await expect(page.locator("#live-sign")).to_have_text("Live")
    gate = stand.rail.runs[BIG].packet.gate
    assert gate is not None
    effect = refund_effect("4821", (26_000, "card-42", "card ending 4242"))
    await stand.rail.change(BIG, effect=effect, gate=gate.model_copy(update={"digest": "sha256:moved"}))
    approve = page.locator('[data-gate] [data-key="a"]')
    await expect(approve).to_be_disabled()
    await page.get_by_role("button", name="I have read it again").click()
    await approve.click()
    await expect(page.locator(".head [data-state]")).not_to_have_attribute("data-state", "needs_approval")
    assert stand.rail.commands[-1][3]["digest"] == "sha256:moved"


async def test_rejecting_with_the_keyboard_asks_for_a_reason_first(stand: Stand, page: Page) -> None:
    await sign_in(page, stand.url, "token-kim")
    await page.goto(f"{stand.url}/work/{BIG}")
    await page.keyboard.press("r")
    await expect(page.locator("#decide-reject-reason")).to_be_focused()
    await page.locator("#decide-reject-reason").select_option("duplicate")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Refunded last week.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#banner")).to_contain_text("Rejected.")
    body = stand.rail.commands[-1][3]
    assert (body["outcome"], body["reason"], body["note"]) == ("reject", "duplicate", "Refunded last week.")


async def test_claim_help_and_escape_work_from_the_keyboard(stand: Stand, page: Page) -> None:
    await sign_in(page, stand.url, "token-kim")
    await page.keyboard.press("?")
    await expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#help")).to_be_hidden()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await page.keyboard.press("c")
    await expect(page.locator("#banner")).to_contain_text("Claimed.")
    await expect(page.locator(".owner")).to_contain_text("You hold this")
    assert stand.rail.commands[-1][1:3] == ("refund-late4790", "claim")
    await page.keyboard.press("Escape")
    await expect(page.locator("#banner .banner")).to_have_count(0)


async def test_new_work_appears_in_an_open_inbox(stand: Stand, page: Page) -> None:
    late = stand.rail.runs.pop("refund-late4790")
    await sign_in(page, stand.url, "token-kim")
    await page.evaluate("window.neverReloaded = true")
    row = page.locator('[data-row="refund-late4790"]')
    await expect(row).to_have_count(0)
    stand.rail.runs["refund-late4790"] = late
    await expect(row).to_be_visible()
    assert await page.evaluate("window.neverReloaded")


async def test_everything_works_without_a_script(stand: Stand, browser: Browser) -> None:
    page = await (await browser.new_context(java_script_enabled=False)).new_page()
    await page.goto(f"{stand.url}/sign-in")
    await page.get_by_label("Token").fill("token-kim")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Refund 319.00 EUR of order 4821").click()
    await page.get_by_role("button", name="Approve 319.00 EUR").click()
    await expect(page.locator("#banner")).to_contain_text("Approved.")


async def test_a_sign_in_that_ends_while_a_page_is_open_leads_back_to_the_sign_in(stand: Stand, page: Page) -> None:
    await sign_in(page, stand.url, "token-kim")
    stand.revoked.add("token-kim")
    await expect(page.get_by_role("heading", name="Sign in to Handrail")).to_be_visible()


async def test_several_of_one_kind_are_ticked_and_decided_with_the_keyboard(stand: Stand, page: Page) -> None:
    await open_for_bulk(stand, **{"7001": "refund.auto_up_to", "7002": "refund.other"})
    await sign_in(page, stand.url, "token-kim")
    await page.get_by_label("Decide together: Refund 50.00 EUR of order 7001").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_label("Decide together: Refund 50.00 EUR of order 7002")).to_be_disabled()
    await page.get_by_label("Note, kept in the record").fill("Checked.")
    await stand.rail.change(BIG, owner="supervisor-lee")  # the page is drawn anew: ticks and text stay
    await expect(page.locator(f'[data-row="{BIG}"]')).to_contain_text("supervisor-lee")
    await expect(page.get_by_label("Note, kept in the record")).to_have_value("Checked.")
    await page.get_by_role("button", name="Approve these").press("Enter")
    await expect(page.get_by_role("heading", name="1 of 1 approved")).to_be_visible()
    assert stand.rail.commands[-1][3]["note"] == "Checked."


CONTRAST = """() => {
  const part = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 };
  const light = (c) => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
  const colour = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor);
    if (c.length && (c.length < 4 || c[3] > 0)) return c; } return [255, 255, 255]; };
  const bad = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.checkVisibility() || e.closest("kbd, .sr, .skip")) continue;
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${walk.currentNode.textContent.trim()} ${ratio}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_has_the_contrast_of_wcag_aa(stand: Stand, browser: Browser, scheme: Any) -> None:
    page = await (await browser.new_context(color_scheme=scheme)).new_page()
    await sign_in(page, stand.url, "token-kim")
    for path in ("/?tab=all", f"/work/{BIG}", "/work/refund-stuck4477", "/delegations", *BEGIN, "/sign-in"):
        await page.goto(stand.url + path)
        assert await page.evaluate(CONTRAST) == []


async def test_every_field_has_a_label_and_every_button_a_name(stand: Stand, page: Page) -> None:
    await sign_in(page, stand.url, "token-kim")
    await open_for_bulk(stand)
    await stand.rail.change(BIG, next=list(COMMANDS), owner="supervisor-kim")
    for path in ("/?tab=all", "/", f"/work/{BIG}", "/work/refund-stuck4477", "/delegations", *BEGIN):
        await page.goto(stand.url + path)
        unnamed = await page.evaluate(
            """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button")]
              .filter((e) => !(e.labels?.length || e.textContent.trim() || e.ariaLabel)).map((e) => e.outerHTML)"""
        )
        assert unnamed == []
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
