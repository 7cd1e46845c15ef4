"""The page itself: languages, themes, phones, the keyboard, names for screen readers, and its security policy."""

from playwright.async_api import Page, expect

from tests.browser.base import BrowserCase
from tests.browser.people import Person

UNNAMED = """
() => [...document.querySelectorAll('button, a[href], input, textarea, [role="img"], [role="dialog"], [role="log"]')]
  .filter((element) => element.offsetParent !== null)
  .filter((element) => {
    const named = element.getAttribute('aria-label') || element.getAttribute('aria-labelledby');
    return !named && !element.labels?.length && !element.textContent.trim() && !element.title;
  })
  .map((element) => element.outerHTML.slice(0, 160))
"""
DOUBLE_IDS = """
() => [...document.querySelectorAll('[id]')]
  .map((element) => element.id)
  .filter((id, index, all) => all.indexOf(id) !== index)
"""
HIDDEN_FOCUS = "() => [...document.querySelectorAll('[aria-hidden=true] button, [aria-hidden=true] a[href]')].length"


class PageTest(BrowserCase):
    async def test_the_language_switches_while_the_page_stands(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await ann.say("hello")
            await ann.page.locator('a[href="/settings"]').first.click()
            await ann.page.get_by_role("radio", name="简体中文").click()
            await expect(ann.page.locator("h1")).to_have_text("设置")
            await expect(ann.page.locator("html")).to_have_attribute("lang", "zh-CN")
            await ann.page.get_by_role("link", name="聊天").click()
            await expect(ann.page.locator(".list-title")).to_have_text("聊天")
            await expect(ann.page.locator(".row", has_text="Ben")).to_contain_text("我：")
            await ann.page.reload()
            await expect(ann.page.locator(".list-title")).to_have_text("聊天")

    async def test_dark_follows_the_system_and_a_choice_overrides_it(self) -> None:
        async with self.browser() as browser:
            person = await Person.arrive(browser, self.gateway.url, color_scheme="dark")
            await person.register("dora_dark", "Dora")
            self.assertEqual(await background(person.page), "rgb(17, 21, 20)")
            await person.page.locator('a[href="/settings"]').first.click()
            await person.page.get_by_role("radio", name="Light").click()
            self.assertEqual(await background(person.page), "rgb(247, 248, 247)")
            await person.page.reload()
            await person.page.wait_for_selector(".shell")
            self.assertEqual(await background(person.page), "rgb(247, 248, 247)")
            self.assert_clean(person)

    async def test_a_phone_shows_one_pane_at_a_time(self) -> None:
        async with self.browser() as browser:
            ann = await self.newcomer(browser, "Ann")
            phone = await Person.arrive(browser, self.gateway.url, phone=True)
            await phone.register("phil_phone", "Phil")
            await ann.start_direct("Phil")
            await ann.say("on your phone?")
            await phone.open_chat("Ann")
            await phone.reads("on your phone?")
            await expect(phone.page.locator(".tabs, .list-pane")).to_have_count(0)
            self.assertFalse(await phone.page.evaluate("document.documentElement.scrollWidth > innerWidth"))
            await phone.page.locator(".composer-input").fill("yes")
            await phone.page.get_by_role("button", name="Send").click()
            await ann.reads("yes")
            await phone.page.get_by_role("button", name="Back to chats").click()
            await expect(phone.page.locator(".tabs")).to_be_visible()
            await expect(phone.page.locator(".chat-pane")).to_have_count(0)
            self.assert_clean(ann, phone)

    async def test_a_guest_looks_around_and_keeps_everything_when_upgrading(self) -> None:
        async with self.browser() as browser:
            guest = await Person.arrive(browser, self.gateway.url)
            await guest.page.get_by_role("button", name="Look around as a guest").click()
            await guest.page.wait_for_selector(".shell")
            await guest.page.locator('a[href="/settings"]').first.click()
            await guest.page.get_by_label("Display name").fill("Wanderer")
            await guest.page.get_by_role("button", name="Save").click()
            await expect(guest.page.locator(".me h2")).to_have_text("Wanderer")
            await guest.page.get_by_role("button", name="Create an account").click()
            dialog = guest.page.get_by_role("dialog")
            await dialog.get_by_label("Username").fill("once_a_guest")
            await dialog.get_by_label("Password", exact=True).fill("correct horse battery staple")
            await dialog.get_by_role("button", name="Create account").click()
            await expect(guest.page.locator(".me")).to_contain_text("@once_a_guest")
            await expect(guest.page.locator(".me h2")).to_have_text("Wanderer")
            self.assert_clean(guest)

    async def test_signing_out_leaves_nothing_behind(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await ann.page.locator('a[href="/settings"]').first.click()
            await ann.page.locator(".leaving").get_by_role("button", name="Sign out").click()
            await ann.page.get_by_role("alertdialog").get_by_role("button", name="Sign out").click()
            await expect(ann.page.get_by_label("Username")).to_be_visible()
            self.assertIsNone(await ann.page.evaluate("localStorage.getItem('gochat.tokens')"))

    async def test_the_keyboard_reaches_conversations_and_help(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            await ann.page.goto(self.gateway.url)
            await ann.page.locator(".row", has_text="Ben").wait_for()
            await ann.page.keyboard.press("?")
            await expect(ann.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
            await ann.page.keyboard.press("Escape")
            await expect(ann.page.get_by_role("dialog")).to_have_count(0)
            await ann.page.keyboard.press("Control+k")
            await ann.page.keyboard.type("Ben")
            await ann.page.keyboard.press("Enter")
            await expect(ann.page.locator(".chat-title")).to_have_text("Ben")
            await expect(ann.page.locator(".composer-input")).to_be_focused()

    async def test_every_control_has_a_name(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_group("Hikers", ["Ben"])
            await ann.say("hello")
            await ann.page.get_by_role("button", name="Details", exact=True).click()
            await ben.open_chat("Hikers")
            for path in (None, "/contacts", "/settings"):
                if path:
                    await ann.page.locator(f'a[href="{path}"]').first.click()
                    await expect(ann.page.locator(".page")).to_be_visible()
                self.assertEqual(await ann.page.evaluate(UNNAMED), [], path)
                self.assertEqual(await ann.page.evaluate(DOUBLE_IDS), [], path)
                self.assertEqual(await ann.page.evaluate(HIDDEN_FOCUS), 0, path)

    async def test_the_policy_stops_foreign_and_inline_scripts(self) -> None:
        async with self.browser() as browser:
            person = await Person.arrive(browser, self.gateway.url)
            await person.page.evaluate(
                """() => {
                  const script = document.createElement('script');
                  script.textContent = 'window.owned = true';
                  document.body.append(script);
                }"""
            )
            self.assertIsNone(await person.page.evaluate("window.owned ?? null"))
            self.assertTrue(any("Content Security Policy" in problem for problem in person.problems), person.problems)


async def background(page: Page) -> str:
    """The computed colour of the page."""
    colour: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour
