"""Screenshots of the running site: desktop and phone, light and dark, Chinese and English, into var/shots/.

The demo users of `make run` sign in; GOCHAT_URL, SHOT_USER and SHOT_PASSWORD choose another site or person.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, Error, Page, async_playwright

from tests.browser.people import CHROMIUM, CHROMIUM_ARGUMENTS, DESKTOP, PHONE

FOLDER = Path(__file__).resolve().parents[2] / "var" / "shots"
SETTLE_MS = 700
LOOKS = (("light", "zh-CN"), ("dark", "en-US"))

Scene = Callable[[Page], Awaitable[None]]


async def open_chat(page: Page) -> None:
    """A group of the list, or what is at the top of it."""
    groups = page.locator(".row[href]", has_text=os.environ.get("SHOT_CHAT", "Release"))
    await (groups if await groups.count() else page.locator(".row[href]")).first.click()
    await page.wait_for_selector(".composer-input, .composer-off")


async def open_details(page: Page) -> None:
    """The same conversation with its details."""
    await open_chat(page)
    await page.locator(".chat-who").click()
    await page.wait_for_selector(".details")


def visit(path: str) -> Scene:
    """A scene that is a page by its address."""

    async def go(page: Page) -> None:
        await page.locator(f'a[href="{path}"]').first.click()
        await page.wait_for_selector(".page")

    return go


async def show_list(page: Page) -> None:
    """The list as it is after signing in."""
    await page.wait_for_selector(".row[href], .list-pane .empty")


async def search(page: Page) -> None:
    """What is found for a word or two."""
    await page.locator('a[href="/search"]').first.click()
    await page.locator(".search-input").fill(os.environ.get("SHOT_WORDS", "重启 restart"))
    await page.wait_for_selector(".found, .search-pane .empty h2")


async def open_hit(page: Page) -> None:
    """The first of it in its conversation."""
    await search(page)
    if await page.locator(".found").count():
        await page.locator(".found").first.click()
        await page.wait_for_selector(".message-flash")


async def search_start(page: Page) -> None:
    """Before anything is typed."""
    await page.locator('a[href="/search"]').first.click()
    await page.wait_for_selector(".search-input")


async def ask_agent(page: Page) -> None:
    """The conversation with the first agent, with its greeting."""
    await page.locator('a[href="/agents"]').first.click()
    await page.locator(".agent-row").first.click()
    await page.wait_for_selector(".composer-input")


async def ai_settings(page: Page) -> None:
    """What AI may read, and what it has read."""
    await page.locator('a[href="/settings"]').first.click()
    await page.locator('a[href="/settings/ai"]').click()
    await page.wait_for_selector(".page-back")


SCENES: dict[str, Scene] = {
    "list": show_list,
    "chat": open_chat,
    "details": open_details,
    "search": search,
    "search-hit": open_hit,
    "search-start": search_start,
    "contacts": visit("/contacts"),
    "agents": visit("/agents"),
    "agent": ask_agent,
    "catch-up": visit("/catch-up"),
    "settings": visit("/settings"),
    "ai-settings": ai_settings,
}


async def sign_in(page: Page, url: str) -> None:
    """Sign in as the demo user."""
    await page.goto(url)
    await page.locator("input[name=username]").fill(os.environ.get("SHOT_USER", "lin"))
    await page.locator("input[name=password]").fill(os.environ.get("SHOT_PASSWORD", "gochat-demo"))
    await page.locator("form button[type=submit]").click()
    await page.wait_for_selector(".shell")


async def shoot(browser: Browser, url: str, *, phone: bool, scheme: str, locale: str) -> None:
    """All scenes in one look."""
    context = await browser.new_context(
        viewport=PHONE if phone else DESKTOP,
        device_scale_factor=2,
        is_mobile=phone,
        has_touch=phone,
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
    )
    page = await context.new_page()
    look = f"{'phone' if phone else 'desktop'}-{scheme}-{locale[:2]}"
    await page.goto(url)
    await page.wait_for_selector("form")
    await save(page, f"{look}-auth")
    await sign_in(page, url)
    for name, scene in SCENES.items():
        await page.goto(url)
        await page.wait_for_selector(".shell")
        await show_list(page)
        await scene(page)
        await save(page, f"{look}-{name}")
    await context.close()


async def save(page: Page, name: str) -> None:
    """Write the picture once the page has come to rest."""
    await page.wait_for_timeout(SETTLE_MS)
    path = FOLDER / f"{name}.png"
    await page.screenshot(path=path)
    print(path)  # noqa: T201 - a command's output


async def main() -> None:
    """Every look of every scene."""
    url = os.environ.get("GOCHAT_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        try:
            for phone in (False, True):
                for scheme, locale in LOOKS:
                    await shoot(browser, url, phone=phone, scheme=scheme, locale=locale)
        except Error as error:
            raise SystemExit(f"{error.message}\nIs the site running at {url}? Start it with: make run") from error
        finally:
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
