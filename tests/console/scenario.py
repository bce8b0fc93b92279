"""What a supervisor does in the console, as functions over a page: run over the double and over the real stack."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

STATE = "[data-state]"
LIVE_MS = 20_000
"""How long a change may take to be seen; far above what it takes."""

MARK = "window.neverReloaded = true"


async def sign_in(page: Page, base_url: str, token: str) -> None:
    await page.goto(f"{base_url}/sign-in?token={token}")
    await expect(page).to_have_url(f"{base_url}/")
    await expect(page.locator("#live-sign")).to_have_text("Live")


async def console_scenario(page: Page, base_url: str, token: str, reference: str) -> None:
    """Sign in, find the work in the inbox, open and approve it with the keyboard alone, see it done without a reload.

    `reference`: a run at a gate that this person may decide alone, and that then finishes by itself. A second tab
    watches the item and a third one the inbox; neither is touched.
    """
    await sign_in(page, base_url, token)
    watcher, inbox = await page.context.new_page(), await page.context.new_page()
    await watcher.goto(f"{base_url}/work/{reference}")
    await inbox.goto(f"{base_url}/")
    row = inbox.locator(f'[data-row="{reference}"]')
    await expect(row).to_be_visible()
    await expect(watcher.locator(STATE)).to_have_attribute("data-state", "needs_approval")
    for other in (watcher, inbox):
        await expect(other.locator("#live-sign")).to_have_text("Live")
        await other.evaluate(MARK)

    await page.bring_to_front()
    await open_with_keyboard(page, reference)
    await approve_with_keyboard(page)

    for tab in (watcher, page):
        await expect(tab.locator(STATE)).to_have_attribute("data-state", "done", timeout=LIVE_MS)
    await expect(row).to_have_count(0, timeout=LIVE_MS)
    for other in (watcher, inbox):
        assert await other.evaluate("window.neverReloaded"), "the page was reloaded; it should have changed by itself"
        await other.close()


async def lost_race(
    page: Page, base_url: str, token: str, reference: str, decide_elsewhere: Callable[[], Awaitable[None]]
) -> None:
    """Somebody else decides while this person reads: he is told so kindly, with the state as it is now.

    The page's live updates are cut, as on a laptop that has just woken up: it still shows the open gate.
    """
    await sign_in(page, base_url, token)
    await page.route("**/live*", lambda route: route.abort())
    await page.goto(f"{base_url}/work/{reference}")
    await decide_elsewhere()
    await approve_with_keyboard(page)
    await expect(page.locator("#banner")).to_contain_text("Not done: this has changed.")
    await expect(page.locator("#banner")).to_contain_text("Already decided: approved by")
    await expect(page.locator("[data-gate]")).to_have_count(0)


async def begun_by_keyboard(page: Page, base_url: str, token: str, email: str, refund: dict[str, str]) -> None:
    """From the inbox, with keys alone: a caller is verified, his refund begun, confirmed and seen done.

    `refund`: what is typed into the fields of its form, by name; it needs the caller's yes and nobody else's.
    """
    await sign_in(page, base_url, token)
    await page.keyboard.press("b")
    await type_into(page, "Verify caller", {"email": email})
    await expect(page.locator("#answered-title")).to_contain_text("Done")
    await type_into(page, "Refund order", refund | {"amount": "much"})
    wrong = page.locator("#begin-arguments-amount")
    await expect(wrong).to_be_focused()
    await expect(wrong).to_have_value("much")
    await wrong.fill(refund["amount"])
    await page.keyboard.press("Enter")
    yes = page.get_by_role("button", name="The caller says yes to this")
    await yes.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(STATE)).to_have_attribute("data-state", "done", timeout=LIVE_MS)


async def type_into(page: Page, tool: str, typed: dict[str, str]) -> None:
    """J until the tool is reached, Enter, and its form."""
    link = page.get_by_role("link", name=tool, exact=True)
    await expect(link).to_be_visible()
    for _ in range(await page.locator("a.open").count()):
        await page.keyboard.press("j")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    for name, text in typed.items():
        await page.locator(f"#begin-arguments-{name}").fill(text)
    await page.keyboard.press("Enter")


async def open_with_keyboard(page: Page, reference: str) -> None:
    """J until the row is the one that is looked for, then Enter."""
    for _ in range(await page.locator("a.open").count()):
        await page.keyboard.press("j")
        if await page.evaluate("document.activeElement.id") == f"open-{reference}":
            break
    await expect(page.locator(f'[id="open-{reference}"]')).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_be_visible()
    await page.wait_for_url(f"**/work/{reference}")


async def approve_with_keyboard(page: Page) -> None:
    """A goes to the button, Enter presses it: no single key decides."""
    approve = page.locator('[data-gate] [data-key="a"]')
    await expect(approve).to_be_visible()
    await page.keyboard.press("a")
    await expect(approve).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#banner .banner")).to_be_visible()
