"""What one does with messages: edit, recall, react, reply; refused ones; writing with an input method."""

import json

from playwright.async_api import Page, expect

from tests.browser.base import BrowserCase

COMPOSE = """
(keys) => {
  const field = document.querySelector('.composer-input');
  field.focus();
  field.value = '你好';
  field.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
  const press = (key) => new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...key });
  keys.forEach((key) => field.dispatchEvent(press(key)));
}
"""


class MessagesTest(BrowserCase):
    async def test_an_edit_is_shown_to_the_other(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("see you at seven")
            await expect(ann.page.locator(".tick-sending")).to_have_count(0)
            await ben.open_chat("Ann")
            await ann.page.locator(".composer-input").press("ArrowUp")
            await expect(ann.page.locator(".composer-input")).to_have_value("see you at seven")
            await ann.say("see you at eight")
            message = await ben.reads("see you at eight")
            await expect(message.locator(".bubble-meta")).to_contain_text("edited")
            self.assertEqual(await ben.texts(), ["see you at eight"])

    async def test_a_recalled_message_leaves_only_a_note(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("a mistake")
            await ben.open_chat("Ann")
            await ben.reads("a mistake")
            await self.choose(ann.page, "a mistake", "Recall")
            await ann.page.get_by_role("alertdialog").get_by_role("button", name="Recall").click()
            await expect(ben.page.locator(".notice-recalled")).to_contain_text("Ann recalled a message")
            await expect(ann.page.locator(".notice-recalled")).to_contain_text("You recalled a message")
            self.assertNotIn("a mistake", await ben.page.content())

    async def test_reactions_are_counted_and_taken_back(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("lunch?")
            await ben.open_chat("Ann")
            message = await ben.reads("lunch?")
            await message.locator(".bubble").click(button="right")
            await ben.page.locator(".quick-reactions .emoji-cell").first.click()
            await expect(ann.page.locator(".reaction").first).to_contain_text("1")
            await ann.page.locator(".reaction").first.click()
            await expect(ben.page.locator(".reaction").first).to_contain_text("2")
            await ben.page.locator(".reaction").first.click()
            await expect(ann.page.locator(".reaction").first).to_contain_text("1")
            await expect(ben.page.locator(".reaction").first).to_have_attribute("aria-pressed", "false")

    async def test_a_reply_quotes_and_leads_to_its_message(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("who brings the stove?")
            await ben.open_chat("Ann")
            await self.choose(ben.page, "who brings the stove?", "Reply")
            await ben.say("I do")
            reply = await ann.reads("I do")
            await expect(reply.locator(".quote")).to_contain_text("who brings the stove?")
            await reply.locator(".quote").click()
            await expect(ann.page.locator(".message-flash")).to_contain_text("who brings the stove?")

    async def test_a_refused_message_can_be_sent_again_or_deleted(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("hello")
            await ben.open_chat("Ann")
            await self.block(ben.page)
            await ann.say("do you read this?", "and this?")
            await expect(ann.page.locator(".bubble-failed")).to_have_count(2)
            await self.unblock(ben.page)
            await ann.page.locator(".not-sent").nth(1).get_by_role("button", name="Delete").click()
            await ann.page.locator(".not-sent").get_by_role("button", name="Retry").click()
            await ben.reads("do you read this?")
            await expect(ann.page.locator(".bubble-failed")).to_have_count(0)
            self.assertEqual(await ann.texts(), ["hello", "do you read this?"])

    async def test_enter_never_sends_while_an_input_method_composes(self) -> None:
        async with self.people("Ann", "Ben") as (ann, _ben):
            await ann.start_direct("Ben")
            enters = [{"key": "Enter", "isComposing": True}, {"key": "Enter", "keyCode": 229}]
            await ann.page.evaluate(COMPOSE, enters)
            await expect(ann.page.locator(".composer-input")).to_have_value("你好")
            await expect(ann.page.locator(".message")).to_have_count(0)
            await ann.page.locator(".composer-input").press("Shift+Enter")
            await expect(ann.page.locator(".composer-input")).to_have_value("你好\n")
            await ann.page.locator(".composer-input").press("Enter")
            await ann.reads("你好")

    async def test_a_pinned_message_is_marked_and_found_by_both(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say("the door code is 4711", "see you")
            await ben.open_chat("Ann")
            await self.choose(ben.page, "door code", "Pin")
            mark = ann.page.locator(".message", has_text="door code").get_by_role("img", name="Pinned")
            await expect(mark).to_be_visible()
            await ann.page.reload()
            await expect(mark).to_be_visible()
            await ann.page.get_by_role("button", name="Pinned messages").click()
            await ann.page.get_by_role("dialog").locator(".person-row", has_text="door code").click()
            await expect(ann.page.locator(".message-flash", has_text="door code")).to_be_visible()
            await self.choose(ann.page, "door code", "Unpin")
            await expect(ben.page.get_by_role("img", name="Pinned")).to_have_count(0)

    async def test_what_people_write_is_never_html(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            hostile = "<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1)) **bold** `<b>`"
            await ann.say(hostile)
            await ben.open_chat("Ann")
            message = await ben.reads("bold")
            await expect(message.locator("strong")).to_have_text("bold")
            await expect(message.locator("code")).to_have_text("<b>")
            await expect(message.locator(".bubble-text img, .bubble-text a")).to_have_count(0)

    async def test_a_long_history_is_read_upwards_without_a_jump(self) -> None:
        async with self.people("Ann", "Ben") as (ann, ben):
            await ann.start_direct("Ben")
            await ann.say(*[f"line {number}" for number in range(90)])
            await expect(ann.page.locator(".message .tick-sending")).to_have_count(0, timeout=60_000)
            await ben.open_chat("Ann")
            await expect(ben.page.locator(".unread-divider")).to_be_in_viewport()
            await ben.page.get_by_role("button", name="Jump to latest").click()
            await expect(ben.page.locator(".message", has_text="line 89")).to_be_in_viewport()
            await expect(ben.page.get_by_role("button", name="Jump to latest")).to_have_count(0)
            before = await self.scroll_up(ben.page)
            await expect(ben.page.locator(".message", has_text="line 30").first).to_be_attached()
            after = await self.top_of(ben.page, before["key"])
            self.assertLess(abs(after - before["top"]), 2, json.dumps(before))
            await ben.page.get_by_role("button", name="Jump to latest").click()
            await expect(ben.page.locator(".message", has_text="line 89")).to_be_in_viewport()
            await expect(ben.page.get_by_role("button", name="Jump to latest")).to_have_count(0)

    async def scroll_up(self, page: Page) -> dict[str, float]:
        """Scroll near the top in one step; returns the first visible message and where it stands."""
        found: dict[str, float] = await page.evaluate(
            """() => {
              const log = document.querySelector('.log');
              log.scrollTop = 300;
              const top = log.getBoundingClientRect().top;
              const first = [...log.querySelectorAll('[data-key]')].find((e) => e.getBoundingClientRect().bottom > top);
              return { key: first.dataset.key, top: first.getBoundingClientRect().top };
            }"""
        )
        return found

    async def top_of(self, page: Page, key: float) -> float:
        """Where a message stands on the screen."""
        top: float = await page.evaluate(
            "(key) => document.querySelector(`[data-key='${key}']`).getBoundingClientRect().top", key
        )
        return top

    async def choose(self, page: Page, text: str, action: str) -> None:
        """Choose an action from a message's menu."""
        await page.locator(".message", has_text=text).last.locator(".bubble").click(button="right")
        await page.get_by_role("menuitem", name=action, exact=True).click()

    async def block(self, page: Page) -> None:
        """Block the other person of the open conversation."""
        await page.locator(".face-button").first.click()
        await page.get_by_role("dialog").get_by_role("button", name="Block", exact=True).click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Block", exact=True).click()
        await expect(page.get_by_role("button", name="Unblock")).to_be_visible()

    async def unblock(self, page: Page) -> None:
        """Take the block back on the card that is still open."""
        await page.get_by_role("button", name="Unblock").click()
        await expect(page.get_by_role("button", name="Block", exact=True)).to_be_visible()
