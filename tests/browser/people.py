"""A person at a browser: what they do on the page, and what went wrong in its console meanwhile."""

import re
from collections.abc import Sequence
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize, expect

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
WAIT_MS = 20_000
# What a page shows in the end, on a machine that has other work too.
expect.set_options(timeout=WAIT_MS)
PASSWORD = "correct horse battery staple"
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)

# A refused or failed request is an event that the client handles; Chromium still writes it to the console.
HANDLED = re.compile(r"Failed to load resource|net::ERR_INTERNET_DISCONNECTED|WebSocket connection to .* failed")


class Person:
    """One fresh browser profile. `problems` has console errors, exceptions and policy violations, in order."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self.name = ""
        self.watch(page)

    @classmethod
    async def arrive(cls, browser: Browser, url: str, *, phone: bool = False, **options: Any) -> "Person":
        """Open the site in a new profile; English and light unless `options` (of a browser context) say otherwise."""
        settings: dict[str, Any] = {"locale": "en-US", "color_scheme": "light", "viewport": PHONE if phone else DESKTOP}
        if phone:
            settings |= {"is_mobile": True, "has_touch": True}
        context = await browser.new_context(**(settings | options))
        context.set_default_timeout(WAIT_MS)
        person = cls(context, await context.new_page(), url)
        await person.page.goto(url)
        return person

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page."""
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not HANDLED.search(message.text):
            self.problems.append(message.text)

    async def register(self, username: str, name: str) -> "Person":
        """Create an account through the form."""
        await self.page.get_by_role("button", name="Create an account").click()
        return await self.fill_account(username, name)

    async def fill_account(self, username: str, name: str) -> "Person":
        """Fill the form for a new account, which is open, and send it."""
        await self.page.get_by_label("Display name").fill(name)
        await self.page.get_by_label("Username").fill(username)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.locator("form").get_by_role("button", name="Create an account").click()
        await self.page.wait_for_selector(".shell")
        self.name = name
        return self

    async def start_direct(self, name: str) -> None:
        """Find a person by name and open the conversation with them."""
        await self.page.get_by_role("button", name="New chat").first.click()
        await self.page.get_by_role("dialog").get_by_role("searchbox").fill(name)
        await self.page.get_by_role("dialog").locator(".person-row", has_text=name).click()
        # Another conversation's composer may still be there.
        await expect(self.page.locator(".chat-title")).to_contain_text(name)
        await self.page.wait_for_selector(".composer-input")

    async def start_group(self, title: str, names: Sequence[str]) -> None:
        """Make a group with these people."""
        await self.page.get_by_role("button", name="New chat").first.click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_role("radio", name="Group").click()
        await dialog.get_by_label("Group name").fill(title)
        for name in names:
            await dialog.get_by_role("searchbox").fill(name)
            await dialog.locator(".person-row", has_text=name).click()
        await dialog.get_by_role("button", name=re.compile("Create group")).click()
        await expect(self.page.locator(".chat-title")).to_have_text(title)

    async def open_chat(self, title: str) -> None:
        """Open a conversation from the list."""
        await self.page.locator(".row", has_text=title).click()
        await expect(self.page.locator(".chat-title")).to_have_text(title)

    async def say(self, *texts: str) -> None:
        """Write messages and send each with Enter."""
        for text in texts:
            await self.page.locator(".composer-input").fill(text)
            await self.page.locator(".composer-input").press("Enter")

    async def reads(self, text: str) -> Locator:
        """Wait until a message with this text is on the page; returns it."""
        message = self.page.locator(".message", has_text=text).last
        await message.wait_for()
        return message

    async def texts(self) -> list[str]:
        """The messages on the page from top to bottom, without their time."""
        return await self.page.locator(".message .bubble-text > p").all_inner_texts()

    async def go_offline(self) -> None:
        """Lose the network."""
        await self.context.set_offline(True)

    async def go_online(self) -> None:
        """Have the network again."""
        await self.context.set_offline(False)
